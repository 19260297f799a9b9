import type { TenantName } from '../../../lib/desk/dead-letters';
import type { Page } from '../../../lib/desk/page';
import type { TenantUsage, UsageReader, UsageRow } from '../../../lib/desk/usage';
import { say } from '../../red';
import { ask } from '../client';
import { meterName, usageChart } from '../usage/chart';
import { periodOf, periodWords } from '../usage/period';
import type { Filter, Place, Shown, View } from '../view';
import { csvButton } from '../widgets/csv';
import { filterBar } from '../widgets/filter-bar';
import { count, quantity } from '../widgets/format';
import { LaterLook } from '../widgets/later-look';
import { failure, note } from '../widgets/note';
import { pagedList } from '../widgets/paged-list';
import type { Suggestion } from '../widgets/suggestions';

/** Usage flows all the time, and the sums of a month are work. */
const pauseMs = 5000;

/** What billing has of usage: by day as chart and table, and by tenant. */
export const usage: View = {
  name: 'usage',
  icon: 'fa-bar-chart',
  draw: place => new Usage(place),
};

class Usage implements Shown {
  readonly #bar = $('<div/>');
  readonly #body = $('<div/>');
  #readers: UsageReader[] = [];
  #values: Filter;
  #chart: { close(): void } | null = null;
  #asked = 0;

  readonly #later = new LaterLook(() => (this.#readers.length === 0 ? this.#begin() : this.#look()), pauseMs);
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
    this.#values = { period: 'thisMonth', ...place.filter };
    place.host.append(this.#bar, this.#body);
    void this.#begin();
  }

  refresh(): void {
    this.#later.ask();
  }

  close(): void {
    this.#later.close();
    this.#chart?.close();
  }

  async #begin(): Promise<void> {
    try {
      this.#readers = await ask<UsageReader[]>(this.#place.state, 'usageReaders');
      if (this.#later.isClosed) return;
      if (this.#readers.length === 0) {
        this.#body.empty().append(note(say('desk.usage.none')));
        return;
      }
      this.#bar.empty().append(this.#filters());
      await this.#look();
    } catch (error) {
      this.#body.empty().append(failure(error));
    }
  }

