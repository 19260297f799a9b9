import type { OverviewAnswer, RunCounts } from '../../../lib/desk/overview';
import { say } from '../../red';
import { ask } from '../client';
import { askConnections, type ConnectionLine, connectionList } from '../overview/connections';
import { feedActs } from '../overview/feed-acts';
import { feedLine } from '../overview/feeds';
import { startButtons } from '../overview/starts';
import { wrongList } from '../overview/wrong';
import type { Filter, Place, Shown, View } from '../view';
import { count } from '../widgets/format';
import { LaterLook } from '../widgets/later-look';
import { failure, note } from '../widgets/note';

/** Usage flows all the time, and a glance costs a look at the store. */
const pauseMs = 2000;

/** Everything at a glance: what is wrong first, then connections, feeds and workflows. */
export const overview: View = {
  name: 'overview',
  icon: 'fa-tachometer',
  alsoOn: ['runs', 'waiting', 'letters', 'mapping'],
  draw: place => new Overview(place),
};

class Overview implements Shown {
  #connections: ConnectionLine[] = [];

  readonly #later = new LaterLook(() => this.#look(), pauseMs);
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
    void this.#look();
  }

  refresh(): void {
    this.#later.ask();
  }

  close(): void {
    this.#later.close();
  }

  async #look(): Promise<void> {
    const { state, host } = this.#place;
    try {
      const since = new Date().setHours(0, 0, 0, 0);
      const [answer, connections] = await Promise.all([
        ask<OverviewAnswer>(state, 'overview', { since }),
        askConnections(),
      ]);
      if (this.#later.isClosed) return;
      this.#connections = connections;
      this.#draw(answer);
    } catch (error) {
      if (!this.#later.isClosed) host.empty().append(failure(error));
    }
  }

  #draw(answer: OverviewAnswer): void {
    const { host, state, mayAct, show } = this.#place;
    const opened = new Set(
      host
        .find('details[open] > summary')
        .get()
        .map(each => $(each).text()),
    );
    const after = () => void this.#look();
    const feeds = answer.feeds.map(feed => feedLine(feed, feedActs(feed, { state, mayAct, after })));
    host
      .empty()
      .append(
        wrongList(answer, this.#connections, show),
        part('connections', connectionList(this.#connections)),
        part('feeds', feeds.length > 0 ? $('<div/>').append(feeds) : note(say('desk.overview.noFeeds'))),
        part('workflows', answer.workflows.length > 0 ? workflowTable(answer.workflows, show) : noWorkflow(mayAct)),
      );
    host.find('summary').each((_index, each) => {
      if (opened.has($(each).text())) $(each).parent().attr('open', '');
    });
  }
}

const part = (name: string, content: JQuery): JQuery =>
  $('<section/>').append($('<h3 class="wap-billing-desk-heading"/>').text(say(`desk.overview.${name}`)), content);

/** How the first run begins. */
const noWorkflow = (mayAct: boolean): JQuery =>
  $('<div/>').append(note(say('desk.overview.noWorkflows')), startButtons(mayAct));

function workflowTable(workflows: RunCounts[], show: (view: string, filter?: Filter) => void): JQuery {
  const titles = ['workflow', 'open', 'failed', 'ended'];
  const head = $('<tr/>').append(
    titles.map((name, index) =>
      $('<th scope="col"/>')
        .text(say(`desk.overview.column.${name}`))
        .toggleClass('is-number', index > 0),
    ),
  );
  const rows = workflows.map(({ workflow, open, failed, ended }) => {
    const filters: Array<[number, Filter]> = [
      [open, { workflow, state: 'open' }],
      [failed, { workflow, state: 'failed' }],
      [ended, { workflow, state: 'completed' }],
    ];
    return $('<tr/>')
      .attr('data-key', workflow)
      .append(
        $('<td/>').append(leading(workflow, () => show('runs', { workflow }))),
        filters.map(([total, filter]) =>
          $('<td class="is-number"/>').append(leading(count(total), () => show('runs', filter))),
        ),
      );
  });
  return $('<table class="wap-billing-desk-list is-narrow"/>')
    .attr('aria-label', say('desk.overview.workflows'))
    .append($('<thead/>').append(head), $('<tbody/>').append(rows));
}

const leading = (text: string, go: () => void): JQuery =>
  $('<button type="button" class="wap-billing-desk-open"/>').text(text).on('click', go);
