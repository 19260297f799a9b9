import type { EventMessage } from '../../../../lib/feeds/events/message';
import { type EventPollerSettings, openEventPoller } from '../../../../lib/feeds/events/poller';
import type { EventReaderStatus, EventReplayStatus } from '../../../../lib/feeds/events/reader';
import type { Command } from '../../../../lib/feeds/loop/commands';
import type { LoopCommand, LoopState, RunSummary } from '../../../../lib/feeds/loop/contract';
import { settle } from '../../../../lib/feeds/settle/settle';
import { settledOf, tellSettled } from '../../../../lib/feeds/settled';
import type { Store } from '../../../../lib/state/port';
import type { WapConnection } from '../../../../lib/wap/connection';
import { ManualClock } from '../../billing/manual-clock';
import { MemoryWap } from '../memory-wap';

/** A poll of events with everything it gives out, on a clock that the test moves. */
export class PollerDesk {
  readonly #connection: Pick<WapConnection, 'admin' | 'subscriptions'>;
  readonly clock = new ManualClock();
  readonly wap = new MemoryWap();
  readonly messages: EventMessage[] = [];
  readonly summaries: RunSummary<EventReaderStatus>[] = [];
  readonly replayed: EventReplayStatus[] = [];
  readonly alarms: string[] = [];
  readonly told: string[] = [];
  readonly failures: string[] = [];
  state: LoopState | undefined;
  #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();

  readonly store: Store;
  /** Transactions under way, and how many there were. */
  #busy = 0;
  #done = 0;

  constructor(store: Store, connection: Pick<WapConnection, 'admin' | 'subscriptions'>) {
    this.#connection = connection;
    this.store = {
      name: store.name,
      close: () => store.close(),
      transaction: async (work, options) => {
        this.#busy += 1;
        return store.transaction(work, options).finally(() => {
          this.#busy -= 1;
          this.#done += 1;
        });
      },
    };
  }

  /** Resolves when the poller sleeps and reads nothing meanwhile, unless WAP keeps it waiting. */
  async quiet(): Promise<void> {
    for (let still = 0, seen = this.#done; still < 3; ) {
      await this.clock.asleep();
      await new Promise(resolve => setImmediate(resolve));
      still = this.#busy === 0 && this.#done === seen && this.clock.sleeping > 0 ? still + 1 : 0;
      seen = this.#done;
    }
  }

  /** Opens it and lets it do what there is to do. */
  async start(settings: Partial<EventPollerSettings> = {}) {
    this.#closing = new AbortController();
    const poller = openEventPoller(this.settings(settings));
    this.#running = poller.run();
    await this.quiet();
    return {
      obey: async (word: LoopCommand) =>
        ((await poller.obey({ command: word }))?.payload ?? null) as RunSummary<EventReaderStatus> | null,
      /** Any command; gives its answer when all is done that it leads to. */
      command: async (command: Command) => {
        const answer = await poller.obey(command);
        await this.quiet();
        return answer?.payload;
      },
    };
  }

  settings(settings: Partial<EventPollerSettings> = {}): EventPollerSettings {
    return {
      wap: { ...this.#connection, installation: 'wap', usage: this.wap },
      ...{ store: this.store, settled: settledOf(this.store), clock: this.clock, signal: this.#closing.signal },
      ...{ reader: 'billing', owner: 'the first node', feeds: { plans: true, addons: true }, start: 'beginning' },
      ...{ everyMs: 60_000, pageSize: 1000, batchSize: null, maxOpenBatches: 1, redeliveryMs: 600_000 },
      ...{ overlapMs: 900_000, missingMs: 86_400_000, retentionMs: 3_456_000_000 },
      send: message => this.messages.push(message),
      caughtUp: summary => this.summaries.push(summary),
      replayed: replay => this.replayed.push(replay),
      alarm: ({ kind, message }) => {
        this.alarms.push(kind);
        this.told.push(message);
      },
      failed: error => this.failures.push((error as { code: string }).code),
      show: state => {
        this.state = state;
      },
      ...settings,
    };
  }

  /** Moves the clock and lets the poller do what is due then. */
  async pass(seconds: number): Promise<void> {
    this.clock.advance(seconds * 1000);
    await this.quiet();
  }

  /** Acknowledges the last message that came. */
  async acknowledge(outcome: Parameters<typeof settle>[3] = { result: 'delivered' }): Promise<void> {
    await settle(this.store, this.clock, this.messages.at(-1)?.delivery.token ?? '', outcome);
    tellSettled(settledOf(this.store));
    await this.quiet();
  }

  /** Ids that went out so far, each with its attempt when it is not the first. */
  get sent(): string[] {
    return this.messages.map(({ delivery: { firstId, attempt } }) => `${firstId}${attempt > 1 ? ` again` : ''}`);
  }

  async stop(): Promise<void> {
    this.#closing.abort(new Error('closed'));
    await this.#running;
  }
}
