import type { QuestionField, QuestionLine } from '../../../../lib/desk/questions';
import { say } from '../../../red';
import { act } from '../../client';
import { actButton } from '../../widgets/act-button';

interface Given {
  state: string;
  mayAct: boolean;
  question: QuestionLine;
  /** Called when it was answered. */
  after(): void;
}

/** What a question asks to fill in, and a button for each answer. */
export function answerForm({ state, mayAct, question, after }: Given): JQuery {
  const { id, text, choices, fields, as } = question;
  const inputs = fields.map(field => ({ field, input: inputOf(field) }));
  const note = $('<textarea rows="2"/>');
  const name = $('<input type="text"/>');
  const answer = async (choice: string) => {
    const values = Object.fromEntries(inputs.map(({ field, input }) => [field.name, String(input.val() ?? '')]));
    const by = as === '' ? { by: String(name.val() ?? '') } : {};
    await act(state, 'answerQuestion', { id, choice, values, note: String(note.val() ?? ''), ...by });
    after();
    return say('desk.waiting.answered', { question: text, choice });
  };
  const unless = reasonAgainst(mayAct, question);
  const buttons = choices.map((choice, index) =>
    actButton({ text: choice, icon: index === 0 ? 'fa-check' : 'fa-reply', unless, go: () => answer(choice) }),
  );
  return $('<div class="wap-billing-desk-answer"/>').append(
    inputs.map(({ field, input }) => rowOf(labelOf(field), input)),
    as === '' ? rowOf(say('desk.waiting.name'), name) : [],
    rowOf(say('desk.waiting.note'), note),
    $('<div class="wap-billing-desk-acts"/>').append(buttons),
  );
}

function reasonAgainst(mayAct: boolean, { people, as }: QuestionLine): string | undefined {
  if (!mayAct) return say('desk.reader');
  const isAsked = people.length === 0 || as === '' || people.some(each => each.toLowerCase() === as.toLowerCase());
  return isAsked ? undefined : say('desk.waiting.notYou', { people: people.join(', ') });
}

const labelOf = ({ label, needed }: QuestionField): string =>
  needed === 'no' ? label : `${label} ${say(`desk.waiting.needed.${needed}`)}`;

function inputOf({ kind, options }: QuestionField): JQuery {
  if (kind === 'choice') return $('<select/>').append(['', ...options].map(each => new Option(each, each)));
  return $('<input type="text"/>').attr('inputmode', kind === 'number' ? 'decimal' : 'text');
}

/** A label around its input names it without an id. */
const rowOf = (label: string, input: JQuery): JQuery =>
  $('<label class="wap-billing-desk-field"/>').append($('<span/>').text(label), input);
