import type { Clock } from '../../async/clock';
import { AdapterError } from '../../errors';
import { differingFields } from '../compare';
import { idempotencyKey } from '../idempotency';
import { repeatAfterLookup } from '../lost-answer';
import { wordsOf } from '../peer-says';
import type { BillingCall, BillingProvider, Offer, OfferRef, OfferState } from '../port';
import type { CallOptions, Found, RequestData, RestCalls, Told } from './calls';
import type { Operation } from './compile';
import { absent } from './read-offer';

/** What the provider needs besides its calls. */
export interface RestOptions {
  target: string;
  idempotencyHeader: string | null;
  retries: number;
  totalTimeoutMs: number;
  clock: Clock;
}

/** Any JSON API behind the port, as its templates describe it (`RestTemplates`). */
export class RestProvider implements BillingProvider {
  readonly listOffers: ((call?: BillingCall) => Promise<OfferRef[]>) | null;

  constructor(
    private readonly calls: RestCalls,
    private readonly options: RestOptions,
  ) {
    const { list } = calls.compiled;
    this.listOffers = list ? call => calls.list(list, call) : null;
  }

  /** The create's own answer is believed when it names the offer, although a read may not show it yet; else the offer is
   *  looked up. The answer is `absent` in one case: billing says that it exists (409) but does not show it, so it can neither
   *  be compared nor named yet.
   *  A retired offer is returned as it is: an old event that comes again must not fail for ever. */
  async ensureOffer(wanted: Offer, call: BillingCall = {}): Promise<OfferRef> {
    const found = await this.calls.find(wanted.key, call);
    if (found) return this.compared(wanted, found);
    const { create } = this.calls.compiled;
    const data = dataOf(wanted);
    const header = this.options.idempotencyHeader;
    const key = header === null ? null : { [header]: idempotencyKey(this.options.target, 'create', wanted.key) };
    const request: CallOptions = {
      subject: `offer ${wanted.key}`,
      repeatable: key !== null,
      headers: key ?? {},
      test: create.exists,
      signal: call.signal,
    };
    return repeatAfterLookup({
      ...this.options,
      // With the header the client repeats the call itself, and billing executes it once.
      repeats: key === null,
      signal: call.signal,
      act: async () => {
        const answer = await this.calls.send(create, data, request);
        const told = await this.calls.toldBy(create, answer, data);
        if (told) return answer.holds ? this.compared(wanted, told) : told.offer;
        const shown = await this.calls.find(wanted.key, call);
        if (shown) return this.compared(wanted, shown);
        if (answer.holds && answer.status === 409) return absent(wanted.key);
        throw answer.holds ? refused(wanted.key, answer) : unshown(wanted.key, answer);
      },
      lookUp: async () => {
        const shown = await this.calls.find(wanted.key, call);
        return shown ? this.compared(wanted, shown) : null;
      },
    });
  }

  async offerState(key: string, call: BillingCall = {}): Promise<OfferRef> {
    return (await this.calls.find(key, call))?.offer ?? absent(key);
  }

  /** An offer that is not visible yet is published all the same where billing takes our key; it may answer 404, which is
   *  retryable here. @throws BILLING_NOT_FOUND, also when only billing's own id would do and nobody knows it yet */
  async publishOffer(key: string, call: BillingCall = {}): Promise<OfferRef> {
    const before = await this.offerState(key, call);
    if (before.state === 'active') return before;
    const { publish } = this.calls.compiled;
    if (before.state === 'absent' && (publish === null || publish.needsRemoteId)) throw notVisible(key);
    if (!publish) throw noTemplate('publish');
    try {
      return await this.move(publish, 'active', before, call);
    } catch (error) {
      throw before.state === 'absent' && isCode(error, 'BILLING_NOT_FOUND') ? notVisible(key) : error;
    }
  }

  /** An offer that is not visible (yet) is retired all the same, so that it does not come up for sale later. */
  async retireOffer(key: string, call: BillingCall = {}): Promise<OfferRef> {
    const before = await this.offerState(key, call);
    if (before.state === 'retired') return before;
    const { retire } = this.calls.compiled;
    if (!retire) throw noTemplate('retire');
    if (before.state === 'absent' && retire.needsRemoteId) return before;
    try {
      return await this.move(retire, 'retired', before, call);
    } catch (error) {
      if (!isCode(error, 'BILLING_NOT_FOUND')) throw error;
      // Still shown: the 404 was for the address, so the template is wrong.
      const after = await this.offerState(key, call);
      if (after.state !== 'absent') throw error;
      return after;
    }
  }

  async check({ signal }: BillingCall = {}): Promise<void> {
    const { check } = this.calls.compiled;
    await this.calls.send(check, {}, { subject: 'check', repeatable: true, unread: true, signal });
  }

