import { AdapterError } from '../../errors';
import type { WapAdmin } from '../client/admin';
import { kindNames } from '../client/admin-calls';
import type { Kind, PlanOrAddOn } from '../types';
import { planState } from '../types';
import { cloneDraft, mayBeHalfMade, namesAfter } from './clone-draft';
import { planDifferences } from './compare';
import { configurationOf } from './configuration';
import { applyConfiguration } from './configure';
import { removeUnlinked } from './delete';
import { type SettleOptions, untilShown } from './settle';

export interface CloneWishes {
  /** Default: the original's name with the next `(r…)`. */
  name?: string;
}

export interface Cloned {
  clone: PlanOrAddOn;
  /** As read before cloning; it is never written to. */
  original: PlanOrAddOn;
}

/** Makes a private copy of a plan or add-on under a new id. WAP has no call for that, so the copy is created, gets services,
 *  quotas and links, is read back and compared with the original. Names follow a rule (`Gold`, `Gold (r2)`, `Gold (r3)` …): a
 *  repeat after a lost answer or a crash finds the unfinished clone and completes it. A plan of that name that is public,
 *  subscribed to or configured differently is somebody else's, and the next name is used. A failure removes the clone; ABORTED
 *  leaves it for the repeat. The clone has the same links as its original.
 *  @throws WAP_CLONE_DIFFERS with the differences in `cause.details`; WAP_CONFLICT when `name` is somebody else's
 *  Source: no page; portal action of dn249515, dn528441. */
export async function clonePlan(
  admin: WapAdmin,
  kind: Kind,
  id: string,
  wishes: CloneWishes = {},
  call: SettleOptions = {},
): Promise<Cloned> {
  const original = await admin.get(kind, id, call);
  const begun = await begin(admin, kind, original, wishes.name, call);
  try {
    const wanted = configurationOf(original, begun.DisplayName);
    await applyConfiguration(admin, kind, begun.Id, wanted, call);
    return { clone: await untilEqual(admin, kind, original, begun.Id, call), original };
  } catch (error) {
    if (error instanceof AdapterError && error.code === 'ABORTED') throw error;
    throw await afterRemoval(admin, kind, begun, error, call);
  }
}

/** `clonePlan`, or `null` when the next `(r…)` after the original's name would exceed `rounds`; nothing is changed then. The
 *  name itself carries the count, so it survives restarts. */
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

/** The number of the next name; infinite when there is none. */
function nextRound(name: string): number {
  const [next = ''] = namesAfter(name);
  const number = /\(r(\d+)\)$/.exec(next)?.[1];
  return number === undefined ? Number.POSITIVE_INFINITY : Number(number);
}

/** The half-made clone of an earlier try, or a new one. */
async function begin(
  admin: WapAdmin,
  kind: Kind,
  original: PlanOrAddOn,
  wishedName: string | undefined,
  call: SettleOptions,
): Promise<PlanOrAddOn> {
  const all = await admin.list(kind, call);
  const names = wishedName === undefined ? namesAfter(original.DisplayName) : [wishedName];
  for (const name of names) {
    const known = all.find(plan => plan.DisplayName === name);
    if (known && known.Id !== original.Id && mayBeHalfMade(original, known)) return known;
    if (known) continue;
    try {
      return await admin.create(kind, cloneDraft(original, name), call);
    } catch (error) {
      const isTaken = error instanceof AdapterError && error.code === 'WAP_CONFLICT';
      if (!isTaken) throw error; // taken since the list was read: the next name
    }
  }
  const subject = `${kindNames[kind]} ${wishedName ?? original.DisplayName}`;
  throw AdapterError.advising(
    'WAP_CONFLICT',
    `WAP has another ${subject}, which is no clone that was begun: choose another name for the clone.`,
    { subject },
  );
}

/** The clone, once WAP shows it equal to its original. @throws WAP_CLONE_DIFFERS when it stays different */
function untilEqual(
  admin: WapAdmin,
  kind: Kind,
  original: PlanOrAddOn,
  cloneId: string,
  call: SettleOptions,
): Promise<PlanOrAddOn> {
  const subject = `${kindNames[kind]} ${original.DisplayName}`;
  return untilShown(
    () => admin.get(kind, cloneId, call),
    clone => planDifferences(original, clone),
    details =>
      new AdapterError('WAP_CLONE_DIFFERS', `The clone of ${subject} is not equal to it: ${details.join('; ')}.`, {
        ...{ subject, details },
      }),
    call,
  );
}

/** @returns the error of the clone; it says what is left behind if the removal failed too */
async function afterRemoval(
  admin: WapAdmin,
  kind: Kind,
  begun: PlanOrAddOn,
  error: unknown,
  call: SettleOptions,
): Promise<unknown> {
  if (!(error instanceof AdapterError)) return error;
  try {
    const now = await admin.find(kind, begun.Id, call);
    // Somebody may be using it by now.
    if (now && now.State === planState.private && now.SubscriptionCount === 0)
      await removeUnlinked(admin, kind, now, call);
    return error;
  } catch {
    const left = `The private, half-made ${kindNames[kind]} ${begun.DisplayName} (${begun.Id}) could not be removed; cloning again finishes it.`;
    return new AdapterError(error.code, `${error.message} ${left}`, error.cause);
  }
}
