/** A run on a real store, with effects on a world that remembers them. */
import type { Clock } from '../../../lib/async/clock';
import { AdapterError } from '../../../lib/errors';
import type { Store } from '../../../lib/state/port';
import type { StepKey } from '../../../lib/state/tables/step';
import type { Run } from '../../../lib/state/tables/workflow';
import { Journal } from '../../../lib/workflow/journal';
import { type Effect, performStep } from '../../../lib/workflow/perform';
import type { RetryPolicy } from '../../../lib/workflow/retry-policy';
import { Runs } from '../../../lib/workflow/runs';
import { StillClock, scratchStore } from '../state/scratch';

/** What becomes of one call. `lost`: it happened, and fails for a while; `refused`: it did not happen and never will. */
export type Fate = 'ok' | 'lost' | 'down' | 'refused' | 'crash before' | 'crash after';

export const policy: RetryPolicy = { attempts: 3, firstDelayMs: 100, maxDelayMs: 1000, rules: [] };
export const at = (node: string, visit = 1, cameFrom = ''): StepKey => ({ node, visit, cameFrom });

/** One pass: its journal, and a signal that a crash aborts. */
export class Pass {
  readonly journal: Journal;
  readonly gone = new AbortController();
  constructor(
    store: Store,
    clock: Clock,
    readonly run: Run,
  ) {
    this.journal = new Journal(store, clock, run);
  }
}

export class WorkflowBench {
  readonly runs: Runs;
  /** How often each effect happened, by name. */
  readonly ledger = new Map<string, number>();
  /** How often each was looked up. */
  readonly lookUps: string[] = [];
  /** And for what happened since when, ms UTC. */
  readonly lookedSince: number[] = [];

  constructor(
    readonly store: Store,
    readonly clock: Clock,
  ) {
    this.runs = new Runs(store, clock, 'sale');
  }

  static async open(clock: Clock): Promise<WorkflowBench> {
    // The store watches its own time: on a clock whose waits pass at once no transaction would be quick enough.
    return new WorkflowBench(await scratchStore(new StillClock()), clock);
  }

  async start(key = 'Gold', msg: Record<string, unknown> = { payload: 1 }): Promise<Pass> {
    const { run } = await this.runs.start(key, msg);
    return new Pass(this.store, this.clock, run);
  }

  async again(id: string, how: Parameters<Runs['pass']>[1]): Promise<Pass> {
    return new Pass(this.store, this.clock, await this.runs.pass(id, how));
  }

  /** Does one step; `fates` are taken one for each call. @returns what the step gave */
  async step(
    pass: Pass,
    key: StepKey,
    {
      name = key.node,
      inputs = {},
      fate = () => 'ok',
    }: { name?: string; inputs?: Record<string, unknown>; fate?: () => Fate } = {},
  ): Promise<string> {
    const happen = () => this.ledger.set(name, (this.ledger.get(name) ?? 0) + 1);
    const effect: Effect<string> = {
      ...{ key, label: key.node, inputs },
      act: async () => {
        const next = fate();
        if (next === 'crash before') this.#crash(pass);
        if (next === 'refused') throw new AdapterError('WAP_INPUT', 'no');
        if (next === 'down') throw new AdapterError('WAP_SERVER', 'down', { retryable: true });
        happen();
        if (next === 'crash after') this.#crash(pass);
        if (next === 'lost') throw new AdapterError('WAP_NETWORK', 'lost', { retryable: true });
        return { outcome: `made ${name}` };
      },
      hasEffect: true,
      lookUp: async since => {
        this.lookUps.push(name);
        this.lookedSince.push(since);
        return this.ledger.has(name) ? { outcome: `made ${name}` } : null;
      },
    };
    const { outcome } = await performStep(pass.journal, effect, policy, this.clock, pass.gone.signal);
    return outcome;
  }

  #crash(pass: Pass): never {
    pass.gone.abort();
    throw new Crash();
  }
}

export class Crash extends Error {}
