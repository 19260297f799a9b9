import { systemClock } from '../lib/async/clock';
import type { Alarm } from '../lib/feeds/alarms';
import { type Place, readPlace } from '../lib/feeds/loop/commands';
import type { LoopState, RecoveryAlarm } from '../lib/feeds/loop/contract';
import type { Answer } from '../lib/feeds/loop/poller';
import type { Schedule } from '../lib/feeds/loop/schedule';
import { beLive, type FeedPoller } from './desk/live';
import { hint } from './hints';
import { given } from './inputs';
import type { AdapterMessage } from './message';
import { shortCount } from './node/fit';
import type { StateHandle } from './node/handles';
import type { ShowStatus, StatusName } from './node/status';
import { localTime } from './node/waits';

/** Fields that every poll node has. */
export interface PollFields {
  schedule: 'every' | 'daily' | 'input';
  everySeconds: number;
  dailyAt: string;
  timeZone: string;
  maxOpen: number;
  redeliverMinutes: number;
  startAt: 'beginning' | 'now' | 'id' | 'time';
  startId: number;
  startTime: string | undefined;
  pageSize: number;
  consumer: string;
  silenceHours: number;
  lagHours: number;
  retentionDays: number;
  againMinutes: number;
  missingHours: number;
}

interface PollContext {
  signal: AbortSignal;
  status: ShowStatus;
  fail(error: unknown): void;
  send(to: 'caughtUp' | 'alarms', message: AdapterMessage & Record<string, unknown>): void;
}

const hourMs = 3_600_000;

/** What the loop of every poll node is told, from its fields and to its outputs. */
export function loopOf(fields: PollFields, { signal, status, fail, send }: PollContext) {
  const watch = {
    silenceMs: msOrNever(fields.silenceHours, hourMs),
    lagMs: msOrNever(fields.lagHours, hourMs),
    retentionMs: msOrNever(fields.retentionDays, 24 * hourMs),
  };
  return {
    everyMs: scheduleOf(fields),
    watch,
    pageSize: fields.pageSize,
    reader: fields.consumer,
    maxOpenBatches: fields.maxOpen,
    overlapMs: fields.againMinutes * 60_000,
    missingMs: fields.missingHours * hourMs,
    retentionMs: fields.retentionDays * 24 * hourMs,
    redeliveryMs: Math.round(fields.redeliverMinutes * 60_000),
    clock: systemClock,
    signal,
    caughtUp: (summary: object) => send('caughtUp', { topic: 'caughtUp', payload: summary }),
    alarm: (alarm: Alarm | RecoveryAlarm) => send('alarms', { topic: alarm.kind, payload: alarm }),
    failed: fail,
    show: (state: LoopState) => {
      status(...lookOf(state));
      hint('overview');
    },
  };
}

/** Lets a poller run from when the flows have started until the node closes, and makes it known to the desk. */
export function beFeed<P extends FeedPoller & { run(): Promise<void> }>(
  feed: 'usage' | 'events',
  poller: P,
  { consumer }: PollFields,
  at: {
    connection: { installation: string };
    state: StateHandle;
    owner: string;
    nodeId: string;
    signal: AbortSignal;
    flowsStarted(callback: () => void): void;
    track(work: Promise<void>): void;
  },
): P {
  const { installation } = at.connection;
  const live = { kind: 'feed', nodeId: at.nodeId, name: at.owner, feed, installation, consumer, poller } as const;
  beLive(at.state.store, live, at.signal);
  let isRunning = false;
  at.flowsStarted(() => {
    if (!isRunning) at.track(poller.run()); // flows start at every deploy, also of other nodes
    isRunning = true;
  });
  return poller;
}

/** Where a feed begins that was never read. @throws INPUT_MISSING, INPUT_INVALID naming the field */
export function startOf({ startAt, startId, startTime }: PollFields): 'beginning' | 'now' | Place {
  if (startAt === 'id') return { id: startId };
  if (startAt === 'time') return readPlace(given(startTime, 'startTime', 'to begin at a time'), 'startTime');
  return startAt;
}

/** The answer to a command, as what goes out of *caught up*. */
export function answered(answer: Answer | null) {
  return answer && { to: 'caughtUp' as const, set: { ...answer } };
}

function scheduleOf({ schedule, everySeconds, dailyAt, timeZone }: PollFields): Schedule {
  if (schedule === 'every') return everySeconds * 1000;
  return schedule === 'daily' ? { at: dailyAt, timeZone } : null;
}

/** 0 switches an alarm off. */
const msOrNever = (amount: number, unitMs: number): number | null => (amount > 0 ? amount * unitMs : null);

function lookOf(state: LoopState): [StatusName, Record<string, string | number>] {
  if (state.name === 'resting') return ['resting', { time: localTime(new Date(state.againAt), new Date()) }];
  if (state.name !== 'progress') {
    const { name, ...values } = state;
    return [name, values];
  }
  const { count, perSecond, leftMs } = state;
  const left = leftMs === null ? '' : `, ${span(leftMs)}`; // unknown at first, and where nothing says how much there is
  return ['progress', { count: shortCount(count), perSecond: shortCount(perSecond), left }];
}

function span(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}
