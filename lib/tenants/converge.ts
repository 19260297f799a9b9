import { isTo } from '../billing/rest-subscriptions';
import type { BilledSubscription, OfferName, SubscriptionPort } from '../billing/subscription-port';
import { AdapterError } from '../errors';
import { isSuspended, type SubscriptionFacts } from './facts';
import { instancesIn } from './instances';
import { ignored, keyOf, offerOf, subscriptionKind, type TenantOutcome, type TenantTools, waitingFor } from './tools';

/** Brings billing to what the facts say, whatever it is there now; each step holds from the time of its event. Instances of
 *  add-ons are suspended, resumed and cancelled with it. Safe to repeat.
 *  @throws BILLING_CONFLICT when it is cancelled in billing but not in WAP; BILLING_… */
export async function converge(tools: TenantTools, facts: SubscriptionFacts): Promise<TenantOutcome> {
  const { mapping, signal } = tools;
  const port = tools.billing.subscriptions;
  const call = signal ? { signal } : {};
  const { planId, state, deleted } = facts;
  const id = await keyOf(mapping, subscriptionKind, facts.id);
  const found = await port.state(id, call);
  if (deleted && found.state === 'absent' && !planId) return ignored('neverKnown');
  if (deleted && found.state !== 'absent') {
    const cancelled = await port.cancel(id, deleted.at, call);
    await ofEachInstance(tools, id, key => port.cancel(key, deleted.at, call));
    return done(facts, { ...cancelled, remoteId: cancelled.remoteId ?? found.remoteId });
  }
  if (!planId) return ignored('goneFromWap');
  const offer = await offerOf(mapping, 'plan', planId.value);
  if (!offer) return deleted ? ignored('neverKnown') : waitingFor('planNotMapped');
  try {
    let billed = await subscribed(port, { ...facts, id }, found, offer, call);
    if (!isTo(billed, offer)) billed = await port.changePlan(id, offer, planId.at, call);
    if (deleted) return done(facts, await port.cancel(id, deleted.at, call));
    if (isSuspended(facts)) {
      const at = state?.at ?? planId.at;
      billed = await port.suspend(id, at, call);
      await ofEachInstance(tools, id, key => port.suspend(key, at, call));
    } else if (billed.state === 'suspended') {
      const at = state?.at ?? planId.at;
      billed = await port.resume(id, at, call);
      await ofEachInstance(tools, id, key => port.resume(key, at, call));
    }
    return done(facts, billed);
  } catch (error) {
    if (error instanceof AdapterError && error.code === 'BILLING_NOT_FOUND') return waitingFor('offerNotThere');
    throw error;
  }
}

function subscribed(
  port: SubscriptionPort,
  { id, account, name, since, planId }: SubscriptionFacts,
  found: BilledSubscription,
  offer: OfferName,
  call: { signal?: AbortSignal },
): Promise<BilledSubscription> | BilledSubscription {
  if (found.state !== 'absent' && found.state !== 'cancelled') return found;
  const from = since?.value ?? planId?.at ?? '';
  const wanted = { key: id, ...offer, account: account?.value ?? null, name: name?.value ?? null, since: from };
  return port.ensure(wanted, call);
}

function done({ id, name }: SubscriptionFacts, billed: BilledSubscription): TenantOutcome {
  const { remoteId: billingId } = billed;
  const entry = { kind: subscriptionKind, wapId: id, name: name?.value ?? null };
  return { output: 'done', reason: null, billed, entries: billingId ? [{ ...entry, billingId }] : [] };
}

/** Does it with each instance of an add-on that is not at its end. */
export async function ofEachInstance(
  { mapping, billing, signal }: TenantTools,
  id: string,
  act: (key: string) => Promise<unknown>,
): Promise<void> {
  for (const { wapId } of await instancesIn(mapping, id)) {
    const { state } = await billing.subscriptions.state(wapId, signal ? { signal } : {});
    if (state === 'active' || state === 'suspended') await act(wapId);
  }
}
