import type { Store } from '../../state/port';
import type { ConsumerKey, Cursor } from '../../state/tables/cursor';
import { bodyOf, factsBetween } from '../../state/tables/inbox';
import type { WapUsage } from '../../wap/client/usage';
import type { EventFeed, UsageEvent } from '../../wap/types';
import { fingerprint, olderFingerprints } from '../canonical';
import { searchId } from '../find-id';
import { type Emptied, evidenceOf, isEnough, mustBeThere, wentBack } from '../went-back';
import { parseEvent } from './inbox';
import { readPage } from './read-page';

/** Looks, before a page of a feed is stored, whether WAP still shows what was read there before. A restored WAP gives its ids a
 *  second time: its new events would go to quarantine as other bodies under known ids. A page that WAP merely cut is asked about
 *  twice before anything is concluded.
 *  @throws WAP_WENT_BACK when its database was restored; WAP_… when it does not answer, or shows nothing for once */
export async function checkEvents(
  { store, key, usage }: { store: Store; key: ConsumerKey; usage: Pick<WapUsage, 'events'> },
  page: { feed: EventFeed; cursor: Cursor; startId: number; asked: number; events: readonly UsageEvent[] },
  { retentionMs, emptied, now, signal }: { retentionMs: number; emptied: Emptied; now: number; signal?: AbortSignal },
): Promise<void> {
  const { feed, cursor, startId, asked, events } = page;
  if (events.length > 0) emptied.clear(feed);
  const last = events.at(-1)?.EventId ?? startId;
  const to = events.length < asked ? cursor.fetched : Math.min(last, cursor.fetched);
  if (startId > to) return;
  const facts = await store.transaction(tx => factsBetween(tx, key, { feed, from: startId, to }));
  const shown = new Map(events.map(event => [event.EventId, event]));
  const known = facts.map(fact => [fact.eventId, fact.hash] as const);
  const isSame = (hash: string, event: UsageEvent) =>
    fingerprint(event) === hash || olderFingerprints(event).includes(hash);
  const evidence = evidenceOf(known, shown, isSame);
  const top = facts.at(-1);
  if (!evidence || !top || !isEnough(evidence)) return;
  const body = await store.transaction(tx => bodyOf(tx, key.installation, feed, top.eventId));
  const { NotificationEventTimeCreated: time } = parseEvent(body);
  if (evidence.isGone && !mustBeThere(time, top.fetchedAt, now, retentionMs)) return;
  const isThere = async () =>
    evidence.isGone && (await readPage(usage, feed, top.eventId, 1, signal))[0]?.EventId === top.eventId;
  if (await isThere()) return; // the page was cut
  const next = async (id: number) => (await readPage(usage, feed, id, 1, signal))[0];
  const end = (await searchId(next, () => false)) - 1;
  if (await isThere()) return; // it shows it again by now
  if (end < 0) emptied.check(feed, evidence.highest);
  throw wentBack(feed, evidence, end);
}
