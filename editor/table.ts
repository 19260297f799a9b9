import { say } from './red';
import { type Search, sayingWhy } from './suggest';

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
  /** Begins a second line in the row. */
  below?: boolean;
}

type Row = Record<string, string>;

/** An editable table of rows of texts, kept as JSON text in `#node-input-<name>`. */
export function table(name: string, columns: Column[]): void {
  const field = $(`#node-input-${name}`);
  const list = $(`#wap-billing-table-${name}`);
  const save = () => {
    const rows = list
      .editableList('items')
      .toArray()
      .map(item => readRow($(item), columns));
    field.val(JSON.stringify(rows)).trigger('change');
  };
  let removed = 0;
  const focusRow = (index: number) => list.children().eq(index).find('input, select').first().trigger('focus');
  list.css({ minHeight: '96px' }).editableList({
    addItem: (container: JQuery, _index: number, row: Row) => {
      const flex = () => $('<div/>').css({ display: 'flex', gap: '4px', marginBottom: '2px' }).appendTo(container);
      let line = flex();
      for (const { name: column, placeholder, grow = 1, suggest, words, below } of columns) {
        if (below) line = flex();
        const cell = (words ? choice(words) : $('<input type="text"/>'))
          .attr({ 'data-column': column, placeholder, 'aria-label': placeholder })
          .css({ flex: `${grow} 1 0`, width: '0', minWidth: '0' })
          .val(row[column] ?? '')
          .on('change input blur', save) // taking a suggestion by Enter raises no change
          .appendTo(line);
        if (suggest) cell.autoComplete({ search: sayingWhy(suggest, () => cell), minLength: 0 });
      }
      container
        .siblings('.red-ui-editableList-item-remove')
        .attr('aria-label', say('table.remove'))
        .on('click', () => {
          removed = container.parent().index();
        });
    },
    removeItem: () => {
      save();
      // The button that had the focus is gone: people at the keyboard go on in the next row.
      if (list.children().length === 0) addButton.trigger('focus');
      else focusRow(Math.min(removed, list.children().length - 1));
    },
    sortItems: save,
    sortable: true,
    removable: true,
  });
  for (const row of readRows(String(field.val() ?? ''))) list.editableList('addItem', row);
  const addButton = list.closest('.red-ui-editableList').find('.red-ui-editableList-addButton');
  addButton.on('click', () => focusRow(-1));
}

/** What a column of a table holds now, without empty cells. */
export function columnOf(name: string, column: string): string[] {
  const cells = readRows(String($(`#node-input-${name}`).val() ?? '')).map(row => String(row[column] ?? '').trim());
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

function readRows(text: string): Row[] {
  try {
    const rows: unknown = JSON.parse(text || '[]');
    return Array.isArray(rows) ? (rows as Row[]) : [];
  } catch {
    return [];
  }
}
