import type { Page } from '../../../lib/desk/page';
import { say } from '../../red';
import type { Shown } from '../view';
import { button, failure, note } from './note';

/** A column of a list. */
export interface Column<Row> {
  title: string;
  /** A text, or something drawn. */
  cell(row: Row): string | JQuery;
  isNumber?: boolean;
}

export interface ListOptions<Row> {
  /** What the list is, for screen readers. */
  label: string;
  /** Said where there is nothing. */
  empty: string;
  columns: Column<Row>[];
  keyOf(row: Row): string;
  /** Reads the page that begins after a key. @throws Refused */
  ask(after: string | undefined, limit: number): Promise<Page<Row>>;
  /** A row is opened: what is drawn below it. */
  open?(row: Row): JQuery;
  /** What is drawn below a row looks after itself: it stays as it is when the list is drawn anew. */
  keepsOpen?: boolean;
  /** Rows can be ticked; called with the keys whenever that changes. */
  ticked?(rows: Row[]): void;
}

export interface List extends Shown {
  element: JQuery;
  /** Begins again from the first page. */
  restart(): void;
}

const pageSize = 50;
/** Asked for at once at most, however few rows they have. */
const mostPages = 30;

/** A list read page by page, by key. A refresh asks for as many rows as are shown and leaves what is open, what is ticked
 *  and where one looks as it is. */
export function pagedList<Row>(options: ListOptions<Row>): List {
  const { label, empty, columns, keyOf, open, keepsOpen, ticked } = options;
  const body = $('<tbody/>');
  const foot = $('<div class="wap-billing-desk-more"/>');
  const titles = columns.map(({ title, isNumber }) =>
    $('<th scope="col"/>').text(title).toggleClass('is-number', !!isNumber),
  );
  const head = $('<tr/>').append(ticked ? $('<th class="is-tick"/>').append(tickAll()) : [], titles);
  const table = $('<table class="wap-billing-desk-list"/>')
    .attr('aria-label', label)
    .append($('<thead/>').append(head), body);
  const element = $('<div/>').append(table, foot);
  const opened = new Set<string>();
  const details = new Map<string, JQuery>();
  const chosen = new Map<string, Row>();
  let rows: Row[] = [];
  let next: string | null = null;
  /** What was asked last: an answer to an earlier question is of no use any more. */
  let asked = 0;

  /** Reads so many rows, or so many more than are there. Where only few of very many fit, pages come with few rows or
   *  none: then it says that it looks on, and stops in time. */
  async function read(wanted: number, after?: string): Promise<void> {
    asked += 1;
    const mine = asked;
    try {
      const found: Row[] = [];
      let more: string | null = after ?? null;
      let pages = 0;
      do {
        if (pages > 0) foot.empty().append(note(say('desk.reading')));
        const page: Page<Row> = await options.ask(more ?? undefined, Math.min(wanted - found.length, 200));
        if (mine !== asked) return;
        found.push(...page.rows);
        more = page.next;
        pages += 1;
      } while (more !== null && found.length < wanted && pages < mostPages);
      rows = after === undefined ? found : [...rows, ...found];
      next = more;
      draw();
    } catch (error) {
      if (mine === asked) foot.empty().append(failure(error));
    }
  }

  function draw(): void {
    for (const key of chosen.keys()) if (!rows.some(row => keyOf(row) === key)) chosen.delete(key);
    for (const each of details.values()) each.detach(); // emptying would take their listeners away
    body.empty().append(rows.flatMap(drawRow));
    foot.empty();
    if (rows.length === 0) foot.append(note(next === null ? empty : say('desk.lookOn')));
    const behind = next;
    if (behind !== null) foot.append(button(say('desk.more'), 'fa-chevron-down', () => void read(pageSize, behind)));
    ticked?.([...chosen.values()]);
  }

  function drawRow(row: Row): JQuery[] {
    const key = keyOf(row);
    const line = $('<tr/>').attr('data-key', key);
    if (ticked) $('<td class="is-tick"/>').append(tick(key, row)).appendTo(line);
    for (const [index, { title, cell, isNumber }] of columns.entries()) {
      const content = cell(row);
      const place = $('<td/>').attr('data-title', title).toggleClass('is-number', !!isNumber).appendTo(line);
      const shown = typeof content === 'string' ? $('<span/>').text(content) : content;
      if (open && index === 0) place.append(opener(key, row, line, shown));
      else place.append(shown);
    }
    const details = open && opened.has(key) ? [detailsOf(key, row)] : [];
    return [line, ...details];
  }

  function opener(key: string, row: Row, line: JQuery, content: JQuery): JQuery {
    const toggle = () => {
      if (opened.delete(key)) {
        details.delete(key);
        line.next('.wap-billing-desk-details').remove();
      } else {
        opened.add(key);
        line.after(detailsOf(key, row));
      }
      icon.attr('class', iconOf(key));
      knob.attr('aria-expanded', String(opened.has(key)));
    };
    const icon = $('<i/>').attr('class', iconOf(key));
    const knob = $('<button type="button" class="wap-billing-desk-open" data-part="open"/>')
      .attr('aria-expanded', String(opened.has(key)))
      .append(icon, ' ', content)
      .on('click', toggle);
    return knob;
  }

  const iconOf = (key: string) => `fa ${opened.has(key) ? 'fa-caret-down' : 'fa-caret-right'}`;

  function detailsOf(key: string, row: Row): JQuery {
    const known = details.get(key);
    if (known) return known;
    const width = columns.length + (ticked ? 1 : 0);
    const made = $('<tr class="wap-billing-desk-details"/>').append(
      $('<td/>')
        .attr('colspan', width)
        .append(open?.(row) ?? []),
    );
    if (keepsOpen) details.set(key, made);
    return made;
  }

  function tick(key: string, row: Row): JQuery {
    return $('<input type="checkbox" data-part="tick"/>')
      .attr('aria-label', say('desk.tick'))
      .prop('checked', chosen.has(key))
      .on('change', event => {
        if ($(event.target).is(':checked')) chosen.set(key, row);
        else chosen.delete(key);
        ticked?.([...chosen.values()]);
      });
  }

  function tickAll(): JQuery {
    return $('<input type="checkbox"/>')
      .attr('aria-label', say('desk.tickAll'))
      .on('change', event => {
        chosen.clear();
        if ($(event.target).is(':checked')) for (const row of rows) chosen.set(keyOf(row), row);
        draw();
      });
  }

  void read(pageSize);
  return {
    element,
    refresh: () => void read(Math.max(pageSize, rows.length)),
    restart: () => {
      opened.clear();
      details.clear();
      chosen.clear();
      rows = [];
      void read(pageSize);
    },
  };
}
