import type { WapAdmin } from '../client/admin';
import type { Kind } from '../types';
import { type Cloned, type CloneWishes, clonePlan } from './clone';
import { namesAfter } from './clone-draft';
import type { SettleOptions } from './settle';

/** As `clonePlan`, but `null`, with nothing sent but the question for the name, when the next `(r…)` after the original's
 *  name would be above `rounds`. The name carries the count, so that it holds over restarts. */
export async function cloneWithin(
  rounds: number | undefined,
  admin: WapAdmin,
  kind: Kind,
  id: string,
  wishes: CloneWishes = {},
  call: SettleOptions = {},
): Promise<Cloned | null> {
  if (rounds !== undefined) {
    const { DisplayName } = await admin.get(kind, id, call);
    if (nextRound(DisplayName) > rounds) return null;
  }
  return clonePlan(admin, kind, id, wishes, call);
}

function nextRound(name: string): number {
  const [next = ''] = namesAfter(name);
  const number = /\(r(\d+)\)$/.exec(next)?.[1];
  return number === undefined ? Number.POSITIVE_INFINITY : Number(number);
}
