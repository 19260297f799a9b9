import type { Clock } from '../../async/clock';
import { nextTurn } from '../../async/event-loop';
import type { Store } from '../../state/port';
import type { WapConnection } from '../../wap/connection';
import { Attention } from '../loop/attention';
import type { PollLoopSettings } from '../loop/contract';
import { PollLoop } from '../loop/poll-loop';
import { Poller } from '../loop/poller';
import { claimReader } from '../sole-reader';
import type { RecordBatch } from './batch';
import { batchMessage, type RecordMessage, singleMessages } from './message';
import type { RecordStart } from './options';
import { type ReaderStatus, RecordReader, type ReplayStatus } from './reader';

/** What a node that polls usage says; times in ms. */
export interface RecordPollerSettings extends Omit<PollLoopSettings<RecordBatch, ReaderStatus>, 'feed' | 'emit'> {
  wap: Pick<WapConnection, 'installation' | 'usage'>;
  store: Store;
  /** The name of the reader; two of one name are refused. */
  reader: string;
  /** Who polls, for a person. */
  owner: string;
  start: RecordStart;
  /** Records asked for at once, 1 to 10000 (dn532189); at least as many as are in a batch. */
  pageSize: number;
  /** Records in a batch. */
  batchSize: number;
  /** Each record of a batch in a message of its own, which is acknowledged by itself. */
  isSingle: boolean;
  maxOpenBatches: number;
  redeliveryMs: number;
  /** Stretches with missing ids are asked for again at each turn within this time, and now and then within the longer one,
   *  ms. */
  overlapMs: number;
  missingMs: number;
  /** WAP deletes records of this age, ms; 0: as WAP does unless told otherwise. */
  retentionMs: number;
  /** A gap of at least this many ids raises an alarm; 0: none does. */
  holeIds: number;
  clock: Clock;
  /** Sends one message into the flow; for each batch at least once. */
  send(message: RecordMessage): void;
  /** A replay has come to its end. */
  replayed(replay: ReplayStatus): void;
}

/** A poll of WAP's usage records that sends messages; `run` starts it.
 *  @throws INPUT_CONFIG when another one reads the same under the same name; INPUT_MISSING, INPUT_INVALID naming the
 *  setting. */
export function openRecordPoller(settings: RecordPollerSettings): Poller<RecordBatch, ReaderStatus> {
  const { wap, store, reader: name, clock, signal, send, isSingle } = settings;
  const { start, pageSize, batchSize, maxOpenBatches, redeliveryMs, holeIds, overlapMs, missingMs, retentionMs } =
    settings;
  const { installation } = wap;
  const key = { installation, consumer: name };
  const reads = { start, pageSize, holeIds, overlapMs, missingMs, retentionMs };
  const options = { ...reads, batchSize, maxOpenBatches, redeliveryMs };
  const reader = new RecordReader(
    { store, usage: wap.usage, installation, reader: name, clock, options },
    settings.replayed,
  );
  const release = claimReader(store, key, settings.owner, 'usage');
  signal.addEventListener('abort', release, { once: true });
  const loop = new PollLoop<RecordBatch, ReaderStatus>({
    ...settings,
    attention: new Attention(store, clock, { ...key, source: 'usage' }),
    feed: reader,
    emit: async batch => {
      if (!isSingle) return send(batchMessage(batch));
      for (const message of singleMessages(batch)) {
        send(message);
        // The nodes behind get their turn between two messages.
        await nextTurn();
        signal.throwIfAborted();
      }
    },
  });
  return new Poller(loop, reader, settings.settled);
}
