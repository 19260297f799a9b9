import type { Clock } from '../../async/clock';
import { AdapterError } from '../../errors';
import type { Store, Tx } from '../../state/port';
import { findDeliveryCount, putDeliveryCount } from '../../state/tables/delivery-part';
import { Bits } from '../bits';
import { type EventOutcome, isList, type Outcome, type Party, wholeRecord } from '../outcome';
import { readToken } from '../token';
import { type Carried, type CarriedItem, type CarrierMessage, carriedBy, type Split } from './carried';
import { type NamedOutcome, type OutcomeDefaults, readOutcomes } from './read-outcome';
import { heldBy, settle } from './settle';

/** What became of a delivery, or of the part of it that a message has. */
export interface Acknowledgement {
  token: string;
  /** One for what the message has, or a list that names each. */
  outcome: Outcome | readonly NamedOutcome[];
  carried: Carried;
  party: Party;
}

/** What a flow says with a message; `items` is the content of the message that was delivered.
 *  @throws INPUT_INVALID, INPUT_MISSING as `readOutcomes` and `carriedBy` do */
export function readAcknowledgement(
  {
    outcome: given,
    items,
    token,
    retrySeconds,
    reason,
  }: OutcomeDefaults & { outcome: unknown; items: unknown; token: string },
  message: CarrierMessage,
  party: Party,
): Acknowledgement {
  const outcome = readOutcomes(given, { retrySeconds, reason });
  // A list names what it is about, whatever the message carries.
  const carried: Carried = Array.isArray(outcome) ? { what: 'all' } : carriedBy(items, message, token);
  return { token, outcome, carried, party };
}

/** Settles what a message has of its delivery: all of it; its records, events or quantities; or its share of a split, whose
 *  delivery is settled as a whole when the last share has come. Safe to repeat: the first outcome counts.
 *  @throws STATE_DELIVERY as `settle` does; INPUT_INVALID for a dead letter that is a share and names no record */
export async function acknowledge(
  tx: Tx,
  { store, clock }: { store: Store; clock: Clock },
  { token, outcome, carried, party }: Acknowledgement,
): Promise<void> {
  const now = clock.now();
  const whole = async (one: Outcome) => {
    if (party.copies === 1) return void (await settle(store, clock, token, one, tx));
    const each = (await heldBy(tx, token)).map(({ eventId, ...of }) => ({
      ...wholeRecord(eventId, one, party),
      ...of,
    }));
    await settle(store, clock, token, each, tx);
  };
  if (isList(outcome)) return settleNamed(outcome.map(one => ofParty(one, party)));
  if (carried.what === 'all') return whole(outcome);
  if (carried.what === 'items') return settleNamed(outcomesOf(carried.items, outcome, party));
  const all = await countShare(tx, token, carried.splits, outcome, now);
  if (all) await whole(all);

  async function settleNamed(named: readonly NamedOutcome[]): Promise<void> {
    const deliveries = new Map<string, EventOutcome[]>();
    for (const { token: own = token, ...one } of named) {
      const others = deliveries.get(own);
      if (others) others.push(one);
      else deliveries.set(own, [one]);
    }
    for (const [by, outcomes] of deliveries) await settle(store, clock, by, outcomes, tx);
  }
}

/** Outcomes of whole records, where the message has all their quantities; of parts, where others of them are elsewhere. */
function outcomesOf(items: readonly CarriedItem[], outcome: Outcome, party: Party): NamedOutcome[] {
  const records = new Map<string, { first: CarriedItem; keys: Map<string, CarriedItem> }>();
  for (const item of items) {
    const id = `${item.token ?? ''} ${item.feed ?? ''} ${item.eventId}`;
    const record = records.get(id) ?? { first: item, keys: new Map() };
    records.set(id, record);
    if (item.part) record.keys.set(item.part.key, item);
  }
  return [...records.values()].flatMap(({ first, keys }) => {
    const isAll = !first.part || keys.size >= first.part.of;
    if (isAll && (party.copies === 1 || !first.part))
      return [withItem(wholeRecord(first.eventId, outcome, party), first)];
    return [...keys.values()].map(item => {
      const part = item.part && { ...item.part, ...party };
      return withItem({ ...outcome, eventId: item.eventId, ...(part ? { part } : {}) }, item);
    });
  });
}

/** Feed and token where the item names them: it may come from another delivery than the message. */
function withItem(outcome: EventOutcome, { feed, token }: CarriedItem): NamedOutcome {
  return { ...outcome, ...(feed === undefined ? {} : { feed }), ...(token === undefined ? {} : { token }) };
}

/** An outcome that a list names, as told by one of several parties. */
function ofParty(outcome: NamedOutcome, party: Party): NamedOutcome {
  if (outcome.part) return { ...outcome, part: { ...outcome.part, ...party } };
  return { ...outcome, ...wholeRecord(outcome.eventId, outcome, party) };
}

/** Notes that a share of each split has come. Answers the outcome of the whole delivery after the last share, null before. */
async function countShare(
  tx: Tx,
  token: string,
  splits: readonly Split[],
  outcome: Outcome,
  now: number,
): Promise<Outcome | null> {
  if (outcome.result === 'dead') {
    throw AdapterError.advising(
      'INPUT_INVALID',
      'Events or records: the message is a share of a delivery and does not say which record is given up. Keep the records or ' +
        'quantities on the message, and say where they are.',
      { subject: 'items' },
    );
  }
  const batch = readToken(token)?.token ?? token;
  let afterMs = outcome.result === 'retry' ? outcome.afterMs : outcome.result === 'waiting' ? waitingMs : null;
  for (const { id, index, count } of splits) {
    const known = await findDeliveryCount(tx, batch, id);
    const done = new Bits(count, known?.done ?? '');
    done.add(index);
    if (known?.afterMs != null) afterMs = Math.max(afterMs ?? 0, known.afterMs);
    await putDeliveryCount(tx, batch, id, { total: count, done: done.toString(), afterMs }, now);
    if (done.firstOpen() < count) return null;
  }
  return afterMs === null ? { result: 'delivered' } : { result: 'retry', afterMs };
}

/** A share that waits for something in billing brings all the others again after this. */
const waitingMs = 60_000;
