import type { Clock } from '../../async/clock';
import { AdapterError, shapeOf } from '../../errors';
import type { Store } from '../../state/port';
import type { WapUsage } from '../../wap/client/usage';

const minute = 60_000;
const day = 24 * 60 * minute;

/** Where records begin that were never read: all that WAP still has, what comes from now on, an id (inclusive), or a
 *  time (ms UTC): the first record whose period ends then or later. */
export type RecordStart = 'beginning' | 'now' | { id: number } | { time: number };

/** How usage records are read, emitted and forgotten. Times in ms. */
export interface RecordOptions {
  start: RecordStart;
  /** Records asked for at once, 1 to 10000 (WAP's own limit, dn532189). */
  pageSize: number;
  /** Ids below the cursor that each run reads again, so that one that WAP shows late is not missed. */
  overlap: number;
  /** For this long after it was read, a stretch with missing ids is asked for again at each turn; after that ever less often... */
  overlapMs: number;
  /** ...and after this long the ids are given up, with an alarm. 0: without one, as soon as `overlapMs` is over. */
  missingMs: number;
  /** WAP deletes records of this age; 0: as WAP does unless told otherwise. */
  retentionMs: number;
  /** A gap of at least this many ids raises an alarm; smaller ones are normal. 0: none does. */
  holeIds: number;
  /** Records stored and not settled at which reading stops. */
  maxStored: number;
  /** Single records that wait, or come again, at which reading stops. */
  maxExceptions: number;
  /** Records in a batch; never more than a page. */
  batchSize: number;
  /** Batches that may be open at a time. */
  maxOpenBatches: number;
  /** An unacknowledged batch comes again after this. */
  redeliveryMs: number;
  /** A record that waits for its subscription's mapping comes again after this even when none arrived. */
  waitingMs: number;
  /** How long settled pages are kept, and how many records of them at most; what is read again is kept in any case. */
  keepMs: number;
  keepRecords: number;
  /** How long dead letters and marked duplicates are kept. */
  keepDeadMs: number;
  /** How long, and how many at most, fingerprints are kept by which a provider's duplicates are recognised. */
  keepPrintsMs: number;
  keepPrints: number;
}

/** What holds where the settings say nothing. 40 days is the time after which WAP deletes records by itself. */
export const recordDefaults: RecordOptions = {
  start: 'beginning',
  pageSize: 2000,
  overlap: 1000,
  overlapMs: 15 * minute,
  missingMs: day,
  retentionMs: 40 * day,
  holeIds: 1000,
  maxStored: 100_000,
  maxExceptions: 500_000,
  batchSize: 1000,
  maxOpenBatches: 2,
  redeliveryMs: 10 * minute,
  waitingMs: 60 * minute,
  keepMs: 60 * minute,
  keepRecords: 20_000,
  keepDeadMs: 40 * day,
  keepPrintsMs: 40 * day,
  keepPrints: 20_000_000,
};

/** Whose records are read, by whom, and into which store. */
export interface RecordFeedSettings {
  store: Store;
  usage: Pick<WapUsage, 'records'>;
  /** Short name of the WAP installation: part of every key. */
  installation: string;
  /** Who reads, by a name of its own. Every reader gets everything, with cursors and outcomes of its own. */
  reader: string;
  clock: Clock;
  options?: Partial<RecordOptions>;
}

/** @throws INPUT_MISSING, INPUT_INVALID naming the setting. */
export function checkRecordSettings(settings: RecordFeedSettings): RecordOptions {
  for (const field of ['installation', 'reader'] as const) {
    if (!settings[field]) throw new AdapterError('INPUT_MISSING', `Usage: ${field} is empty.`, { subject: field });
  }
  const options = { ...recordDefaults, ...settings.options };
  const { start, ...counts } = options;
  for (const [field, value] of Object.entries(counts)) {
    const least = ['pageSize', 'maxStored', 'maxExceptions', 'batchSize', 'maxOpenBatches'].includes(field) ? 1 : 0;
    const most = field === 'pageSize' || field === 'batchSize' ? 10_000 : Number.MAX_SAFE_INTEGER;
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue;
    const sentence = `Usage: ${field} must be a whole number from ${least} to ${most}, but is ${shapeOf(value)}.`;
    throw new AdapterError('INPUT_INVALID', sentence, { subject: field });
  }
  const at = typeof start === 'string' ? 0 : 'id' in start ? start.id : start.time;
  if (!Number.isSafeInteger(at) || at < 0) {
    throw new AdapterError('INPUT_INVALID', 'Usage: start must be an id or a time from 0 on.', { subject: 'start' });
  }
  // A batch is a part of a page.
  return { ...options, pageSize: Math.max(options.pageSize, options.batchSize) };
}
