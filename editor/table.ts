import { say } from './red';
import { type Search, sayingWhy } from './suggest';
import { rowsIn } from './table-rows';

/** A column of an editable table. */
export interface Column {
  name: string;
  /** Text shown while the cell is empty. */
  placeholder: string;
  /** Share of the width. */
  grow?: number;
  /** Offers values while the cell is typed in. */
  suggest?: Search;
  /** The cell is a choice of these words, each with its text. */
  words?: Record<string, string>;
  /** The id of a list of values to choose from; others can be written. */
  list?: string;
  /** Said in the empty cell where headings name the columns. */
  hint?: string;
}

interface TableOptions {
  /** The columns have headings; their layout is up to a style sheet (`wap-billing-table-cells`). */
  headings?: boolean;
  /** Rows can be looked for in a field with this name. */
  filter?: string;
}

type Row = Record<string, string>;

/** An editable table of rows of texts, kept as JSON text in `#node-input-<name>`. */
export function table(name: string, columns: Column[], { headings = false, filter = '' }: TableOptions = {}): void {
  const field = $(`#node-input-${name}`);
  const list = $(`#wap-billing-table-${name}`);
  const save = () => {
    const rows = list
      .editableList('items')
      .toArray()
      .map(item => readRow($(item), columns));
    const text = JSON.stringify(rows);
    // Whoever goes through the cells changes nothing, and what depends on the rows need not be made anew.
    if (text !== field.val()) field.val(text).trigger('change');
  };
  let removed = 0;
  const shownRows = () => list.children(':not(.wap-billing-table-hidden)');
  const focusRow = (index: number) => shownRows().eq(index).find('input, select').first().trigger('focus');
  // Grows with its rows between the two; a height of its own would be kept.
  list.css({ minHeight: '96px', maxHeight: headings ? 'max(264px, 46vh)' : '300px' }).editableList({
    height: 0,
    scrollOnAdd: false,
    addItem: (container: JQuery, _index: number, row: Row) => {
      const line = $('<div/>').appendTo(container);
      if (headings) line.addClass('wap-billing-table-cells');
      else line.css({ display: 'flex', gap: '4px', marginBottom: '2px' });
      // Taking a suggestion by Enter raises no change.
      for (const column of columns) cellOf(column, row, headings).on('change input focusout', save).appendTo(line);
      container
        .siblings('.red-ui-editableList-item-remove')
        .attr('aria-label', say('table.remove'))
        .on('click', () => {
          removed = shownRows().index(container.parent());
        });
    },
    removeItem: () => {
      save();
      // The button that had the focus is gone: people at the keyboard go on in the next row.
      if (shownRows().length === 0) addButton.trigger('focus');
      else focusRow(Math.min(removed, shownRows().length - 1));
    },
    sortItems: save,
    sortable: true,
    removable: true,
    ...(headings ? { header: headerOf(columns) } : {}),
  });
  for (const row of rowsIn(field.val())) list.editableList('addItem', row);
  const addButton = list.closest('.red-ui-editableList').find('.red-ui-editableList-addButton');
  addButton.on('click', () => focusRow(-1));
  if (filter !== '') list.closest('.red-ui-editableList').before(rowFilter(list, filter));
}

/** One cell of a row; its input bears the column's name. */
function cellOf(
  { name, placeholder, grow = 1, suggest, words, list, hint }: Column,
  row: Row,
  headings: boolean,
): JQuery {
  const input = (words ? choice(words) : $('<input type="text"/>'))
    .attr({ 'data-column': name, 'aria-label': placeholder, placeholder: headings ? (hint ?? '') : placeholder })
    .val(row[name] || Object.keys(words ?? {})[0] || '');
  if (list) input.attr('list', list);
  if (suggest) input.autoComplete({ search: sayingWhy(suggest, () => input), minLength: 0 });
  if (!headings) return input.css({ flex: `${grow} 1 0`, width: '0', minWidth: '0' });
  // Where the rows are too narrow for headings, each cell shows its own.
  const heading = $('<span class="wap-billing-table-heading" aria-hidden="true"/>').text(placeholder);
  return $('<div class="wap-billing-table-cell"/>').append(heading, input);
}

function headerOf(columns: Column[]): JQuery {
  const titles = columns.map(({ placeholder }) => $('<div/>').text(placeholder));
  return $('<div aria-hidden="true"/>').append($('<div class="wap-billing-table-cells"/>').append(titles));
}

/** A field that hides the rows without its text; what is saved stays the same. */
function rowFilter(list: JQuery, name: string): JQuery {
  const input = $('<input type="search"/>').attr({ 'aria-label': name, placeholder: name });
  const count = $('<span role="status"/>');
  input.on('input', () => {
    const wanted = String(input.val() ?? '')
      .trim()
      .toLowerCase();
    let shown = 0;
    const rows = list.children();
    rows.each((_index, row) => {
      const cells = $(row).find('[data-column]').toArray();
      const fits = cells.some(cell => textOf($(cell)).toLowerCase().includes(wanted));
      if (fits) shown += 1;
      $(row).toggleClass('wap-billing-table-hidden', !fits);
    });
    count.text(wanted === '' ? '' : say('table.shown', { shown, all: rows.length }));
  });
  return $('<div class="wap-billing-table-filter"/>').append(input, count);
}

/** What a person reads in a cell. */
const textOf = (cell: JQuery): string =>
  cell.is('select') ? cell.find('option:selected').text() : String(cell.val() ?? '');

/** What a column of a table holds now, without empty cells. */
export function columnOf(name: string, column: string): string[] {
  const cells = rowsIn($(`#node-input-${name}`).val()).map(row => String(row[column] ?? '').trim());
  return cells.filter(text => text !== '');
}

function choice(words: Record<string, string>): JQuery {
  const select = $('<select/>');
  for (const [word, text] of Object.entries(words)) select.append(new Option(text, word));
  return select;
}

function readRow(item: JQuery, columns: Column[]): Row {
  return Object.fromEntries(
    columns.map(({ name }) => [name, String(item.find(`[data-column="${name}"]`).val() ?? '')]),
  );
}
