import { statement, type Tx } from '../port';

/** An act on many letters, carried out piece by piece. `place`, written in the transaction of each piece, says how far it has
 *  come. */
export interface LetterJobRow {
  id: number;
  act: 'sendAgain' | 'discard';
  /** JSON: what a person chose, and how it is looked up. */
  filter: string;
  /** Why the letters are given up; null for sending again. */
  reason: string | null;
  /** Who began it, for the history. */
  startedBy: string;
  state: 'running' | 'done' | 'stopped';
  /** JSON. */
  place: string;
  /** Letters that were acted on so far. */
  done: number;
  /** Letters left as they were: on their way already, or nothing of them can be sent again. */
  passed: number;
  startedAt: number;
  updatedAt: number;
  endedAt: number | null;
}

const columns = `id, act, filter, reason, started_by AS "startedBy", state, place, done, passed, started_at AS "startedAt",
  updated_at AS "updatedAt", ended_at AS "endedAt"`;

const add = statement(`
  INSERT INTO letter_job (id, act, filter, reason, started_by, state, place, done, passed, started_at, updated_at)
  SELECT COALESCE(MAX(id), 0) + 1, :act, :filter, :reason, :startedBy, 'running', :place, 0, 0, :now, :now
  FROM letter_job`);
const newest = statement<LetterJobRow>(`SELECT ${columns} FROM letter_job ORDER BY id DESC LIMIT :limit`);
const running = statement<LetterJobRow>(`SELECT ${columns} FROM letter_job WHERE state = 'running' ORDER BY id`);
/** Only while it runs: a job that was stopped does nothing more. */
const moveOn = statement(`
  UPDATE letter_job SET place = :place, done = done + :done, passed = passed + :passed, updated_at = :now
  WHERE id = :id AND state = 'running'`);
const end = statement(`
  UPDATE letter_job SET state = :state, updated_at = :now, ended_at = :now WHERE id = :id AND state = 'running'`);
const prune = statement('DELETE FROM letter_job WHERE ended_at < :cutoff');

/** What is known of a job when it begins. */
export type NewLetterJob = Pick<LetterJobRow, 'act' | 'filter' | 'reason' | 'startedBy' | 'place'>;

/** Begins a job, and answers it with its number. */
export async function addLetterJob(tx: Tx, job: NewLetterJob, now: number): Promise<LetterJobRow | null> {
  await tx.change(add, { ...job, now });
  return (await letterJobRows(tx, 1))[0] ?? null;
}

/** The newest first. */
export function letterJobRows(tx: Tx, limit: number): Promise<LetterJobRow[]> {
  return tx.rows(newest, { limit });
}

/** The oldest first. */
export function runningLetterJobs(tx: Tx): Promise<LetterJobRow[]> {
  return tx.rows(running);
}

/** False when it does not run any more. */
export async function moveLetterJob(
  tx: Tx,
  id: number,
  by: { place: string; done: number; passed: number; now: number },
): Promise<boolean> {
  return (await tx.change(moveOn, { id, ...by })) > 0;
}

/** Ends a job that runs; false when it had ended. */
export async function endLetterJob(tx: Tx, id: number, state: 'done' | 'stopped', now: number): Promise<boolean> {
  return (await tx.change(end, { id, state, now })) > 0;
}

/** Forgets jobs that ended before `cutoff` (ms UTC). */
export async function pruneLetterJobs(tx: Tx, cutoff: number): Promise<void> {
  await tx.change(prune, { cutoff });
}

/** By the streams that there are, so that the index of each is used; `LIMIT` keeps the look short. */
const countUsage = statement<{ total: number }>(`
  SELECT COUNT(*) AS total FROM (SELECT 1 FROM usage_exception
    WHERE stream IN (SELECT id FROM usage_stream) AND status IN ('ready', 'sent') LIMIT :most)`);
const countEvents = statement<{ total: number }>(`
  SELECT COUNT(*) AS total FROM (SELECT 1 FROM delivery
    WHERE installation = :installation AND consumer = :consumer AND status <> 'settled'
    AND status IN ('ready', 'sent') AND attempts > 0 LIMIT :most)`);
const consumers = statement<{ installation: string; consumer: string }>(
  'SELECT DISTINCT installation, consumer FROM cursor',
);

/** How many released letters are not settled yet, counted up to `most` in each place. */
export async function comingAgain(tx: Tx, most: number): Promise<number> {
  let total = (await tx.rows(countUsage, { most }))[0]?.total ?? 0;
  for (const key of await tx.rows(consumers)) total += (await tx.rows(countEvents, { ...key, most }))[0]?.total ?? 0;
  return total;
}
