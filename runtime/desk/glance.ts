import { type FeedLine, type LiveLine, type OverviewAnswer, overview, type Reader } from '../../lib/desk/overview';
import { noNeeds } from '../../lib/feeds/needs';
import type { Desk } from './desk';
import type { LiveFeed } from './live';

/** What a store knows at a glance, with what runs on it in this process. `since`: runs that ended from then on are counted. */
export async function glanceAt({ store, live }: Pick<Desk, 'store' | 'live'>, since: number): Promise<OverviewAnswer> {
  const { readers, ...rest } = await overview(store, since);
  const deployed = live.flatMap(each => (each.kind === 'workflow' ? [each.name] : []));
  return { ...rest, feeds: await feedsOf(live, readers), deployed };
}

/** Those whose poll node runs, and those of which only the store knows. */
async function feedsOf(live: Desk['live'], readers: Reader[]): Promise<FeedLine[]> {
  const running = live.filter(each => each.kind === 'feed');
  const known = await Promise.all(
    running.map(async each => {
      const { feed, installation, consumer } = each;
      const reader = readers.find(of => isSame(of, each));
      return { feed, installation, consumer, needs: reader?.needs ?? noNeeds, live: await lineOf(each) };
    }),
  );
  const rest = readers.filter(reader => !running.some(each => isSame(reader, each)));
  return [...known, ...rest.map(reader => ({ ...reader, live: null }))];
}

const isSame = (a: Omit<Reader, 'needs'>, b: Omit<Reader, 'needs'>): boolean =>
  a.feed === b.feed && a.installation === b.installation && a.consumer === b.consumer;

async function lineOf({ nodeId, name, poller }: LiveFeed): Promise<LiveLine> {
  const { waiting, unacknowledged, oldestAgeMs, caughtUpAt } = await poller.status();
  return {
    ...poller.health(),
    ...{ nodeId, name, waiting, oldestAgeMs },
    open: unacknowledged,
    caughtUpAt: caughtUpAt ?? null,
  };
}
