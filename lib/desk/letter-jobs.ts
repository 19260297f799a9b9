import type { Clock } from '../async/clock';
import { Wake } from '../async/wake';
import { AdapterError } from '../errors';
import { settledOf, tellSettled } from '../feeds/settled';
import type { Store, Tx } from '../state/port';
import { addDeskAct } from '../state/tables/desk-acts';
import {
  addLetterJob,
  comingAgain,
  endLetterJob,
  type LetterJobRow,
  letterJobRows,
  moveLetterJob,
  pruneLetterJobs,
  runningLetterJobs,
} from '../state/tables/letter-job';
import { storedOf } from './dead-letters';
import { actOnLetters, type LetterAct } from './letter-acts';
import { type LetterSearch, mostTenants, searchOf } from './letter-arms';
import { type LetterFilter, wordsOf } from './letter-filter';
import { nextLetters, type SearchPlace } from './letter-search';

/** An act on all letters that a filter shows, for a person. Times in ms UTC. */
export interface LetterJob {
  id: number;
  act: LetterAct['act'];
  reason: string | null;
  filter: LetterFilter;
  by: string;
  state: LetterJobRow['state'];
  done: number;
  passed: number;
  startedAt: number;
  endedAt: number | null;
  /** So much of what was sent again before is not settled: the next piece waits for that. */
  isHeldUp: boolean;
}

/** Letters in one piece, and what may be on its way to billing when the next one is sent again. */
const pieceSize = 200;
const mostOnTheWay = 1000;
/** Between two pieces, so that the flow gets its turn. */
const pauseMs = 1000;
/** A discard asks nothing of billing. */
const shortPauseMs = 20;
/** Nothing is under way: whoever begins something wakes the worker. */
const longestSleepMs = 3_600_000;
/** Two configuration nodes can have one store: how soon one takes over when the other has gone. */
const takeOverMs = 5000;
/** Letters looked at for one piece. */
const mostRead = 20_000;
/** How long acts that have ended are listed. */
const keepMs = 90 * 24 * 3_600_000;

/** The filter as a person gave it, and what it meant at the beginning: a tenant that is renamed later changes nothing. */
interface Saved {
  filter: LetterFilter;
  search: LetterSearch;
}

/** Begins an act on all letters that the filter shows now; what is set aside later is not of it. A `LetterWorker` does it
 *  piece by piece, also after a restart.
 *  @throws INPUT_INVALID when the filter's tenant can be too many */
export async function beginLetterJob(
  tx: Tx,
  { filter, act, by, now }: { filter: LetterFilter; act: LetterAct; by: string; now: number },
): Promise<LetterJob> {
  const search = await searchOf(tx, filter);
  if (search.tenantsCut) {
    const sentence = `filter.tenant: more than ${mostTenants} tenants have this in their name: say more of it, or an id.`;
    throw AdapterError.advising('INPUT_INVALID', sentence, { subject: 'filter.tenant' });
  }
  const { conditions } = search;
  const saved: Saved = {
    filter,
    search: { ...search, conditions: { ...conditions, to: Math.min(conditions.to, now + 1) } },
  };
  const reason = act.act === 'discard' ? act.reason : null;
  const row = { act: act.act, filter: JSON.stringify(saved), reason, startedBy: by, place: 'null' };
  const added = await addLetterJob(tx, row, now);
  if (!added) throw new AdapterError('STATE_UNAVAILABLE', 'The act could not be written down.');
  return toJob(added, false);
}

/** The newest first. */
export async function letterJobs(store: Store, limit = 20): Promise<LetterJob[]> {
  return store.transaction(
    async tx => {
      const isHeldUp = (await comingAgain(tx, mostOnTheWay)) >= mostOnTheWay;
      return (await letterJobRows(tx, limit)).map(row =>
        toJob(row, isHeldUp && row.act === 'sendAgain' && row.state === 'running'),
      );
    },
    { relaxed: true },
  );
}

/** Stops it: what is done stays done and is in the history. False when it had ended. */
export async function stopLetterJob(tx: Tx, id: number, now: number): Promise<boolean> {
  const row = (await runningLetterJobs(tx)).find(each => each.id === id);
  if (!row) return false;
  await conclude(tx, row, 'stopped', now);
  return true;
}

