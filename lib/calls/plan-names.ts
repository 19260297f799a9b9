import type { Clock } from '../async/clock';
import type { WapAdmin } from '../wap/client/admin';
import type { NameOf } from './price-table';

/** How long a name counts, and how many are kept; when there are more, all are read anew. */
const keepMs = 300_000;
const mostKept = 5000;
/** A tenant waits for the price meanwhile. */
const limitMs = 10_000;

/** Reads names of plans and add-ons from WAP and keeps them a while. What fails is told and counts as no name. */
export function planNames(admin: Pick<WapAdmin, 'find'>, clock: Clock, fail: (error: unknown) => void): NameOf {
  const known = new Map<string, { name: string | null; until: number }>();
  return async (kind, id) => {
    const key = `${kind} ${id}`;
    const kept = known.get(key);
    if (kept && kept.until > clock.now()) return kept.name;
    try {
      const name = (await admin.find(kind, id, { signal: AbortSignal.timeout(limitMs) }))?.DisplayName ?? null;
      if (known.size >= mostKept) known.clear();
      known.set(key, { name, until: clock.now() + keepMs });
      return name;
    } catch (error) {
      fail(error);
      return null;
    }
  };
}
