import { type BilledSubscription, isOnOffer, type OfferName } from '../billing/subscription-port';
import { Able, NotKnown } from './able';
import { isSuspended, type SubscriptionFacts } from './facts';
import { instancesIn } from './instances';
import { ignored, keyOf, offerOf, subscriptionKind, type TenantOutcome, type TenantTools, waitingFor } from './tools';

/** Brings billing to what the facts say, whatever it is there now; each step holds from the time of its event. Instances of
 *  add-ons are suspended, resumed and cancelled with it. What billing cannot do is left out, with that reason. Safe to repeat.
 *  @throws BILLING_CONFLICT when it is cancelled in billing but not in WAP; BILLING_… */
export async function converge(tools: TenantTools, facts: SubscriptionFacts): Promise<TenantOutcome> {
  const { mapping, signal } = tools;
  const able = new Able(tools);
  const { planId, deleted } = facts;
  const id = await keyOf(mapping, subscriptionKind, facts.id);
  const found = await tools.billing.subscriptions.state(id, signal ? { signal } : {});
  if (deleted && found.state === 'absent' && !planId) return ignored('neverKnown');
  if (deleted && found.state !== 'absent') return cancelled(tools, facts, found, able, deleted.at);
  if (!planId) return ignored('goneFromWap');
  const offer = await offerOf(mapping, 'plan', planId.value);
  if (!offer) return deleted ? ignored('neverKnown') : waitingFor('planNotMapped');
  try {
    let billed = await subscribed(able, { ...facts, id }, found, offer);
    if (billed.state === 'absent') return done(facts, billed, able);
    if (!isOnOffer(billed, offer)) billed = await able.changePlan(billed, offer, planId.at);
    if (deleted) return done(facts, await able.move('cancel', billed, deleted.at), able);
    const verb = isSuspended(facts) ? 'suspend' : billed.state === 'suspended' ? 'resume' : null;
    if (verb) {
      const at = facts.state?.at ?? planId.at;
      billed = await able.move(verb, billed, at);
      await ofEachInstance(tools, id, instance => able.move(verb, instance, at));
    }
    return done(facts, billed, able);
  } catch (error) {
    if (error instanceof NotKnown) return waitingFor(error.reason);
    throw error;
  }
}

async function cancelled(
  tools: TenantTools,
  facts: SubscriptionFacts,
  found: BilledSubscription,
  able: Able,
  at: string,
): Promise<TenantOutcome> {
  const billed = await able.move('cancel', found, at);
  await ofEachInstance(tools, found.key, instance => able.move('cancel', instance, at));
  return done(facts, { ...billed, remoteId: billed.remoteId ?? found.remoteId }, able);
}

async function subscribed(
  able: Able,
  { id, account, name, since, planId }: SubscriptionFacts,
  found: BilledSubscription,
  offer: OfferName,
): Promise<BilledSubscription> {
  if (found.state !== 'absent' && found.state !== 'cancelled') return found;
  const from = since?.value ?? planId?.at ?? '';
  const wanted = { key: id, ...offer, account: account?.value ?? null, name: name?.value ?? null, since: from };
  return able.ensure(wanted, found);
}

function done({ id, name }: SubscriptionFacts, billed: BilledSubscription, { reason }: Able): TenantOutcome {
  const { remoteId: billingId } = billed;
  const entry = { kind: subscriptionKind, wapId: id, ...(name ? { name: name.value } : {}) };
  return { output: 'done', reason, billed, entries: billingId ? [{ ...entry, billingId }] : [] };
}

/** Does it with each instance of an add-on that is not at its end. */
export async function ofEachInstance(
  { mapping, billing, signal }: TenantTools,
  id: string,
  act: (instance: BilledSubscription) => Promise<unknown>,
): Promise<void> {
  for (const { wapId } of await instancesIn(mapping, id)) {
    const instance = await billing.subscriptions.state(wapId, signal ? { signal } : {});
    if (instance.state === 'active' || instance.state === 'suspended') await act(instance);
  }
}
