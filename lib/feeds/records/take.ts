import { inChunks } from '../../async/in-chunks';
import type { Tx } from '../../state/port';
import {
  dueExceptions,
  exceptionsOf,
  makeExceptionsDue,
  releaseExceptions,
  sendException,
} from '../../state/tables/usage-exception';
import { bringGapsForward } from '../../state/tables/usage-gap';
import { movePage, nextPage } from '../../state/tables/usage-page';
import {
  addSlice,
  bringSlicesForward,
  countSlices,
  freeSlice,
  overdueSlices,
  sendSliceAgain,
  setSliceFree,
  settleSlice,
  singleNumber,
  type UsageSlice,
} from '../../state/tables/usage-slice';
import { Bits } from '../bits';
import { newToken } from '../token';
import type { Overdue, TakenWith } from '../unanswered';
import { idsOf } from './ids';

/** What is emitted next: places of a page (those in `done` not), or the bodies of single records. */
export interface Taken {
  token: string;
  attempt: number;
  part: { page: number; start: number; end: number; done: string } | null;
  bodies: string[];
}

/** How much may be taken, and (`redeliveryMs`) after how long without an acknowledgement it comes again. */
export interface TakeOptions {
  size: number;
  maxOpenBatches: number;
  redeliveryMs: number;
  now: number;
}

/** Takes the next records that are due as one batch: first what comes again, then what was never emitted, the lowest ids
 *  first; null when there is nothing or `maxOpenBatches` are open. */
export async function takeRecords(tx: Tx, stream: number, options: TakeOptions): Promise<TakenWith<Taken>> {
  const overdue = await freeSlices(tx, stream, options.now, options.now);
  return { taken: await takeDue(tx, stream, options), overdue };
}

/** In this order, because what comes again has the lower ids. */
async function takeDue(tx: Tx, stream: number, options: TakeOptions): Promise<Taken | null> {
  if ((await countSlices(tx, stream)).out.batches >= options.maxOpenBatches) return null;
  return (
    (await takeFree(tx, stream, options)) ?? (await takeSingles(tx, stream, options)) ?? takePart(tx, stream, options)
  );
}

/** Makes due again the batches that expire up to `before`; after a restart all of them, because nobody is left who could
 *  acknowledge them. */
export async function freeSlices(tx: Tx, stream: number, before: number, now: number): Promise<Overdue[]> {
  const overdue: Overdue[] = [];
  for (const slice of await overdueSlices(tx, stream, before)) {
    overdue.push(await overdueOf(tx, slice));
    if (slice.page >= 0) {
      await setSliceFree(tx, slice, now);
      continue;
    }
    await releaseExceptions(tx, stream, slice.token, now);
    await settleSlice(tx, slice.token);
  }
  return overdue;
}

/** What of a batch is left, for the alarm. */
async function overdueOf(
  tx: Tx,
  { stream, token, page, start, end, done, openId, attempt }: UsageSlice,
): Promise<Overdue> {
  const total = end - start;
  const singles = page < 0 ? await exceptionsOf(tx, stream, token) : null;
  const left = singles ? singles.length : new Bits(total, done).countOpen();
  return { feed: 'usage', left, firstId: singles?.[0]?.eventId ?? openId, total, attempt };
}

/** After the clock was set back: retries are due at once, open batches after their usual wait. Otherwise they would wait for
 *  a time that is hours away. */
export async function bringForward(tx: Tx, stream: number, now: number, redeliveryMs: number): Promise<void> {
  await bringSlicesForward(tx, stream, now, now + redeliveryMs);
  await makeExceptionsDue(tx, stream, now);
  await bringGapsForward(tx, stream, now);
}

/** A batch of a page that was emitted before; what of it was settled meanwhile is left out. */
async function takeFree(tx: Tx, stream: number, { now, redeliveryMs }: TakeOptions): Promise<Taken | null> {
  const slice = await freeSlice(tx, stream, now);
  if (!slice) return null;
  const token = newToken(stream);
  await sendSliceAgain(tx, slice, { token, now, expiresAt: now + redeliveryMs });
  const { page, start, end, done, attempt } = slice;
  return { token, attempt: attempt + 1, part: { page, start, end, done }, bodies: [] };
}

/** Records with rows of their own that are due, as a new batch. */
async function takeSingles(tx: Tx, stream: number, options: TakeOptions): Promise<Taken | null> {
  const { now, size, redeliveryMs } = options;
  const rows = await dueExceptions(tx, stream, now, size);
  const [first] = rows;
  if (!first) return null;
  const token = newToken(stream);
  const attempt = Math.max(...rows.map(row => row.attempts)) + 1;
  const start = await singleNumber(tx, stream);
  await addSlice(tx, {
    ...{ stream, page: -1, start, end: start + rows.length, token, attempt },
    ...{ openId: first.eventId, openBefore: first.before, now, expiresAt: now + redeliveryMs },
  });
  await inChunks(rows, async some => {
    for (const row of some) await sendException(tx, stream, row.eventId, token);
  });
  return { token, attempt, part: null, bodies: rows.map(row => row.body) };
}

/** The next part of the lowest page that was not wholly emitted. */
async function takePart(tx: Tx, stream: number, options: TakeOptions): Promise<Taken | null> {
  const { now, size, redeliveryMs } = options;
  const page = await nextPage(tx, stream);
  if (!page) return null;
  const token = newToken(stream);
  const start = page.position;
  const end = Math.min(start + size, page.total);
  await addSlice(tx, {
    ...{ stream, page: page.firstId, start, end, token, attempt: 1 },
    ...{ openId: page.openId, openBefore: page.before, now, expiresAt: now + redeliveryMs },
  });
  const ids = end < page.total ? idsOf(page) : [];
  const next = { openId: ids[end] ?? page.lastId, openBefore: ids[end - 1] ?? page.lastId };
  await movePage(tx, stream, { firstId: page.firstId, position: end, ...next });
  return { token, attempt: 1, part: { page: page.firstId, start, end, done: '' }, bodies: [] };
}
