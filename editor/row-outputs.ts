import { rowsIn } from './table-rows';

/** Where each output goes that a node had: to its number now, or nowhere (-1); new ones have names of their own. Node-RED
 *  moves the wires by it. */
export type OutputMap = Record<string, number>;

/** A node with an output for each row of a table, and `fixed` ones behind them: sets how many it has, and keeps the wires of rows
 *  that were moved or renamed. To be called when the dialog is saved. */
export function rowOutputs(node: object, table: string, column: string, fixed: number): void {
  const now = textsOf($(`#node-input-${table}`).val(), column);
  const before = textsOf(Reflect.get(node, table), column);
  $('#node-input-outputs').val(JSON.stringify(outputMap(before, now, fixed)));
}

/** A row is the same where its text is; one whose text is nowhere any more was renamed, if the row in its place is new. */
export function outputMap(before: string[], now: string[], fixed: number): OutputMap {
  const map: OutputMap = {};
  const taken = new Set<number>();
  const take = (from: number, to: number) => {
    map[from] = to;
    taken.add(to);
  };
  for (const [index, text] of before.entries()) {
    const same = now.findIndex((each, at) => each === text && !taken.has(at));
    if (same >= 0) take(index, same);
  }
  for (const [index, text] of before.entries()) {
    if (index in map) continue;
    const isRenamed =
      !now.includes(text) && index < now.length && !before.includes(now[index] ?? '') && !taken.has(index);
    if (isRenamed) take(index, index);
    else map[index] = -1;
  }
  for (let each = 0; each < fixed; each += 1) map[before.length + each] = now.length + each;
  for (const [index] of now.entries()) if (!taken.has(index)) map[`new ${index}`] = index;
  return map;
}

const textsOf = (saved: unknown, column: string): string[] => rowsIn(saved).map(row => row[column] ?? '');
