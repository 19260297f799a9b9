import { AdapterError } from '../errors';
import { isWapTime, parseWapTime } from '../wap/client/time';
import type { EventFeed } from '../wap/types';
import type { Alarm } from './alarms';

/** Fewer changed items at the end of a feed are taken for corrections of single ones. */
const mostChanged = 3;
/** WAP may have deleted what is older than this share of its retention. */
const sure = 0.75;
/** After 40 days WAP deletes usage by itself. */
const usualRetentionMs = 40 * 86_400_000;

/** What WAP shows otherwise than it was read: from the highest id down to the first one that is as it was. */
export interface Evidence {
  /** WAP does not show the highest any more. */
  isGone: boolean;
  highest: number;
  lowest: number;
  count: number;
}

/** Compares what is known at the end of a feed (ids ascending) with what WAP shows now; null when the end is as it was. */
export function evidenceOf<Known, Shown>(
  known: ReadonlyArray<readonly [number, Known]>,
  shown: ReadonlyMap<number, Shown>,
  isSame: (was: Known, is: Shown) => boolean,
): Evidence | null {
  let count = 0;
  for (const [id, was] of known.toReversed()) {
    const is = shown.get(id);
    if (is !== undefined && isSame(was, is)) break;
    count += 1;
  }
  const [top, bottom] = [known.at(-1)?.[0], known.at(-count)?.[0]];
  if (count === 0 || top === undefined || bottom === undefined) return null;
  return { isGone: !shown.has(top), highest: top, lowest: bottom, count };
}

/** True if what differs means that WAP went back. */
export const isEnough = ({ isGone, count }: Evidence): boolean => isGone || count >= mostChanged;

/** True if WAP's clean-up cannot be why something is gone: it is too young for that, by its own time (`text`, as WAP wrote it)
 *  or by the time at which it was read. ms UTC. */
export function mustBeThere(text: string | undefined, readAt: number, now: number, retentionMs: number): boolean {
  const retention = retentionMs > 0 ? retentionMs : usualRetentionMs;
  const own = isWapTime(text) ? parseWapTime(text).ms : null;
  const isByAge = own !== null && readAt - own < retention;
  return now - (isByAge ? own : readAt) < retention * sure;
}

/** Feeds that showed nothing at all when they were last read. That may pass, as while WAP's database starts, so only a feed
 *  that is empty twice in a row counts as restored. */
export class Emptied {
  readonly #feeds = new Set<EventFeed | 'usage'>();

  /** The feed shows something. */
  clear(feed: EventFeed | 'usage'): void {
    this.#feeds.delete(feed);
  }

  /** `highest`: the highest id that was read. @throws WAP_BAD_RESPONSE at the first time */
  check(feed: EventFeed | 'usage', highest: number): void {
    if (this.#feeds.has(feed)) return;
    this.#feeds.add(feed);
    const message =
      `WAP's feed ${feed} shows nothing at all, but ${highest} was read. It is looked at again at the next poll, and nothing ` +
      'is read from it until then.';
    throw new AdapterError('WAP_BAD_RESPONSE', message, { subject: feed, retryable: true });
  }
}

/** `end`: the highest id that WAP shows. */
export function wentBack(
  feed: EventFeed | 'usage',
  { isGone, highest, lowest, count }: Evidence,
  end: number,
): AdapterError {
  const what = isGone
    ? `ends at ${end} or has other content, but ${highest} was read`
    : `shows other content under the last ${count} ids that were read, ${lowest} to ${highest}`;
  const message =
    `WAP's feed ${feed} ${what}: was WAP's database restored? It is not read any further. Press Begin anew in the overview of the ` +
    `sidebar “WAP billing”, or send { command: "beginAnew", from: … }, with an id (such as ${Math.min(lowest, end + 1)}) or a time ` +
    'from before the restore: what comes from there on gets keys of its own.';
  return AdapterError.advising('WAP_WENT_BACK', message, { subject: feed });
}

/** Reports once that WAP went back, however many feeds show it and however long it lasts. */
export class BackAlarm {
  #isNow = false;

  /** The alarm when a feed first shows it; once none shows it any more, the next one is new. */
  of(failures: ReadonlyArray<{ feed: EventFeed | null; error: unknown }>, source: 'events' | 'usage'): Alarm[] {
    const found = failures.filter(({ error }) => error instanceof AdapterError && error.code === 'WAP_WENT_BACK');
    const [first] = found;
    const isNew = first !== undefined && !this.#isNow;
    this.#isNow = first !== undefined;
    if (!isNew) return [];
    const feed = source === 'usage' ? 'usage' : first.feed;
    return [{ kind: 'wentBack', feed, eventId: null, message: (first.error as AdapterError).message }];
  }

  /** @throws WAP_REFUSED when WAP shows what was read before, unless whoever asks is sure */
  checkMayBeginAnew(isSure: boolean): void {
    if (this.#isNow || isSure) return;
    throw AdapterError.advising(
      'WAP_REFUSED',
      'beginAnew: at the last poll WAP showed what was read from it before, so its database was not restored. To begin ' +
        'anew all the same add sure: true; what comes again and cannot be known by its content is then billed again.',
      { subject: 'control' },
    );
  }
}
