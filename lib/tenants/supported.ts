import type { BilledSubscription, OfferName, SubscriptionVerb, WantedSubscription } from '../billing/subscription-port';
import { AdapterError } from '../errors';
import type { TenantReason } from './outcome';
import { callOf, type TenantTools } from './tools';

/** Billing does not know something that a new subscription or another plan names. */
export class NotKnown extends Error {
  constructor(readonly reason: TenantReason) {
    super(reason);
  }
}

type Tools = Pick<TenantTools, 'billing' | 'signal'>;

/** Does in billing what billing supports. The rest is left as it is and noted: what billing cannot do must not hold up what it
 *  can. */
export class SupportedVerbs {
  readonly #tools: Tools;
  /** Something was asked for that billing does not support. */
  #leftOut = false;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** `null`: everything was done. */
  get reason(): TenantReason | null {
    return this.#leftOut ? 'notSupported' : null;
  }

  /** `otherwise`: what there is when billing cannot create. @throws NotKnown */
  ensure(wanted: WantedSubscription, otherwise: BilledSubscription): Promise<BilledSubscription> {
    return this.#known(wanted, () => this.#act('create', otherwise, port => port.ensure(wanted, callOf(this.#tools))));
  }

  /** @throws NotKnown */
  changePlan(billed: BilledSubscription, offer: OfferName, at: string): Promise<BilledSubscription> {
    return this.#known(offer, () =>
      this.#act('changePlan', billed, port => port.changePlan(billed.key, offer, at, callOf(this.#tools))),
    );
  }

  /** `at`: ISO 8601 UTC, when the change holds from. */
  move(verb: 'suspend' | 'resume' | 'cancel', billed: BilledSubscription, at: string): Promise<BilledSubscription> {
    return this.#act(verb, billed, port => port[verb](billed.key, at, callOf(this.#tools)));
  }

  /** Calls billing, or notes that it was left out and answers `otherwise`. */
  async #act(
    verb: SubscriptionVerb,
    otherwise: BilledSubscription,
    act: (port: TenantTools['billing']['subscriptions']) => Promise<BilledSubscription>,
  ): Promise<BilledSubscription> {
    const port = this.#tools.billing.subscriptions;
    if (port.can[verb]) return act(port);
    this.#leftOut = true;
    return otherwise;
  }

  /** A 404 does not say what is missing: when billing has the offer, it is the account. */
  async #known({ offerKey }: OfferName, act: () => Promise<BilledSubscription>): Promise<BilledSubscription> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof AdapterError) || error.code !== 'BILLING_NOT_FOUND') throw error;
      if (error.cause.httpStatus === undefined) throw error;
      const offer = await this.#tools.billing.provider.offerState(offerKey, callOf(this.#tools));
      throw new NotKnown(offer.state === 'absent' ? 'offerNotThere' : 'accountNotThere');
    }
  }
}
