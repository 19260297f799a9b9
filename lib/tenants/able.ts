import type { BillingCall } from '../billing/port';
import type { BilledSubscription, OfferName, SubscriptionVerb, WantedSubscription } from '../billing/subscription-port';
import { AdapterError } from '../errors';
import type { TenantReason, TenantTools } from './tools';

/** Billing does not know something that a new subscription or another plan names. */
export class NotKnown extends Error {
  constructor(readonly reason: TenantReason) {
    super(reason);
  }
}

/** Does in billing what billing is able to do. The rest is left as it is and noted, because what billing cannot do must not
 *  hold up what it can. */
export class Able {
  /** Something was left out. */
  isLacking = false;

  constructor(private readonly tools: Pick<TenantTools, 'billing' | 'signal'>) {}

  /** `null` reason: everything was done. */
  get reason(): TenantReason | null {
    return this.isLacking ? 'notSupported' : null;
  }

  /** @throws NotKnown */
  ensure(wanted: WantedSubscription, otherwise: BilledSubscription): Promise<BilledSubscription> {
    return this.#known(wanted, () => this.#act('create', otherwise, port => port.ensure(wanted, this.#call)));
  }

  /** @throws NotKnown */
  changePlan(billed: BilledSubscription, offer: OfferName, at: string): Promise<BilledSubscription> {
    return this.#known(offer, () =>
      this.#act('changePlan', billed, port => port.changePlan(billed.key, offer, at, this.#call)),
    );
  }

  move(verb: 'suspend' | 'resume' | 'cancel', billed: BilledSubscription, at: string): Promise<BilledSubscription> {
    return this.#act(verb, billed, port => port[verb](billed.key, at, this.#call));
  }

  async #act(
    verb: SubscriptionVerb,
    otherwise: BilledSubscription,
    act: (port: TenantTools['billing']['subscriptions']) => Promise<BilledSubscription>,
  ): Promise<BilledSubscription> {
    const port = this.tools.billing.subscriptions;
    if (port.can[verb]) return act(port);
    this.isLacking = true;
    return otherwise;
  }

  /** A 404 names nothing: when billing has the offer, it is who pays that it does not know. */
  async #known({ offerKey }: OfferName, act: () => Promise<BilledSubscription>): Promise<BilledSubscription> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof AdapterError) || error.code !== 'BILLING_NOT_FOUND') throw error;
      if (error.cause.httpStatus === undefined) throw error;
      const offer = await this.tools.billing.provider.offerState(offerKey, this.#call);
      throw new NotKnown(offer.state === 'absent' ? 'offerNotThere' : 'accountNotThere');
    }
  }

  get #call(): BillingCall {
    const { signal } = this.tools;
    return signal ? { signal } : {};
  }
}
