import { AdapterError } from '../../errors';
import { differingFields } from '../compare';
import { type RepeatLimits, repeatAfterLookup } from '../lost-answer';
import {
  absentOffer,
  type BillingCall,
  type BillingProvider,
  type Offer,
  type OfferRef,
  type OfferState,
} from '../port';
import type { CallOptions, RestCalls } from './calls';
import type { CompiledOffers } from './compile';
import {
  noOfferTemplate,
  offerDiffers,
  offerNotMoved,
  offerNotNamed,
  offerNotVisible,
  offerRefused,
} from './offer-errors';
import { type Found, OfferReader } from './offer-reader';
import type { Operation, RequestData } from './operation';
import { afterSteps } from './steps';

/** An offer as this billing system can take it. @throws INPUT_INVALID, INPUT_CONFIG for one that it cannot, before any call is made */
export type AsTaken = (wanted: Offer) => Offer;

/** Offers of any JSON API, as its templates describe them (`RestTemplates`). */
export class RestOffers implements BillingProvider {
  readonly listOffers: ((call?: BillingCall) => Promise<OfferRef[]>) | null;
  readonly #calls: RestCalls;
  readonly #compiled: CompiledOffers;
  readonly #offers: OfferReader;
  readonly #repeat: RepeatLimits;
  readonly #asTaken: AsTaken;

  constructor(calls: RestCalls, compiled: CompiledOffers, repeat: RepeatLimits, asTaken: AsTaken) {
    this.#calls = calls;
    this.#compiled = compiled;
    this.#offers = new OfferReader(calls, compiled);
    this.#repeat = repeat;
    this.#asTaken = asTaken;
    const { list } = compiled;
    this.listOffers = list ? call => this.#offers.list(list, call) : null;
  }