/** What was done is in the history with the same transaction that ends it. */
async function conclude(tx: Tx, row: LetterJobRow, state: 'done' | 'stopped', now: number): Promise<void> {
  await endLetterJob(tx, row.id, state, now);
  const { filter }: Saved = JSON.parse(row.filter);
  const what = row.act === 'discard' ? 'discardLetters' : 'sendLetters';
  const said = { at: now, who: row.startedBy, what, subject: wordsOf(filter), why: row.reason ?? '' };
  await addDeskAct(tx, { ...said, count: row.done });
}

/** There is something to do for the worker of a store. */
export function wakeLetterWorker(store: Store): void {
  working.get(store)?.wake();
}

function toJob(row: LetterJobRow, isHeldUp: boolean): LetterJob {
  const { id, act, reason, startedBy: by, state, done, passed, startedAt, endedAt } = row;
  const { filter }: Saved = JSON.parse(row.filter);
  return { id, act, reason, filter, by, state, done, passed, startedAt, endedAt, isHeldUp };
}

const working = new WeakMap<Store, LetterWorker>();

/** Does what was begun, a piece of each act in turn, one worker a store. */
export class LetterWorker {
  readonly #wake: Wake;

  readonly #store: Store;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** Tells that the numbers of a job have changed, or that it has ended. */
  readonly #changed: () => void;

  constructor(store: Store, clock: Clock, signal: AbortSignal, changed: () => void) {
    this.#store = store;
    this.#clock = clock;
    this.#signal = signal;
    this.#changed = changed;
    this.#wake = new Wake(clock);
    signal.addEventListener('abort', () => this.#wake.wake(), { once: true });
  }

  /** There may be something to do. */
  wake(): void {
    this.#wake.wake();
  }

  /** Goes on until the signal aborts; never rejects. */
  async run(): Promise<void> {
    while (!this.#signal.aborted) await this.#wake.sleep(await this.#turn().catch(() => pauseMs));
    if (working.get(this.#store) === this) working.delete(this.#store);
  }

  /** Answers how long to sleep. */
  async #turn(): Promise<number> {
    const worker = working.get(this.#store) ?? this;
    working.set(this.#store, worker);
    if (worker !== this) return takeOverMs;
    const rows = await this.#store.transaction(tx => runningLetterJobs(tx), { relaxed: true });
    let pause = longestSleepMs;
    for (const row of rows) pause = Math.min(pause, await this.#piece(row)); // a job that has to wait must not delay the others
    return pause;
  }

  /** One piece of one act; answers how long to wait before the next. */
  async #piece(row: LetterJobRow): Promise<number> {
    const isAgain = row.act === 'sendAgain';
    if (isAgain && (await this.#isHeldUp())) return pauseMs;
    const { search }: Saved = JSON.parse(row.filter);
    const behind: SearchPlace | null = JSON.parse(row.place);
    const at = { behind, order: 'oldest first', limit: pieceSize, mostRead } as const;
    const { letters, next } = await nextLetters(this.#store, search, at);
    const now = this.#clock.now();
    await this.#store.transaction(async tx => {
      const running = (await runningLetterJobs(tx)).find(({ id }) => id === row.id);
      if (!running) return; // stopped meanwhile
      // What was set aside anew since it was found is not of it.
      const stored = (await storedOf(tx, letters)).filter(({ asideAt }) => asideAt < search.conditions.to);
      const acted = await actOnLetters(tx, stored, actOf(row), now);
      await moveLetterJob(tx, row.id, { ...acted, place: JSON.stringify(next), now });
      if (next !== null) return;
      await conclude(tx, { ...running, done: running.done + acted.done }, 'done', now);
      await pruneLetterJobs(tx, now - keepMs);
    });
    tellSettled(settledOf(this.#store));
    this.#changed();
    if (next === null) return 0;
    return letters.length === 0 ? shortPauseMs : isAgain ? pauseMs : shortPauseMs;
  }

  /** Too much of what was sent again is not settled: more of it would only pile up before billing. */
  #isHeldUp(): Promise<boolean> {
    const count = (tx: Tx) => comingAgain(tx, mostOnTheWay);
    return this.#store.transaction(count, { relaxed: true }).then(total => total >= mostOnTheWay);
  }
}

const actOf = ({ act, reason }: LetterJobRow): LetterAct =>
  act === 'discard' ? { act, reason: reason ?? '' } : { act };
