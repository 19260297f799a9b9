import { invalidField, shapeOf } from '../errors';
import { parseCsv } from '../files/csv';
import { decodeAny } from '../files/text';
import { foldId } from '../ids';
import { filledText } from '../template-text';

/** One run to be made: its key, and the item that its message has. */
export interface Item {
  key: string;
  payload: unknown;
}

/** More would wait for each other for too long to be one step. */
const mostItems = 10_000;

/** The items of a list: an array, or a spreadsheet's CSV as text or bytes, whose first line names the columns; each record then is
 *  an object of texts. `key` is a template, filled with the item as `payload` and its number from 1 as `number`.
 *  @throws INPUT_INVALID naming the item: nothing in it for the key, or a key that another has too */
export async function readItems(given: unknown, field: string, key: string): Promise<Item[]> {
  const list = await listOf(given, field);
  if (list.length > mostItems)
    throw invalidField(field, `${list.length} items are too many. Split them: at most ${mostItems} at once.`);
  const places = new Map<string, number>();
  return list.map((payload, index) => {
    const name = filledText(key, { payload, number: index + 1 }).trim();
    const item = `${field}[${index}]`;
    if (name === '')
      throw invalidField(item, `the key "${key}" is empty for it. Say which of its values tells it from the others.`);
    // As keys of runs are compared.
    const other = places.get(foldId(name));
    if (other !== undefined)
      throw invalidField(item, `the key "${name}" is that of [${other}] too. Each needs its own.`);
    places.set(foldId(name), index);
    return { key: name, payload };
  });
}

/** The items, however they were given. @throws INPUT_INVALID */
async function listOf(given: unknown, field: string): Promise<unknown[]> {
  if (Array.isArray(given)) return given;
  if (given instanceof Uint8Array) return recordsOf((await decodeAny(given)).text, field);
  if (typeof given === 'string') return recordsOf(given, field);
  throw invalidField(field, `expected a list, or CSV as a text or a buffer, but got ${shapeOf(given)}.`);
}

/** CSV with a line of names. Cells that are missing at the end of a line are empty; more cells than names are refused, because
 *  a value would be lost. @throws INPUT_INVALID naming the line */
function recordsOf(text: string, field: string): Array<Record<string, string>> {
  const { records, broken } = parseCsv(text);
  if (broken) throw invalidField(field, `line ${broken.line}: ${broken.problem}.`);
  const [head, ...rows] = records;
  const names = (head?.cells ?? []).map(cell => cell.trim());
  return rows.map(({ line, cells }) => {
    if (cells.length > names.length) {
      throw invalidField(
        field,
        `line ${line} has ${cells.length} cells, but the first line names ${names.length} columns.`,
      );
    }
    return Object.fromEntries(names.map((name, column) => [name, (cells[column] ?? '').trim()]));
  });
}