  #filters(): JQuery {
    const readers = Object.fromEntries(
      this.#readers.map(({ installation, target }, index) => [String(index), `${installation} ↔ ${target}`]),
    );
    const fields = [
      ...(this.#readers.length > 1 ? [{ name: 'reader', label: say('desk.usage.reader'), words: readers }] : []),
      { name: 'tenant', label: say('desk.usage.tenant'), suggest: (text: string) => this.#tenants(text) },
      { name: 'period', label: say('desk.usage.periodLabel'), words: periodWords() },
      { name: 'day', label: say('desk.day'), isDay: true, isMore: true },
    ];
    return filterBar(fields, this.#values, values => {
      if (values.day !== this.#values.day && values.day) values.period = 'day';
      this.#values = values;
      void this.#look();
    });
  }

  async #tenants(text: string): Promise<Suggestion[]> {
    const found = await ask<TenantName[]>(this.#place.state, 'letterTenants', { text });
    return found.map(({ subscriptionId: value, name, account }) => ({
      value,
      label: [name, account].filter(Boolean).join(' · '),
    }));
  }

  /** What was typed is an id, or a part of one name. */
  async #subscription(): Promise<TenantName | null | 'several' | 'none'> {
    const text = (this.#values.tenant ?? '').trim();
    if (text === '') return null;
    const found = await ask<TenantName[]>(this.#place.state, 'letterTenants', { text });
    const [only] = found;
    const exact = found.find(({ subscriptionId }) => subscriptionId.toLowerCase() === text.toLowerCase());
    if (exact ?? only) return exact ?? (found.length === 1 && only ? only : 'several');
    return 'none';
  }

  async #look(): Promise<void> {
    this.#asked += 1;
    const mine = this.#asked;
    try {
      const tenant = await this.#subscription();
      const { installation, target } = this.#reader();
      const period = periodOf(this.#values.period ?? '', this.#values.day ?? '');
      const typed = this.#values.tenant ?? '';
      const subscription = tenant === null ? '' : typeof tenant === 'string' ? typed : tenant.subscriptionId;
      const query = { installation, target, ...period, subscription };
      const rows =
        tenant === 'several' ? [] : await ask<UsageRow[]>(this.#place.state, 'usageTotals', { ...query, by: 'day' });
      if (mine !== this.#asked || this.#later.isClosed) return;
      this.#chart?.close();
      this.#chart = null;
      this.#body.empty();
      if (tenant === 'several') this.#body.append(note(say('desk.usage.several')));
      else this.#draw(rows, query, typeof tenant === 'object' ? tenant : null);
    } catch (error) {
      if (mine === this.#asked) this.#body.empty().append(failure(error));
    }
  }

  #reader(): UsageReader {
    const reader = this.#readers[Number(this.#values.reader ?? 0)] ?? this.#readers[0];
    if (!reader) throw new Error(say('desk.usage.none'));
    return reader;
  }

  #draw(rows: UsageRow[], query: Record<string, string>, tenant: TenantName | null): void {
    const { state } = this.#place;
    const heading = tenant ? (tenant.name ?? tenant.subscriptionId) : say('desk.usage.all');
    const title = $('<h3 class="wap-billing-desk-heading"/>').text(`${heading} · ${query.from} – ${query.to}`);
    this.#body.append(title, this.#rebuildNote());
    if (rows.length === 0) {
      this.#body.append(note(say('desk.usage.nothing')));
      return;
    }
    const meters = [...new Map(rows.map(row => [meterName(row), row])).keys()];
    const place = $('<div/>');
    const drawChart = (name: string) => {
      this.#chart?.close();
      const made = usageChart(
        rows.filter(row => meterName(row) === name),
        { from: query.from ?? '', to: query.to ?? '' },
        name,
      );
      this.#chart = made;
      place.empty().append(made.element);
    };
    const choice = $('<select class="wap-billing-desk-meter"/>').attr('aria-label', say('desk.usage.meter'));
    choice.append(meters.map(name => new Option(name, name))).on('change', () => drawChart(String(choice.val())));
    this.#body.append(
      $('<div class="wap-billing-desk-acts"/>').append(
        choice,
        csvButton(state, 'usage', () => query),
      ),
      place,
      tableOf(rows),
    );
    drawChart(meters[0] ?? '');
    if (tenant === null) this.#body.append(this.#byTenant(query));
  }

  #rebuildNote(): JQuery | [] {
    const { rebuild, first } = this.#reader();
    const text = rebuild ? say('desk.usage.rebuilt') : say('desk.usage.since', { day: first });
    return $('<div class="wap-billing-desk-small"/>').text(text);
  }

  #byTenant(query: Record<string, string>): JQuery {
    const list = pagedList<TenantUsage>({
      label: say('desk.usage.byTenant'),
      empty: say('desk.usage.nothing'),
      keyOf: ({ subscription, meter, unit, zone }) => JSON.stringify([subscription, meter, unit, zone]),
      ask: (after, limit) =>
        ask<Page<TenantUsage>>(this.#place.state, 'usageTenants', { ...query, by: 'all', after, limit }),
      columns: [
        {
          title: say('desk.usage.tenant'),
          cell: ({ subscription, name, account }) =>
            $('<button type="button" class="wap-billing-desk-open"/>')
              .text([name, account].filter(Boolean).join(' · ') || subscription)
              .on('click', () => this.#place.show('usage', { ...this.#values, tenant: subscription })),
        },
        { title: say('desk.usage.meter'), cell: meterName },
        { title: say('desk.usage.quantity'), cell: row => quantity(row.quantity), isNumber: true },
        { title: say('desk.usage.items'), cell: row => count(row.items), isNumber: true },
      ],
    });
    return $('<section/>').append(
      $('<h3 class="wap-billing-desk-heading"/>').text(say('desk.usage.byTenant')),
      list.element,
    );
  }
}

/** The exact numbers, by day and meter. */
function tableOf(rows: UsageRow[]): JQuery {
  const zones = new Set(rows.map(({ zone }) => zone)).size > 1;
  const titles = [say('desk.day'), say('desk.usage.meter'), say('desk.usage.quantity'), say('desk.usage.items')];
  const head = titles.map((text, index) =>
    $('<th scope="col"/>')
      .text(text)
      .toggleClass('is-number', index > 1),
  );
  const body = rows.map(row =>
    $('<tr/>').append(
      $('<td/>')
        .attr('data-title', titles[0] ?? '')
        .text(zones ? `${row.period} ${row.zone}` : row.period),
      $('<td/>')
        .attr('data-title', titles[1] ?? '')
        .text(meterName(row)),
      $('<td class="is-number"/>')
        .attr('data-title', titles[2] ?? '')
        .text(quantity(row.quantity)),
      $('<td class="is-number"/>')
        .attr('data-title', titles[3] ?? '')
        .text(count(row.items)),
    ),
  );
  return $('<table class="wap-billing-desk-list wap-billing-desk-days"/>')
    .attr('aria-label', say('desk.usage.byDay'))
    .append($('<thead/>').append($('<tr/>').append(head)), $('<tbody/>').append(body));
}
