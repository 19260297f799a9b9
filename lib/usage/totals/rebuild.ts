import { yieldToLoop } from '../../async/event-loop';
import type { RebuildMark } from '../../feeds/records/batch';
import type { Tx } from '../../state/port';
import type { MappingScope } from '../../state/tables/mapping-entry';
import { addRebuild, dropRebuild, listRebuilds, type Rebuild } from '../../state/tables/usage-rebuild';
import {
  dropTotal,
  dropTotalsWithin,
  findTotal,
  keepTotals,
  lastCountedId,
  putTotal,
  type TotalKey,
} from '../../state/tables/usage-total';
import { ExactSum } from './exact-sum';
import { foldTotals } from './fold';
import { dropMarks, keepMs } from './marks';

/** Subscriptions whose totals are dropped in one step. */
const tenantsAtOnce = 100;

/** The replay that a message names, as the poll node wrote it; null when it names none, or one that rebuilds nothing. */
export function rebuildOf({ replay, rebuild }: { replay?: unknown; rebuild?: unknown }): RebuildMark | null {
  if (typeof replay !== 'string' || typeof rebuild !== 'object' || rebuild === null) return null;
  const { fromId, toId, startedAt }: Record<string, unknown> = { ...rebuild };
  if (typeof fromId !== 'number' || typeof startedAt !== 'number') return null;
  return { run: replay, fromId, toId: typeof toId === 'number' ? toId : null, startedAt };
}

/** The replays that rebuild totals, the latest first. The first message of a new one drops all totals that are only of its
 *  records, so that they are counted from nothing; totals that hold other records as well stay as they are. */
export async function rebuildsOf(
  tx: Tx,
  scope: MappingScope,
  mark: RebuildMark | null,
  now: number,
): Promise<readonly Rebuild[]> {
  const known = await listRebuilds(tx, scope);
  const [latest] = known;
  if (!mark || known.some(({ run }) => run === mark.run) || (latest && latest.startedAt > mark.startedAt)) return known;
  await foldTotals(tx, now);
  // Records that come by themselves after its start are not of the replay.
  const rebuild = { ...mark, toId: mark.toId ?? (await lastCountedId(tx, scope)) };
  await dropWithin(tx, scope, rebuild);
  await keepTotals(tx, scope, rebuild);
  await addRebuild(tx, scope, rebuild);
  return [rebuild, ...(await forgetOld(tx, scope, known, now))];
}

/** Forgets replays whose totals are no longer kept; answers the others. */
async function forgetOld(tx: Tx, scope: MappingScope, known: readonly Rebuild[], now: number): Promise<Rebuild[]> {
  const old = known.filter(({ startedAt }) => startedAt < now - keepMs);
  for (const { run } of old) {
    await dropMarks(tx, scope, run);
    await dropRebuild(tx, scope, run);
  }
  return known.filter(one => !old.includes(one));
}

/** Drops the totals that the replay makes anew, and takes them off those of all subscriptions together. */
async function dropWithin(tx: Tx, scope: MappingScope, rebuild: Rebuild): Promise<void> {
  const gone = new Map<string, { key: TotalKey; sum: ExactSum; items: number }>();
  for (;;) {
    const dropped = await dropTotalsWithin(tx, scope, rebuild, tenantsAtOnce);
    for (const { quantity, items, subscription: _one, ...key } of dropped) {
      const name = JSON.stringify([key.day, key.zone, key.unit, key.meter]);
      const all = gone.get(name) ?? { key: { ...key, subscription: '' }, sum: new ExactSum(), items: 0 };
      gone.set(name, all);
      all.sum.add(negative(quantity));
      all.items += items;
    }
    if (dropped.length === 0) break;
    await yieldToLoop();
  }
  for (const { key, sum, items } of gone.values()) {
    const total = await findTotal(tx, scope, key);
    if (!total) continue;
    sum.add(total.quantity);
    if (total.items === items) await dropTotal(tx, scope, key);
    else await putTotal(tx, scope, { ...total, quantity: sum.toString(), items: total.items - items });
  }
}

/** By its sign, so that nothing is lost in a number. */
const negative = (quantity: string): string => (quantity.startsWith('-') ? quantity.slice(1) : `-${quantity}`);
