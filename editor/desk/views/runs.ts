import type { RunLine } from '../../../lib/desk/runs';
import { say } from '../../red';
import { ask } from '../client';
import type { Filter, View } from '../view';
import { filterBar } from '../widgets/filter-bar';
import { moment } from '../widgets/format';
import { pagedList } from '../widgets/paged-list';
import { cancelButton, runActs } from './runs/acts';
import { standsAt } from './runs/stands-at';
import { type KnownRuns, timeLine } from './runs/time-line';

interface Words {
  workflows: string[];
  steps: string[];
  /** Workflows whose start node runs: only those can be told anything. */
  deployed: string[];
}

const states = ['open', 'failed', 'completed', 'cancelled'];

/** The runs of all workflows: where each stands, why it failed, and what can be done with it. */
export const runs: View = {
  name: 'runs',
  icon: 'fa-tasks',
  draw({ state, host, filter: given, mayAct }) {
    let filter: Filter = given;
    let words: Words = { workflows: [], steps: [], deployed: [] };
    const bar = $('<div/>');
    const acts = $('<div class="wap-billing-desk-acts"/>');
    const toldTo = (rows: RunLine[]) => ({
      state,
      mayAct,
      rows,
      deployed: words.deployed,
      after: () => list.refresh(),
    });
    const actsOf = (rows: RunLine[], all?: Filter) => runActs({ ...toldTo(rows), ...(all ? { all } : {}) });
    let ticked: RunLine[] = [];
    const known: KnownRuns = new Map();
    const drawActs = () =>
      acts.empty().append(ticked.length > 0 ? actsOf(ticked) : isFiltered(filter) ? actsOf([], filter) : []);
    const list = pagedList<RunLine>({
      label: say('desk.view.runs'),
      empty: say('desk.runs.empty'),
      keyOf: ({ id }) => id,
      ask: (after, limit) => ask(state, 'runs', { ...filter, after, limit }),
      columns: [
        { title: say('desk.runs.key'), cell: ({ key }) => key },
        { title: say('desk.runs.workflow'), cell: ({ workflow }) => workflow },
        { title: say('desk.runs.state'), cell: stateMark },
        { title: say('desk.runs.at'), cell: standsAt },
        { title: say('desk.runs.started'), cell: ({ startedAt }) => moment(startedAt) },
        { title: say('desk.runs.do'), cell: run => (run.endedAt === null ? cancelButton(toldTo([run])) : '') },
      ],
      open: run => $('<div/>').append(actsOf([run]), timeLine(state, run, known)),
      ticked: rows => {
        ticked = rows;
        drawActs();
      },
    });
    const drawBar = () =>
      bar.empty().append(
        filterBar(fields(words), filter, values => {
          filter = values;
          drawActs();
          list.restart();
        }),
      );
    drawBar();
    ask<Words>(state, 'runWords').then(
      found => {
        words = found;
        if (!bar[0]?.contains(document.activeElement)) drawBar();
        drawActs();
        list.refresh();
      },
      () => undefined, // the list says why nothing can be asked
    );
    host.append(bar, acts, list.element);
    return list;
  },
};

function fields({ workflows, steps }: Words) {
  const choice = (name: string, words: Record<string, string>) => ({
    name,
    label: say(`desk.runs.${name}`),
    words: { '': say(`desk.runs.any.${name}`), ...words },
  });
  const same = (list: string[]) => Object.fromEntries(list.map(word => [word, word]));
  return [
    choice('state', Object.fromEntries(states.map(word => [word, say(`desk.runs.states.${word}`)]))),
    { name: 'text', label: say('desk.runs.text') },
    choice('waitsFor', {
      propagation: say('desk.runs.waits.propagation'),
      retry: say('desk.runs.waits.retry'),
      answer: say('desk.runs.waits.answer'),
      time: say('desk.runs.waits.time'),
      runs: say('desk.runs.waits.runs'),
      branches: say('desk.runs.waits.branches'),
    }),
    choice('step', same(steps)),
    choice('workflow', same(workflows)),
  ];
}

const isFiltered = (filter: Filter): boolean => Object.values(filter).some(value => value !== '');

function stateMark({ state }: RunLine): JQuery {
  return $('<span class="wap-billing-desk-run-state"/>')
    .attr('data-look', state)
    .text(say(`desk.runs.states.${state}`));
}
