import type { OverviewAnswer } from '../../../lib/desk/overview';
import { say } from '../../red';
import type { Filter } from '../view';
import { count } from '../widgets/format';
import { button, note } from '../widgets/note';
import { type ConnectionLine, editConnection } from './connections';
import { feedName } from './feeds';

interface Wrong {
  text: string;
  /** The word on the button that leads to it. */
  lead: string;
  go(): void;
}

/** Everything that needs a person, each with a button that leads to it. */
export function wrongList(
  { feeds, workflows, deployed, letters, questions }: OverviewAnswer,
  connections: ConnectionLine[],
  show: (view: string, filter?: Filter) => void,
): JQuery {
  const wrong: Wrong[] = [];
  for (const line of connections) {
    if (line.tested?.ok !== false) continue;
    wrong.push({
      text: `${line.name}: ${line.tested.text}`,
      lead: say('desk.overview.lead.edit'),
      go: () => editConnection(line),
    });
  }
  for (const feed of feeds) {
    const { live } = feed;
    if (!live?.failure) continue;
    const text = `${feedName(feed)}: ${live.failure.message}`;
    wrong.push({ text, lead: say('desk.overview.lead.node'), go: () => RED.view.reveal(live.nodeId) });
  }
  if (questions > 0) {
    const text = say('desk.overview.wrong.questions', { count: count(questions) });
    wrong.push({ text, lead: say('desk.overview.lead.answer'), go: () => show('waiting') });
  }
  for (const { workflow, failed, open } of workflows) {
    const isIdle = open + failed > 0 && !deployed.includes(workflow);
    const lead = { lead: say('desk.overview.lead.runs'), go: () => show('runs', { state: 'failed', workflow }) };
    if (failed > 0)
      wrong.push({ ...lead, text: say('desk.overview.wrong.failed', { count: count(failed), workflow }) });
    if (isIdle) {
      const text = say('desk.overview.wrong.idle', { count: count(open + failed), workflow });
      wrong.push({ text, lead: say('desk.overview.lead.runs'), go: () => show('runs', { workflow }) });
    }
  }
  for (const kind of ['dead', 'waiting', 'parked', 'quarantine'] as const) {
    if (letters[kind] === 0) continue;
    const text = say(`desk.overview.wrong.${kind}`, { count: count(letters[kind]) });
    wrong.push({ text, lead: say('desk.overview.lead.letters'), go: () => show('letters', { kind }) });
  }
  if (wrong.length === 0) return note(say('desk.overview.wrong.none')).addClass('wap-billing-ok');
  return $('<ul class="wap-billing-desk-wrong"/>').append(wrong.map(itemOf));
}

const itemOf = ({ text, lead, go }: Wrong): JQuery =>
  $('<li/>').append($('<span/>').text(text), button(lead, 'fa-arrow-right', go));
