import type { WapAdmin } from '../client/admin';
import { kindNames } from '../client/admin-calls';
import type { Kind, PlanOrAddOn, PlanStateName } from '../types';
import { planState } from '../types';
import { notShown, type SettleOptions, untilShown } from './settle';

/** Brings a plan or add-on into a state: reads it, sets `State`, writes it back as WAP wrote it, and reads until WAP shows the
 *  state. Sends nothing when it is in that state already. Whether an unconfigured plan may be published is WAP's decision. Safe
 *  to repeat.
 *  @returns the plan as last read
 *  @throws WAP_NOT_FOUND; WAP_BAD_RESPONSE when WAP accepted the change but shows another state
 *  Source: dn448668. */
export async function setPlanState(
  admin: WapAdmin,
  kind: Kind,
  id: string,
  state: PlanStateName,
  call: SettleOptions = {},
): Promise<PlanOrAddOn> {
  const wanted = planState[state];
  const before = await admin.get(kind, id, call);
  if (before.State === wanted) return before;
  await admin.update(kind, { ...(await admin.written(kind, id, call)), Id: before.Id, State: wanted }, call);
  return untilShown(
    () => admin.get(kind, id, call),
    plan => (plan.State === wanted ? [] : [`State is ${plan.State}, not ${state}`]),
    ([what = ''], plan) => notShown(`${kindNames[kind]} ${plan.DisplayName}`, what),
    call,
  );
}
