import type { EventFeed } from '../../wap/types';
import { tellSettled } from '../settled';
import type { Command, Place } from './commands';
import type { LoopHealth, LoopStatus, RunSummary } from './contract';
import type { PollLoop } from './poll-loop';
import type { ReplayIds, ReplayRange } from './replays';

/** What people do by command with single items and with the past. Only events need a feed. */
export interface CommandedReader {
  /** In id order, those of replays behind. */
  deadLetters(limit: number): Promise<Array<{ eventId: number; feed?: string }>>;
  sendAgain(eventId: number, feed?: EventFeed): Promise<void>;
  discard(eventId: number, reason: string, feed?: EventFeed): Promise<void>;
  /** What a replay between two places would read. */
  range(range: { from: Place; to: Place | null }): Promise<ReplayIds>;
  /** Begins a run of its own over the past; answers what it is. */
  replay(range: ReplayRange): Promise<unknown>;
  /** Reads anew from a place in WAP on, with keys that are new; answers from where. */
  beginAnew(from: Place, isSure: boolean): Promise<unknown>;
}

/** Dead letters listed, or acted on by `all`, at once. */
const mostLetters = 1000;

/** What is sent in answer to a command. */
export interface Answer {
  topic: string;
  payload: unknown;
}

/** A poll that runs and obeys commands. */
export class Poller<B extends { token: string }, S extends LoopStatus> {
  readonly #loop: PollLoop<B, S>;
  readonly #reader: CommandedReader;
  readonly #settled: EventTarget;

  constructor(loop: PollLoop<B, S>, reader: CommandedReader, settled: EventTarget) {
    this.#loop = loop;
    this.#reader = reader;
    this.#settled = settled;
  }

  /** Goes on until the signal given to the loop aborts; never rejects. */
  run(): Promise<void> {
    return this.#loop.run();
  }

  status(): Promise<RunSummary<S>> {
    return this.#loop.status();
  }

  health(): LoopHealth {
    return this.#loop.health();
  }

  /** How many ids a replay would ask WAP for: it finds as many items at most.
   *  @throws WAP_… when a time has to be looked up and WAP does not answer */
  async sizeOf(range: { from: Place; to: Place | null }): Promise<number> {
    const { fromId, toId } = await this.#reader.range(range);
    return Math.max(0, (toId ?? (await this.#highest())) - fromId + 1);
  }

  /** The highest id that was read of any feed. */
  async #highest(): Promise<number> {
    const { feeds } = await this.#loop.status();
    return Math.max(-1, ...feeds.map(({ fetched }) => fetched));
  }

  /** Carries a command out; null when there is nothing to answer.
   *  @throws STATE_NOT_FOUND for an id that is no dead letter; what made a poll fail. */
  async obey(given: Command): Promise<Answer | null> {
    const { command: topic } = given;
    switch (given.command) {
      case 'deadLetters':
        return { topic, payload: await this.#reader.deadLetters(mostLetters) };
      case 'replay': {
        const payload = await this.#reader.replay(given);
        this.#loop.pollSoon(); // it has begun, whether or not WAP answers now
        return { topic, payload };
      }
      case 'beginAnew': {
        const payload = await this.#reader.beginAnew(given.from, given.isSure);
        this.#loop.pollSoon();
        return { topic, payload };
      }
      case 'sendAgain':
      case 'discard':
        return { topic, payload: await this.#each(given) };
      default: {
        const summary = await this.#loop.obey(given.command);
        return summary && { topic, payload: summary };
      }
    }
  }

  /** Goes through the items one by one; what was done before one fails stays done. */
  async #each(given: Extract<Command, { ids: unknown }>): Promise<{ done: number[] }> {
    const dead = given.ids === 'all' ? await this.#reader.deadLetters(mostLetters) : [];
    const items = given.ids === 'all' ? dead : given.ids.map(eventId => ({ eventId, feed: given.feed }));
    const done: number[] = [];
    for (const { eventId, feed } of items) {
      const of = feed as EventFeed | undefined;
      if (given.command === 'discard') await this.#reader.discard(eventId, given.reason, of);
      else await this.#reader.sendAgain(eventId, of);
      done.push(eventId);
    }
    tellSettled(this.#settled);
    return { done };
  }
}