  /** Brings an offer to a state. A refusal or a lost answer is followed by a look, and so is a success: what counts is where
   *  the offer is. Only *active* is believed when the answer says so, because nothing is destroyed after that. */
  private move(
    operation: Operation,
    goal: 'active' | 'retired',
    before: OfferRef,
    call: BillingCall,
  ): Promise<OfferRef> {
    const { key } = before;
    const data: RequestData = { ...before };
    const subject = `offer ${key}`;
    return repeatAfterLookup({
      ...this.options,
      repeats: true,
      signal: call.signal,
      act: async () => {
        const answer = await this.calls.send(operation, data, { subject, repeatable: false, signal: call.signal });
        const told = await this.calls.toOffer(operation, answer, data);
        if (told?.state === 'active' && goal === 'active') return told;
        const shown = await this.offerState(key, call);
        // What was not shown before cannot be seen to be retired.
        const isUnseen = goal === 'retired' && shown.state === 'absent' && before.state === 'absent';
        if (isUnseen || isAt(goal, shown, before)) return told?.state === goal ? told : shown;
        throw notThere(goal, shown, answer);
      },
      lookUp: async () => {
        const offer = await this.offerState(key, call);
        return isAt(goal, offer, before) ? offer : null;
      },
    });
  }

  private async compared(wanted: Offer, { offer, body: found }: Found): Promise<OfferRef> {
    const { create, same } = this.calls.compiled;
    const data = dataOf(wanted);
    const sent = (await create.request({ ...data, target: this.options.target })).body;
    const verdict = same ? await same({ found, sent, offer: data }) : differingFields(sent, found);
    const fields = fieldsOf(verdict);
    if (fields.length === 0) return offer;
    throw AdapterError.advising(
      'BILLING_OFFER_DIFFERS',
      `Billing has an offer with the key ${wanted.key} that differs in ${fields.join(', ')}. Change one of the two, or use another key.`,
      { subject: `offer ${wanted.key}`, details: { fields } },
    );
  }
}

function dataOf({ key, name, kind, price, description, plan }: Offer): RequestData {
  return { key, name, kind, price, description, plan };
}

/** What `same` gave: true or an empty list is the same, a list names the fields. */
function fieldsOf(verdict: unknown): string[] {
  if (verdict === true) return [];
  if (Array.isArray(verdict)) return verdict.map(String);
  return typeof verdict === 'string' ? [verdict] : ['what templates.same compares'];
}

/** Some systems retire by deleting: what was shown and has gone is retired. */
function isAt(goal: OfferState, offer: OfferRef, before: OfferRef): boolean {
  const isGone = goal === 'retired' && offer.state === 'absent' && before.state !== 'absent';
  return offer.state === goal || isGone;
}

function isCode(error: unknown, code: AdapterError['code']): error is AdapterError {
  return error instanceof AdapterError && error.code === code;
}

function notVisible(key: string): AdapterError {
  return AdapterError.advising(
    'BILLING_NOT_FOUND',
    `Billing does not show the offer ${key}, so it cannot be published. Wait for it with a propagation check first.`,
    { subject: `offer ${key}`, retryable: true },
  );
}

function refused(key: string, { status: httpStatus, body }: Told): AdapterError {
  return AdapterError.advising(
    'BILLING_INPUT',
    `The billing system refused the offer ${key} with ${httpStatus} and shows none with this key.${wordsOf(body)} Check what create sends.`,
    { subject: `offer ${key}`, httpStatus },
  );
}

/** It may still come, so it is not made once more at once; who tries again later looks first. */
function unshown(key: string, { status: httpStatus, body }: Told): AdapterError {
  return AdapterError.advising(
    'BILLING_NOT_FOUND',
    `The billing system answered ${httpStatus} to the new offer ${key}, names none and shows none with this key.${wordsOf(body)} Check what create sends, and templates.create.answer.`,
    { subject: `offer ${key}`, httpStatus, retryable: true },
  );
}

function notThere(goal: OfferState, { key, state }: OfferRef, { status: httpStatus, body }: Told): AdapterError {
  return new AdapterError(
    'BILLING_BAD_RESPONSE',
    `The billing system answered ${httpStatus} as if the offer ${key} were ${goal}, and shows it as ${state}.${wordsOf(body)}`,
    { subject: `offer ${key}`, httpStatus, retryable: true },
  );
}

function noTemplate(operation: string): AdapterError {
  return AdapterError.advising(
    'INPUT_CONFIG',
    `The billing connection has no template for ${operation}. Add templates.${operation}, if that billing system can do it.`,
    { subject: `templates.${operation}` },
  );
}
