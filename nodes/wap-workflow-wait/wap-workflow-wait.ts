import { systemClock } from '../../lib/async/clock';
import { AdapterError } from '../../lib/errors';
import { noticesOf, type QuestionNotice } from '../../lib/questions/notice';
import { answerPage } from '../../lib/questions/page-handler';
import { Questions } from '../../lib/questions/questions';
import { filledText } from '../../lib/template-text';
import { defineNode, to } from '../../runtime/define-node';
import { hint } from '../../runtime/hints';
import { flag, list, number, text } from '../../runtime/inputs';
import { readChoice, readField, readPeople } from '../../runtime/question-inputs';
import { activeRuns } from '../../runtime/run/active-run';
import { answerByMessage, answerQuestion, untilAnswered } from '../../runtime/run/answers';
import { stepIn } from '../../runtime/run/run-step';

const hourMs = 3_600_000;
const prefix = 'wap-billing/answer';
const rowsOfChoices = list(readChoice).preset('[{"choice":"Yes"},{"choice":"No"}]').aside();

export = defineNode({
  type: 'wap-workflow-wait',
  uses: { state: 'billing-state' },
  settings: {
    links: flag().preset(true),
    linkBase: text().preset('${BILLING_ANSWER_URL:-http://localhost:1880}'),
  },
  // What is asked, of whom and for how long are settings of the wait: what waits takes up other words after a deploy.
  inputs: {
    question: text().aside(),
    choices: rowsOfChoices,
    fields: list(readField).preset('[]').aside(),
    people: text().optional().aside(),
    deadlineHours: number({ max: 87_600, whole: false }).optional().aside(),
    remindHours: number({ min: 0.001, max: 8760, whole: false }).optional().aside(),
  },
  outputs: ['choice 0', 'choice 1', 'late', 'asked'] as string[],
  outputsOf: ({ choices = rowsOfChoices.fallback?.value }) => [
    ...rowsOfChoices.parse(choices, 'choices').map((_choice, index) => `choice ${index}`),
    ...['late', 'asked'],
  ],
  waits: true,
  start: async ({ state, settings, serve, fail, say, nodeId }) => {
    const questions = new Questions(state.store, systemClock);
    if (!settings.links) return { questions, page: null };
    const handler = answerPage({
      clock: systemClock,
      words: (name, values) => say(`page.${name}`, values),
      find: id => questions.find(id),
      answer: (id, given) => answerQuestion(state.store, id, given),
      fail,
    });
    const own = encodeURIComponent(nodeId);
    serve(prefix, { [own]: handler });
    return { questions, page: `${settings.linkBase.replace(/\/+$/, '')}/${prefix}/${own}` };
  },
  run: async ({ question, choices, fields, people, deadlineHours, remindHours }, context) => {
    const { state, msg, begun, live, nodeId, signal, since, say, waitFor, emit } = context;
    if (!begun) {
      await answerByMessage(state.store, nodeId, msg.answer);
      return null;
    }
    const { step } = stepIn(context);
    if (activeRuns.get(step.runId)?.store !== state.store) throw otherState();
    const filled = (words: string) => filledText(words, msg);
    const asked = {
      text: filled(question),
      choices: choices.map(filled),
      fields: fields.map(field => ({ ...field, label: filled(field.label), options: field.options.map(filled) })),
      people: readPeople(filled(people ?? '')),
    };
    const deadlineAt = deadlineHours === undefined ? null : Math.round(since + deadlineHours * hourMs);
    const open = await live.questions.ask(step, asked, deadlineAt);
    hint('waiting', 'runs', 'overview');
    const mail = (notice: QuestionNotice) => {
      const words = { question: notice.text, key: notice.run, link: notice.link };
      return {
        ...{ workflow: undefined, question: notice },
        topic: say(notice.isReminder ? 'mail.reminder' : 'mail.subject', words),
        payload: say(notice.link === '' ? 'mail.atTheDesk' : 'mail.text', words),
      };
    };
    const {
      answer,
      answeredAt,
      choices: offered,
    } = await untilAnswered({
      ...{ questions: live.questions, clock: systemClock, id: open.id, signal },
      over: waitFor(asked.text, deadlineAt, 'answer'),
      remindMs: remindHours === undefined ? null : remindHours * hourMs,
      tell: async told => {
        for (const notice of noticesOf(told, live.page)) await emit('asked', mail(notice));
      },
    });
    const name = asked.text;
    if (!answer || answer.choice === null)
      return to('late', { answer: undefined }, say('status.late', { name }), 'alarm');
    // Rows may have been changed after the answer: it is the one that somebody read.
    const choice = offered[answer.choice] ?? '';
    const output = asked.choices.indexOf(choice);
    if (output < 0) throw goneChoice(choice);
    return to(
      `choice ${output}`,
      { answer: { ...answer, choice, at: new Date(answeredAt ?? 0).toISOString() } },
      say('status.answered', { name, choice, by: answer.by || say('page.somebody') }),
    );
  },
});

function otherState(): AdapterError {
  const message = 'state: it is another one than that of the workflow start. Choose the same.';
  return AdapterError.advising('INPUT_CONFIG', message, { subject: 'state' });
}

function goneChoice(choice: string): AdapterError {
  const message = `choices: the answer was "${choice}", which is not among them any more. Add it again, deploy and resume the run.`;
  return AdapterError.advising('INPUT_CONFIG', message, { subject: 'choices' });
}
