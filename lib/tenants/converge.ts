import { type BilledSubscription, isOnOffer, type OfferName } from '../billing/subscription-port';
import { isSuspended, type SubscriptionFacts } from './facts';
import { ofEachInstance } from './instances';
import { keyOf, offerOf, subscriptionKind } from './keys';
import { ignored, type TenantOutcome, waitingFor } from './outcome';
import { NotKnown, SupportedVerbs } from './supported';
import { callOf, type TenantTools } from './tools';

/** Brings billing to what the facts say, whatever it is there now; each step holds from the time of its event. Instances of
 *  add-ons are suspended, resumed and cancelled with it. What billing cannot do is left out, with that reason. Safe to repeat.
 *  @throws BILLING_CONFLICT when it is cancelled in billing but not in WAP; BILLING_… */
export async function converge(tools: TenantTools, facts: SubscriptionFacts): Promise<TenantOutcome> {
  const { mapping } = tools;
  const billing = new SupportedVerbs(tools);
  const { planId, deleted } = facts;
  const id = await keyOf(mapping, subscriptionKind, facts.id);
  const found = await tools.billing.subscriptions.state(id, callOf(tools));
  if (deleted && found.state === 'absent' && !planId) return ignored('neverKnown');
  if (deleted && found.state !== 'absent') return cancelled(tools, facts, found, billing, deleted.at);
  // Nobody knows what it would be billed for, and WAP cannot be asked any more.
  if (!planId) return ignored('goneFromWap');
  const offer = await offerOf(mapping, 'plan', planId.value);
  if (!offer) return deleted ? ignored('neverKnown') : waitingFor('planNotMapped');
  try {
    let billed = await subscribed(billing, { ...facts, id }, found, offer);
    if (billed.state === 'absent') return done(facts, billed, billing);
    if (!isOnOffer(billed, offer)) billed = await billing.changePlan(billed, offer, planId.at);
    if (deleted) return done(facts, await billing.move('cancel', billed, deleted.at), billing);
    // Resumed only when it was suspended: an active one needs no call.
    const verb = isSuspended(facts) ? 'suspend' : billed.state === 'suspended' ? 'resume' : null;
    if (verb) {
      const at = facts.state?.at ?? planId.at;
      billed = await billing.move(verb, billed, at);
      await ofEachInstance(tools, id, instance => billing.move(verb, instance, at));
    }
    return done(facts, billed, billing);
  } catch (error) {
    if (error instanceof NotKnown) return waitingFor(error.reason);
    throw error;
  }
}

/** The subscription first, so that it is charged no longer even if an instance of an add-on fails. */
async function cancelled(
  tools: TenantTools,
  facts: SubscriptionFacts,
  found: BilledSubscription,
  billing: SupportedVerbs,
  at: string,
): Promise<TenantOutcome> {
  const billed = await billing.move('cancel', found, at);
  await ofEachInstance(tools, found.key, instance => billing.move('cancel', instance, at));
  return done(facts, { ...billed, remoteId: billed.remoteId ?? found.remoteId }, billing);
}

/** What billing has, or what it makes now. @throws BILLING_CONFLICT for one that was cancelled there */
async function subscribed(
  billing: SupportedVerbs,
  { id, account, name, since, planId }: SubscriptionFacts,
  found: BilledSubscription,
  offer: OfferName,
): Promise<BilledSubscription> {
  if (found.state !== 'absent' && found.state !== 'cancelled') return found;
  const from = since?.value ?? planId?.at ?? '';
  const wanted = { key: id, ...offer, account: account?.value ?? null, name: name?.value ?? null, since: from };
  return billing.ensure(wanted, found);
}

/** The outcome, with the pair of ids for the mapping where billing told its own. */
function done({ id, name }: SubscriptionFacts, billed: BilledSubscription, { reason }: SupportedVerbs): TenantOutcome {
  const { remoteId: billingId } = billed;
  const entry = { kind: subscriptionKind, wapId: id, ...(name ? { name: name.value } : {}) };
  return { output: 'done', reason, billed, entries: billingId ? [{ ...entry, billingId }] : [] };
}
