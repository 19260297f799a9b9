/** Several exported flows as one. Configuration nodes that are the same in two of them are shared. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

/** A node whose id is taken by another one gets a fresh id, the same at each run; references to it follow. */
export function mergeFlows(flows) {
  const merged = new Map();
  flows.forEach((nodes, index) => {
    const renamed = new Map();
    for (const { id } of nodes) renamed.set(id, id);
    for (const node of nodes) {
      const taken = merged.get(node.id);
      if (taken && !isDeepStrictEqual(taken, node)) renamed.set(node.id, freshId(node.id, index));
    }
    for (const node of nodes.map(each => withIds(each, renamed))) merged.set(node.id, node);
  });
  return [...merged.values()];
}

const freshId = (id, index) => createHash('sha256').update(`${index} ${id}`).digest('hex').slice(0, 16);

/** Ids appear as whole texts: in `z`, `wires`, `scope`, `links` and the properties that name configuration nodes. */
function withIds(value, renamed) {
  if (typeof value === 'string') return renamed.get(value) ?? value;
  if (Array.isArray(value)) return value.map(each => withIds(each, renamed));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withIds(each, renamed)]));
}
