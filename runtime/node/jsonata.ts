import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Node, NodeAPI } from 'node-red';
import { yieldToLoop } from '../../lib/async/event-loop';
import { heldSince } from './collected-heap';

type Prepared = ReturnType<NodeAPI['util']['prepareJSONataExpression']>;

/** Its own time, without what others did in between. */
const mostMs = 5_000;
/** Steps that wait for each other: recursion that never ends has more and more. */
const mostOpen = 50_000;
/** What it may add to what is held, and the share of V8's limit where that is less. */
const mostHeldBytes = 512 * 1024 * 1024;
const mostHeldShare = 0.25;
const sliceMs = 15;

const guardName = 'wapBillingGuard';
// The older JSONata looks for the name, the newer one for the symbol.
const entries = ['__evaluate_entry', Symbol.for('jsonata.__evaluate_entry')];
const exits = ['__evaluate_exit', Symbol.for('jsonata.__evaluate_exit')];

interface Environment {
  lookup(name: string): unknown;
}

/** One evaluation: how long it has worked, how deep it is, what it holds. Between its steps everything else has its turn. */
class Guard {
  #open = 0;
  #workedMs = 0;
  #since = performance.now();
  /** Waiting, as for a context store, is no work. */
  #active = performance.eventLoopUtilization().active;
  readonly #usedBefore = getHeapStatistics().used_heap_size;
  #beyondSince: number | undefined;

  /** A promise when it is the turn of others. @throws Error in words when it has to end */
  enter(): Promise<void> | undefined {
    this.#open += 1;
    if (this.#open > mostOpen) throw new Error(`it goes deeper than ${mostOpen} steps: does its recursion end?`);
    if (performance.now() - this.#since < sliceMs) return undefined;
    this.#workedMs += performance.eventLoopUtilization().active - this.#active;
    if (this.#workedMs > mostMs) throw new Error(`it worked for more than ${mostMs / 1000} s: does it end?`);
    this.#checkMemory();
    return yieldToLoop().then(() => {
      this.#since = performance.now();
      this.#active = performance.eventLoopUtilization().active;
    });
  }

  leave(): void {
    this.#open -= 1;
  }

  /** What is used may be garbage, its own or that of others: only what is still there after a collection counts. */
  #checkMemory(): void {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    const most = Math.min(mostHeldBytes, mostHeldShare * limit);
    if (used - this.#usedBefore <= most) return;
    this.#beyondSince ??= performance.now();
    const held = heldSince(this.#beyondSince);
    if (held !== undefined && held - this.#usedBefore > most)
      throw new Error(`it takes more than ${Math.round(most / 1024 / 1024)} MiB of memory`);
  }
}

/** JSONata as Node-RED prepares it, with an end to what never ends. A single step (a function of JSONata, a regular expression)
 *  cannot be broken off. */
export function prepareGuarded(RED: NodeAPI, expression: string, node: Node): Prepared {
  const prepared = RED.util.prepareJSONataExpression(expression, node);
  const own = new Guard();
  const guardIn = (environment: Environment): Guard => {
    const bound = environment.lookup(guardName);
    return bound instanceof Guard ? bound : own;
  };
  const assign = (name: string | symbol, call: (expr: unknown, input: unknown, environment: Environment) => unknown) =>
    prepared.assign(name as string, call);
  for (const name of entries) assign(name, (_expr, _input, environment) => guardIn(environment).enter());
  for (const name of exits) assign(name, (_expr, _input, environment) => guardIn(environment).leave());
  return prepared;
}

/** What an evaluation is called with, so that several of one expression at a time each have their own guard. */
export function withGuard(bindings: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...bindings, [guardName]: new Guard() };
}
