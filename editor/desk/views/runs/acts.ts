import type { RunDetails, RunLine } from '../../../../lib/desk/runs';
import { say } from '../../../red';
import { act, ask } from '../../client';
import type { Filter } from '../../view';
import { actButton } from '../../widgets/act-button';
import type { Question } from '../../widgets/confirm';
import { count } from '../../widgets/format';

interface Given {
  state: string;
  mayAct: boolean;
  /** The runs to act on. */
  rows: RunLine[];
  /** Instead of them: all that this filter shows. */
  all?: Filter;
  /** Workflows whose start node runs. */
  deployed: string[];
  /** Called when something was done. */
  after(): void;
}

interface Steered {
  done: number;
  refused: string[];
  next: string | null;
}

const controls = [
  { name: 'resume', icon: 'fa-play', on: (run: RunLine) => run.endedAt === null },
  { name: 'restart', icon: 'fa-repeat', on: (run: RunLine) => run.endedAt === null },
  { name: 'skip', icon: 'fa-step-forward', on: (run: RunLine) => run.state === 'failed' && run.endedAt === null },
  { name: 'cancel', icon: 'fa-stop', on: (run: RunLine) => run.endedAt === null },
  { name: 'forget', icon: 'fa-trash-o', on: (run: RunLine) => run.endedAt !== null },
] as const;

/** The buttons for one run, for those that are ticked, or for all that a filter shows. */
export function runActs(given: Given): JQuery {
  return $('<div class="wap-billing-desk-acts"/>').append(controls.map(control => buttonOf(given, control)));
}

/** The button in the line of a run that is under way: whoever sees there why it is stuck need not open it. */
export function cancelButton(given: Given): JQuery {
  const cancel = controls.find(({ name }) => name === 'cancel');
  return cancel ? buttonOf(given, cancel) : $();
}

function buttonOf(given: Given, { name, icon, on }: (typeof controls)[number]): JQuery {
  return actButton({
    text: say(given.all ? `desk.runs.all.${name}` : `desk.runs.act.${name}`),
    icon,
    unless: reasonAgainst(given, name, on),
    ...(name === 'resume' && !given.all ? {} : { question: () => questionOf(given, name) }),
    go: () => steer(given, name),
  });
}

function reasonAgainst({ mayAct, rows, all, deployed }: Given, name: string, on: (run: RunLine) => boolean) {
  if (!mayAct) return say('desk.reader');
  if (all) return undefined;
  const idle = rows.find(({ workflow }) => !deployed.includes(workflow));
  if (idle) return say('desk.runs.notDeployed', { workflow: idle.workflow });
  return rows.some(on) ? undefined : say(`desk.runs.cannot.${name}`);
}

/** What it entails: a run that is cancelled leaves behind what it has made. */
async function questionOf({ state, rows, all }: Given, name: string): Promise<Question> {
  const [only] = rows;
  const left =
    name === 'cancel' && only && rows.length === 1 ? (await ask<RunDetails>(state, 'run', { id: only.id })).left : [];
  const text = all
    ? say(`desk.runs.ask.all`, { what: say(`desk.runs.all.${name}`) })
    : say(`desk.runs.ask.${name}`, { key: only?.key, count: count(rows.length) });
  const details = left.map(thing => say(`desk.runs.thing.${thing.kind}`, { ...thing }));
  const heading = details.length > 0 ? [say('desk.runs.leaves')] : [];
  return { text: [text, ...heading].join(' '), details, go: say(`desk.runs.act.${name}`) };
}

/** In parts, one after the other, until nothing is left. */
async function steer({ state, rows, all, after }: Given, name: string): Promise<string> {
  let done = 0;
  const refused = new Set<string>();
  const take = (part: Steered) => {
    done += part.done;
    for (const why of part.refused) refused.add(why);
  };
  if (all) {
    let next: string | null = '';
    while (next !== null) {
      const part: Steered = await act(state, `${name}Runs`, { filter: all, after: next });
      take(part);
      next = part.next;
    }
  } else {
    const ids = rows.map(({ id }) => id);
    while (ids.length > 0) take(await act<Steered>(state, `${name}Runs`, { ids: ids.splice(0, 20) }));
  }
  after();
  return [say('desk.runs.done', { count: count(done) }), ...refused].join(' ');
}