  /** Believes the create's own answer when it names the offer, because a read may not show it yet; else looks the offer up.
   *  Answers `absent` in one case: billing says that the offer exists (409) but does not show it, so it can be neither
   *  compared nor named yet. A retired offer is returned as it is: an old event that comes again must not fail for ever. */
  async ensureOffer(asked: Offer, call: BillingCall = {}): Promise<OfferRef> {
    const wanted = this.#asTaken(asked);
    const found = await this.#offers.find(wanted.key, call);
    if (found) return this.#compared(wanted, found);
    const { create } = this.#compiled;
    const subject = `offer ${wanted.key}`;
    const request: CallOptions = {
      subject,
      repeatable: this.#calls.areOnce,
      headers: this.#calls.once('create', wanted.key),
      test: create.exists,
      signal: call.signal,
    };
    return repeatAfterLookup({
      ...this.#repeat,
      // With the header the client repeats the call itself, and billing executes it once.
      repeats: !this.#calls.areOnce,
      signal: call.signal,
      act: async () => {
        const data = await afterSteps(this.#calls, create, dataOf(wanted), { subject, signal: call.signal });
        const answer = await this.#calls.send(create, data, request);
        const told = await this.#offers.inCreated(create, answer, data);
        if (told) return answer.holds ? this.#compared(wanted, told) : told.offer;
        const shown = await this.#offers.find(wanted.key, call);
        if (shown) return this.#compared(wanted, shown);
        if (answer.holds && answer.status === 409) return absentOffer(wanted.key);
        throw answer.holds ? offerRefused(wanted.key, answer) : offerNotNamed(wanted.key, answer);
      },
      lookUp: async () => {
        const shown = await this.#offers.find(wanted.key, call);
        return shown ? this.#compared(wanted, shown) : null;
      },
    });
  }

  /** One read. `absent` only when billing says so, never for an answer that cannot be read. */
  async offerState(key: string, call: BillingCall = {}): Promise<OfferRef> {
    return (await this.#offers.find(key, call))?.offer ?? absentOffer(key);
  }

  /** Publishes an offer that is not visible yet too, where billing takes our key.
   *  @throws BILLING_NOT_FOUND (retryable) when billing answers 404 to that, or needs its own id, which nobody knows yet */
  async publishOffer(key: string, call: BillingCall = {}): Promise<OfferRef> {
    const before = await this.offerState(key, call);
    if (before.state === 'active') return before;
    const { publish } = this.#compiled;
    if (before.state === 'absent' && (publish === null || publish.needsRemoteId)) throw offerNotVisible(key);
    if (!publish) throw noOfferTemplate('publish');
    try {
      return await this.#move(publish, 'active', before, call);
    } catch (error) {
      throw before.state === 'absent' && isCode(error, 'BILLING_NOT_FOUND') ? offerNotVisible(key) : error;
    }
  }

  /** Retires an offer that is not visible too: it may be on its way, and must not come up for sale later. */
  async retireOffer(key: string, call: BillingCall = {}): Promise<OfferRef> {
    const before = await this.offerState(key, call);
    if (before.state === 'retired') return before;
    const { retire } = this.#compiled;
    if (!retire) throw noOfferTemplate('retire');
    if (before.state === 'absent' && retire.needsRemoteId) return before;
    try {
      return await this.#move(retire, 'retired', before, call);
    } catch (error) {
      if (!isCode(error, 'BILLING_NOT_FOUND')) throw error;
      // Still shown: the 404 was for the address, so the template is wrong.
      const after = await this.offerState(key, call);
      if (after.state !== 'absent') throw error;
      return after;
    }
  }

  /** Passes any answer that does not look like an error. */
  async check({ signal }: BillingCall = {}): Promise<void> {
    const { check } = this.#compiled;
    await this.#calls.send(check, {}, { subject: 'check', repeatable: true, unread: true, signal });
  }

  /** Brings an offer to a state. Whatever the answer is (refusal, lost, success), the offer is looked up after it: only where
   *  the offer is counts. An answer that says *active* is believed, because nothing is destroyed after that. */
  #move(operation: Operation, goal: 'active' | 'retired', before: OfferRef, call: BillingCall): Promise<OfferRef> {
    const { key } = before;
    const subject = `offer ${key}`;
    return repeatAfterLookup({
      ...this.#repeat,
      repeats: true,
      signal: call.signal,
      act: async () => {
        const data = await afterSteps(this.#calls, operation, { ...before }, { subject, signal: call.signal });
        const answer = await this.#calls.send(operation, data, { subject, repeatable: false, signal: call.signal });
        const told = await this.#offers.inAnswer(operation, answer, data);
        if (told?.state === 'active' && goal === 'active') return told;
        const shown = await this.offerState(key, call);
        // What was not shown before cannot be seen to be retired.
        const isUnseen = goal === 'retired' && shown.state === 'absent' && before.state === 'absent';
        if (isUnseen || isAt(goal, shown, before)) return told?.state === goal ? told : shown;
        throw offerNotMoved(goal, shown, answer);
      },
      lookUp: async () => {
        const offer = await this.offerState(key, call);
        return isAt(goal, offer, before) ? offer : null;
      },
    });
  }

  async #compared(wanted: Offer, { offer, body: found }: Found): Promise<OfferRef> {
    const { create, same } = this.#compiled;
    const data = dataOf(wanted);
    const sent = await this.#calls.body(create, data);
    const fields = differences(same ? await same({ found, sent, offer: data }) : differingFields(sent, found));
    if (fields.length === 0) return offer;
    throw offerDiffers(wanted.key, fields);
  }
}

function dataOf({ key, name, kind, price, rates, description, plan }: Offer): RequestData {
  return { key, name, kind, price, rates, description, plan };
}

/** What `same` gave: true or an empty list is the same, a list names the fields. */
function differences(given: unknown): string[] {
  if (given === true) return [];
  if (Array.isArray(given)) return given.map(String);
  return typeof given === 'string' ? [given] : ['what templates.same compares'];
}

/** Some systems retire by deleting: what was shown and has gone is retired. */
function isAt(goal: OfferState, offer: OfferRef, before: OfferRef): boolean {
  const isGone = goal === 'retired' && offer.state === 'absent' && before.state !== 'absent';
  return offer.state === goal || isGone;
}

function isCode(error: unknown, code: AdapterError['code']): error is AdapterError {
  return error instanceof AdapterError && error.code === code;
}
