import { type Search, suggest } from '../suggest';

/** Units that billing systems are often given, beside those of the ready rules. */
const usualUnits = ['MB', 'GB', 'GB-hours', 'hours', 'items'];

interface Offer {
  /** Where the table keeps its rows. */
  field: JQuery;
  ready: unknown;
  columns: string[];
  /** The id of a column's list. */
  listOf(column: string): string;
  connection: string;
}

/** The browser's own lists for columns of the table: what the ready rules and the other rows have, and WAP's services. They
 *  never take the place of what was typed, as Node-RED's list does when Tab is pressed: `MB` must not become `MB-hours`. */
export function offerValues({ field, ready, columns, listOf, connection }: Offer): void {
  const services = new Map<string, string>();
  const lists = columns.map(column => ({ column, list: $('<datalist/>').attr('id', listOf(column)) }));
  field.after(lists.map(({ list }) => list));
  const fill = () => {
    const rows = [...rowsIn(ready), ...rowsIn(parsed(field.val()))];
    for (const { column, list } of lists) {
      const values = new Map(column === 'provider' ? services : []);
      const others = [...rows.map(row => textOf(row[column])), ...(column === 'unit' ? usualUnits : [])];
      for (const value of others) if (value !== '' && !values.has(value)) values.set(value, '');
      list.empty().append([...values].map(([value, label]) => $('<option/>').attr({ value, label })));
    }
  };
  field.on('change', fill);
  fill();
  const ask: Search = suggest(connection, 'wap-connection', () => ['service']);
  ask('', found => {
    for (const { value, label } of found) services.set(value, label);
    fill();
  });
}

type Row = Record<string, unknown>;

const rowsIn = (list: unknown): Row[] =>
  Array.isArray(list) ? list.filter((row): row is Row => typeof row === 'object' && row !== null) : [];

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text ?? ''));
  } catch {
    return [];
  }
}
