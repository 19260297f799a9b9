import type { FeedLine } from '../../../lib/desk/overview';
import { say } from '../../red';
import { count, moment, span } from '../widgets/format';
import { sparkline } from '../widgets/sparkline';

/** How a feed is called: the node's name, or who reads what. */
export const feedName = ({ live, installation, consumer, feed }: FeedLine): string =>
  live?.name ?? `${installation} · ${consumer} · ${say(`desk.overview.feed.${feed}`)}`;

/** A feed's reader: how it does in words, and what came in the last hour. */
export function feedLine(feed: FeedLine, acts: JQuery): JQuery {
  const { live } = feed;
  const head = $('<div class="wap-billing-desk-run-state"/>')
    .attr('data-look', lookOf(feed))
    .append($('<b/>').text(feedName(feed)), ' ', $('<span/>').text(stateOf(feed)));
  const facts = $('<div class="wap-billing-desk-small"/>').text(factsOf(feed).join(' · '));
  const spark = live ? sparkline(live.perMinute, say('desk.overview.lastHour', hourOf(live.perMinute))) : [];
  return $('<section class="wap-billing-desk-block"/>')
    .attr({ 'aria-label': feedName(feed), 'data-feed': `${feed.feed}/${feed.consumer}` })
    .append(head, spark, facts, acts);
}

function lookOf({ live, needs }: FeedLine): string {
  if (!live) return 'idle';
  if (live.failure) return 'failed';
  if (Object.values(needs).some(each => each > 0)) return 'needs';
  return live.isPaused ? 'idle' : 'completed';
}

function stateOf({ live }: FeedLine): string {
  if (!live) return say('desk.overview.notDeployed');
  if (live.failure) return live.failure.message;
  if (live.isPaused) return say('desk.overview.paused');
  return live.nextPollAt === null
    ? say('desk.overview.onInput')
    : say('desk.overview.nextAt', { at: moment(live.nextPollAt) });
}

function factsOf({ live, needs, consumer, installation, feed }: FeedLine): string[] {
  const named = live ? [`${installation} · ${consumer} · ${say(`desk.overview.feed.${feed}`)}`] : [];
  const numbers = Object.entries({
    open: live?.open ?? 0,
    toSend: live?.waiting ?? 0,
    ...needs,
  }).flatMap(([name, value]) => (value > 0 ? [say(`desk.overview.fact.${name}`, { count: count(value) })] : []));
  const last = live?.polledAt ? [say('desk.overview.polledAt', { at: moment(live.polledAt) })] : [];
  const lag = live?.oldestAgeMs ? [say('desk.overview.oldest', { age: span(live.oldestAgeMs) })] : [];
  return [...named, ...last, ...lag, ...numbers];
}

const hourOf = (perMinute: readonly number[]) => ({
  now: count(perMinute.at(-1) ?? 0),
  all: count(perMinute.reduce((sum, each) => sum + each, 0)),
});
