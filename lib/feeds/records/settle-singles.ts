import { inChunks } from '../../async/in-chunks';
import type { Tx } from '../../state/port';
import {
  changeException,
  deliverException,
  type ExceptionStatus,
  exceptionsOf,
  findException,
} from '../../state/tables/usage-exception';
import { settleSlice, sliceOf, type UsageSlice } from '../../state/tables/usage-slice';
import type { UsageStream } from '../../state/tables/usage-stream';
import { type EventOutcome, isOver, notOpen, type Outcome, reasonOf } from '../outcome';
import { recordDefaults } from './options';

/** Where records are settled. */
export interface Settling {
  tx: Tx;
  now: number;
  stream: UsageStream;
  /** The batch of the token is open. One that was sent again meanwhile may only say what billing has. */
  isOut: boolean;
}

/** Outcomes sorted by one batch: `known` had theirs before, `elsewhere` belong to other batches. */
export interface Placed {
  settled: number;
  known: EventOutcome[];
  elsewhere: readonly EventOutcome[];
}

/** A batch of records with rows of their own, which came again. */
export async function settleAllSingles(of: Settling, slice: UsageSlice, outcome: Outcome): Promise<number> {
  const rows = await exceptionsOf(of.tx, of.stream.id, slice.token);
  const each = rows.map(({ eventId }) => ({ ...outcome, eventId }));
  return (await settleSingles(of, slice, each)).settled;
}

/** Settles records that lie in one batch of single records, and closes the batch with the last. */
export async function settleSingles(
  of: Settling,
  slice: UsageSlice,
  outcomes: readonly EventOutcome[],
): Promise<Placed> {
  const { tx, stream } = of;
  const rows = new Set((await exceptionsOf(tx, stream.id, slice.token)).map(({ eventId }) => eventId));
  const mine = outcomes.filter(({ eventId }) => rows.has(eventId));
  const elsewhere = outcomes.filter(({ eventId }) => !rows.has(eventId));
  let settled = 0;
  await inChunks(mine, async some => {
    for (const outcome of some) if (await settleSingle(of, slice.token, outcome)) settled++;
  });
  if (settled > 0 && settled === rows.size) await settleSlice(tx, slice.token);
  return { settled, known: [], elsewhere };
}

/** False when the record is no longer open in the batch. */
async function settleSingle({ tx, now, stream }: Settling, token: string, outcome: EventOutcome): Promise<boolean> {
  const of = { stream: stream.id, eventId: outcome.eventId, token };
  if (isOver(outcome)) return deliverException(tx, of);
  return changeException(tx, of, { ...standingOf(outcome, now), now });
}

/** Records that no batch of a page holds: those with a row of their own in another batch, or settled before. */
export async function settleKept(
  of: Settling,
  own: UsageSlice | null,
  outcomes: readonly EventOutcome[],
): Promise<number> {
  const { tx, stream } = of;
  let settled = 0;
  for (const outcome of outcomes) {
    const { eventId } = outcome;
    const row = await findException(tx, stream.id, eventId);
    if (row?.status === 'sent' && row.token !== null && (of.isOut || isOver(outcome))) {
      const slice = await sliceOf(tx, row.token);
      if (slice) settled += (await settleSingles(of, slice, [outcome])).settled;
      continue;
    }
    const wasHere = own !== null && own.page < 0 && eventId >= own.openId && eventId <= stream.fetched;
    if (!row && !wasHere && eventId > stream.forgotten) throw notOpen(`The batch does not hold the record ${eventId}`);
  }
  return settled;
}

/** Where a record stands that was not delivered; `dueAt` ms UTC. */
export interface Standing {
  status: Exclude<ExceptionStatus, 'sent'>;
  dueAt: number;
  reason: string | null;
}

/** What an outcome makes of a record with a row of its own. */
export function standingOf(outcome: Outcome, now: number): Standing {
  switch (outcome.result) {
    case 'retry':
      return { status: 'ready', dueAt: now + outcome.afterMs, reason: null };
    case 'waiting':
      return { status: 'waiting', dueAt: now + recordDefaults.waitingMs, reason: reasonOf(outcome) };
    case 'dead':
      return { status: 'dead', dueAt: now, reason: reasonOf(outcome) };
    default:
      return { status: 'ready', dueAt: now, reason: null };
  }
}
