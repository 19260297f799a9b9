import { AdapterError } from '../errors';
import type { CallOptions, WapAdmin } from './admin';
import { kindNames } from './admin-calls';
import type { Kind, PlanOrAddOn, PlanStateName } from './types';
import { planState } from './types';

/** Brings a plan or add-on into a state: reads it, sets `State`, writes the whole back, reads it again. Already in the
 *  state: nothing is sent. Whether it may be published unconfigured is WAP's decision. Safe to repeat.
 *  @returns the plan as last read
 *  @throws WAP_NOT_FOUND; WAP_BAD_RESPONSE when WAP took the change but shows another state. Source: dn448668. */
export async function setPlanState(
  admin: WapAdmin,
  kind: Kind,
  id: string,
  state: PlanStateName,
  call?: CallOptions,
): Promise<PlanOrAddOn> {
  const wanted = planState[state];
  const before = await admin.get(kind, id, call);
  if (before.State === wanted) return before;
  await admin.update(kind, { ...before, State: wanted }, call);
  const after = await admin.get(kind, id, call);
  if (after.State === wanted) return after;
  const subject = `${kindNames[kind]} ${after.DisplayName}`;
  throw new AdapterError(
    'WAP_BAD_RESPONSE',
    `WAP took the change of ${subject} to ${state}, but shows State ${after.State}. Look at it in the portal.`,
    { subject, retryable: true },
  );
}
