import { AdapterError } from '../../lib/errors';
import { type Command, readCommand, readPlace } from '../../lib/feeds/loop/commands';
import { hint } from '../hints';
import { type Act, type Desk, type DeskPart, textIn } from './desk';
import { glanceAt } from './glance';
import type { LiveFeed } from './live';

/** Whether WAP refused to begin anew because it was not restored: whoever is sure can say so. */
interface Begun {
  refused: string | null;
}

/** The overview, and what poll nodes can be told: acts with the `node` that polls. */
export const overviewPart: DeskPart = {
  questions: {
    overview: (desk, query) => glanceAt(desk, Number(query('since')) || 0),
    replaySize: async (desk, query) => {
      const form = { node: query('node'), from: query('from'), to: query('to') };
      return { most: await feedOf(desk, form).poller.sizeOf(placesIn(form)) };
    },
  },
  acts: {
    pollFeed: tell(() => ({ command: 'poll' })),
    pauseFeed: tell(() => ({ command: 'pause' })),
    resumeFeed: tell(() => ({ command: 'resume' })),
    replayFeed: tell(form => readCommand({ ...placesOf(form), command: 'replay' })),
    beginFeedAnew: async (desk, form) => {
      const feed = feedOf(desk, form);
      const command = readCommand({ command: 'beginAnew', from: textIn(form, 'from'), sure: form.sure === true });
      try {
        await feed.poller.obey(command);
      } catch (error) {
        if (!(error instanceof AdapterError && error.code === 'WAP_REFUSED')) throw error;
        return { answer: { refused: error.message } satisfies Begun, noted: null };
      }
      hint('overview');
      return { answer: { refused: null } satisfies Begun, noted: notedOf(feed, form) };
    },
  },
};

function tell(commandOf: (form: Record<string, unknown>) => Command): Act {
  return async (desk, form) => {
    const feed = feedOf(desk, form);
    await feed.poller.obey(commandOf(form));
    hint('overview');
    return { answer: {}, noted: notedOf(feed, form) };
  };
}

/** What was done to which reader, and from where to where. */
function notedOf({ installation, consumer, feed }: LiveFeed, { from, to }: Record<string, unknown>) {
  const why = [from, to].filter(each => typeof each === 'string' && each !== '').join(' – ');
  return { subject: `${installation} · ${consumer} · ${feed}`, count: 1, ...(why ? { why } : {}) };
}

/** @throws STATE_CONFLICT where the poll node is not deployed any more */
function feedOf({ live }: Desk, form: Record<string, unknown>): LiveFeed {
  const node = textIn(form, 'node');
  const found = live.find((each): each is LiveFeed => each.kind === 'feed' && each.nodeId === node);
  if (found) return found;
  throw AdapterError.advising('STATE_CONFLICT', 'This poll node is not deployed any more: deploy it first.', {
    subject: node,
  });
}

function placesOf(form: Record<string, unknown>) {
  return { from: textIn(form, 'from'), ...(form.to ? { to: textIn(form, 'to') } : {}) };
}

function placesIn(form: Record<string, unknown>) {
  const { from, to } = placesOf(form);
  return { from: readPlace(from, 'from'), to: to === undefined ? null : readPlace(to, 'to') };
}
