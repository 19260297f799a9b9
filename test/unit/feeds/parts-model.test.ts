import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SendOutcome, UsageItem, UsageSink } from '../../../lib/billing/usage-port';
import { usageTotals } from '../../../lib/desk/usage';
import { AdapterError } from '../../../lib/errors';
import { RecordFeed } from '../../../lib/feeds/records/feed';
import { batchMessage } from '../../../lib/feeds/records/message';
import { acknowledge } from '../../../lib/feeds/settle/acknowledge';
import { carriedBy } from '../../../lib/feeds/settle/carried';
import { Mapping } from '../../../lib/mapping/mapping';
import type { Store } from '../../../lib/state/port';
import { readRules } from '../../../lib/usage/meter/read-rules';
import { RecordMeter } from '../../../lib/usage/meter/record-meter';
import { RuleBook } from '../../../lib/usage/meter/rule';
import { meteredBefore, unmetered } from '../../../lib/usage/meter/unmetered';
import type { Quantity } from '../../../lib/usage/quantity';
import { deliver } from '../../../lib/usage/send/deliver';
import { isWhole, readQuantities } from '../../../lib/usage/send/read-quantities';
import { UsageSender } from '../../../lib/usage/send/sender';
import { SharedSteps } from '../../../lib/usage/send/shared-steps';
import { Days } from '../../../lib/usage/totals/days';
import type { UsageRecord } from '../../../lib/wap/types';
import { holds } from '../../harness/property';
import { InstantClock } from '../http/instant-clock';
import { cleanScratch, StillClock, scratchStore } from '../state/scratch';
import { MemoryUsage } from './memory-usage';

/** A message as it goes through a flow. */
interface Message {
  payload: unknown;
  delivery: { token: string; feed: string; count: number; attempt: number; quantities?: number };
  parts?: object;
}

/** A billing system: what it has by key. */
class Ledger implements UsageSink {
  limits = { batch: 3, callsPerSecond: null, maxAgeMs: null, dedupeWindowMs: null, maxKeyLength: null };
  readonly has = new Map<string, string>();
  /** `away`: refuses all. `dying`: takes the call, and the process is gone before the answer. */
  state: 'up' | 'away' | 'dying' = 'up';
  async send(items: UsageItem[]): Promise<SendOutcome[]> {
    if (this.state === 'away') throw new AdapterError('BILLING_SERVER', 'billing is away', { retryable: true });
    const outcomes = items.map(({ key, quantity }): SendOutcome => {
      if (this.has.has(key)) assert.equal(this.has.get(key), quantity);
      const isNew = !this.has.has(key);
      this.has.set(key, quantity);
      return { outcome: isNew ? 'delivered' : 'duplicate' };
    });
    return this.state === 'dying' ? new Promise(() => undefined) : outcomes;
  }
}

const days = new Days('UTC');
const book = new RuleBook(
  readRules([
    { metric: 'cpu', meter: 'cpu' },
    { metric: 'mem', meter: 'mem' },
    { metric: 'disk', meter: 'disk' },
    { metric: 'free', meter: '-' },
  ]),
);

/** What stands between the meter and the end. */
type Stage =
  | 'split1'
  | 'split2'
  | 'join'
  | 'delay'
  | 'twice'
  /** Lets nothing of the meter `mem` through, and settles it. */
  | 'filter';
/** Where quantities end: one system; by meter one or the other; a copy to both; core nodes and `wap-ack`, which sees the
 *  quantities or only an answer. */
type End = 'one' | 'route' | 'copy' | 'ack' | 'answer';

interface Shape {
  /** Records are split before the meter. */
  early: boolean;
  metered: boolean;
  stages: Stage[];
  end: End;
}

/** A message before a stage; `to`: a copy on its way to that system. */
interface Pending {
  at: number;
  message: Message;
  to?: 'a' | 'b';
}

const clone = <T>(value: T): T => structuredClone(value);
let worlds = 0;

class World {
  readonly #kept: Store;
  readonly #shape: Shape;
  readonly clock = new InstantClock();
  readonly wap = new MemoryUsage();
  readonly a = new Ledger();
  readonly b = new Ledger();
  readonly #installation = `wap ${worlds++}`;
  #store: Store;
  #feed: RecordFeed;
  #desk: RecordMeter;
  #pending: Pending[] = [];
  #joining: Message[] = [];
  #last = 0;

  constructor(kept: Store, shape: Shape) {
    this.#kept = kept;
    this.#shape = shape;
    this.#store = kept;
    this.#feed = this.#open();
    this.#desk = this.#meter();
  }

  async ready(): Promise<void> {
    for (const target of ['a', 'b']) {
      const mapping = new Mapping(this.#kept, this.clock, { installation: this.#installation, target });
      await mapping.store.transaction(tx =>
        mapping.put(tx, { kind: 'subscription', wapId: 's1', billingId: 'b1' }, { by: 'a test' }),
      );
    }
  }

  #open(): RecordFeed {
    const options = { pageSize: 6, batchSize: 4, overlap: 0, maxOpenBatches: 2, redeliveryMs: 60_000 };
    const { wap, clock } = this;
    return new RecordFeed({
      ...{ store: this.#store, usage: wap, installation: this.#installation, reader: 'x', clock, options },
    });
  }

  #meter(): RecordMeter {
    return new RecordMeter({
      ...{ installation: this.#installation, book, party: { by: 'meter', copies: 1 } },
      ...{ store: this.#store, settled: new EventTarget(), clock: this.clock },
      messages: { quantities: () => undefined, failed: () => undefined, closed: () => undefined },
    });
  }

  get #copies(): number {
    return this.#shape.end === 'copy' ? 2 : 1;
  }

  show(metrics: string[]): void {
    this.#last += 1;
    const Resources = Object.fromEntries(metrics.map(metric => [metric, String(this.#last)]));
    this.wap.show({ EventId: this.#last, Resources });
  }

  /** The process is gone, and starts again on what it kept. */
  kill(): void {
    const kept = this.#kept;
    this.#store = {
      name: kept.name,
      transaction: (...given) => kept.transaction(...given),
      close: async () => undefined,
    };
    this.a.state = 'up';
    this.b.state = 'up';
    this.#pending = [];
    this.#joining = [];
    this.#feed = this.#open();
    this.#desk = this.#meter();
  }

  async emit(): Promise<boolean> {
    await this.#feed.poll();
    const batch = await this.#feed.next();
    if (!batch) return false;
    const message = clone(batchMessage(batch)) as Message;
    const records = message.payload as UsageRecord[];
    const early = this.#shape.early ? split(message, records, 1) : [message];
    this.#pending.push(...early.map(each => ({ at: -1, message: each })));
    return true;
  }

  get isIdle(): boolean {
    return this.#pending.length === 0;
  }

  /** One of the messages goes one step on. */
  async step(which: number): Promise<void> {
    if (this.isIdle) return;
    const [taken] = this.#pending.splice(which % this.#pending.length, 1);
    const { at, message, to } = taken ?? assert.fail();
    if (to) {
      await this.#send(message, to);
      return;
    }
    if (at < 0) return this.#measure(message);
    const stage = this.#shape.stages[at];
    if (!stage) return this.#end(message);
    for (const next of await this.#pass(stage, message)) this.#pending.push({ at: at + 1, message: next });
  }

  async #measure(message: Message): Promise<void> {
    const { token, feed } = message.delivery;
    const records = [message.payload].flat() as UsageRecord[];
    if (!this.#shape.metered) {
      this.#pending.push({ at: 0, message });
      return;
    }
    const { quantities } = await this.#desk.take(clone(records), { feed, token }, () => undefined);
    const delivery = { ...message.delivery, quantities: quantities?.length ?? 0 };
    this.#pending.push({ at: 0, message: { ...message, payload: quantities, delivery } });
  }

  async #pass(stage: Stage, message: Message): Promise<Message[]> {
    const list = [message.payload].flat();
    if (stage.startsWith('split') && !Array.isArray(message.payload)) return [message];
    switch (stage) {
      case 'split1':
        return split(message, list, 1);
      case 'split2':
        return split(message, list, 2);
      case 'twice':
        return [message, clone(message)];
      case 'delay':
        this.clock.advance(20_000);
        return [message];
      case 'join': {
        // As many as come, whatever they are of; the rest of the message is that of the last.
        this.#joining.push(message);
        if (this.#joining.length < 3 && this.#pending.length > 0) return [];
        const joined = this.#joining.splice(0);
        const { parts: _, ...last } = joined.at(-1) as Message;
        return [{ ...last, payload: joined.flatMap(each => each.payload) }];
      }
      case 'filter': {
        const isOut = (one: unknown) => JSON.stringify(one).includes('mem');
        await this.#acknowledge({ ...message, payload: clone(list.filter(isOut)) }, 'the filter');
        return [{ ...message, payload: list.filter(one => !isOut(one)) }];
      }
    }
  }

  async #end(message: Message): Promise<void> {
    switch (this.#shape.end) {
      case 'ack':
      case 'answer':
        return this.#bill(message);
      case 'one':
        await this.#send(message, 'a');
        return;
      case 'copy':
        for (const to of ['a', 'b'] as const) this.#pending.push({ at: 0, message: clone(message), to });
        return;
      case 'route': {
        const list = [message.payload].flat();
        const isForA = (one: unknown) => JSON.stringify(one).includes('cpu');
        await this.#send({ ...message, payload: list.filter(isForA) }, 'a');
        await this.#send({ ...message, payload: list.filter(one => !isForA(one)) }, 'b');
      }
    }
  }

  /** Core nodes that post everything, and an acknowledgement behind them. */
  async #bill(message: Message): Promise<void> {
    const list = [message.payload].flat();
    const items = this.#shape.metered
      ? (list as Quantity[])
      : (await unmetered(list as UsageRecord[], this.#origin)).quantities;
    for (const { key, quantity } of items) this.a.has.set(key, quantity);
    const after = this.#shape.end === 'answer' ? { ...message, payload: { answer: 'thanks' } } : message;
    await this.#acknowledge(after, 'the end');
  }

  get #origin() {
    return { installation: this.#installation, feed: 'usage' };
  }

  async #acknowledge(message: Message, by: string): Promise<void> {
    const { token } = message.delivery;
    const carried = carriedBy(message.payload, message, token);
    const party = { by, copies: 1 };
    await this.#store
      .transaction(tx =>
        acknowledge(
          tx,
          { store: this.#store, clock: this.clock },
          { token, outcome: { result: 'delivered' }, carried, party },
        ),
      )
      .catch(bearLate);
  }

  async #send(message: Message, target: 'a' | 'b'): Promise<void> {
    const sink = this[target];
    const scope = { installation: this.#installation, target };
    const { metered } = this.#shape;
    const { payload, delivery } = message;
    const given = metered
      ? meteredBefore(readQuantities(payload))
      : await unmetered([payload].flat() as UsageRecord[], this.#origin);
    const store = this.#store;
    const sending = deliver(given.quantities, {
      ...{ store, clock: this.clock, sink, scope, shared: new SharedSteps(store, this.clock, scope, days) },
      sender: new UsageSender({
        sink,
        clock: this.clock,
        signal: new AbortController().signal,
        parallel: 2,
        attempts: 1,
      }),
      carries: metered && isWhole(message, given.quantities) ? 'batch' : 'own',
      without: given.without,
      copies: this.#copies,
      token: delivery.token,
      attempt: 1,
      ...{ days, rebuild: null },
    }).catch(bearLate);
    if (sink.state === 'dying' && given.quantities.length > 0) {
      await new Promise(resolve => setTimeout(resolve, 5));
      this.kill();
      return;
    }
    await sending;
  }

  /** What must not be: a record that is settled, and billing lacks something of it. */
  async check(): Promise<void> {
    const { delivered } = (await this.#feed.status()).feeds[0] ?? { delivered: -1 };
    for (const record of this.wap.shown.values()) if (record.EventId <= delivered) this.#assertBilled(record);
  }

  /** Totals are what billing has, by meter; what other nodes post is added up by nobody. */
  async #assertAddedUp(target: 'a' | 'b'): Promise<void> {
    if (this.#shape.end === 'ack' || this.#shape.end === 'answer') return;
    const billed: Record<string, number> = {};
    for (const [key, quantity] of this[target].has) {
      const meter = key.split('/').at(-1) ?? '';
      billed[meter] = (billed[meter] ?? 0) + Number(quantity);
    }
    const filter = { installation: this.#installation, target, from: '0000-01-01', to: '9999-12-31' };
    const rows = await usageTotals(this.#kept, this.clock, filter, 'all');
    assert.deepEqual(Object.fromEntries(rows.map(({ meter, quantity }) => [meter, Number(quantity)])), billed);
  }

  #assertBilled({ EventId, Resources }: UsageRecord): void {
    const { stages, end } = this.#shape;
    for (const metric of Object.keys(Resources)) {
      if (metric === 'free' || (metric === 'mem' && stages.includes('filter'))) continue;
      const key = `${this.#installation}/usage/${EventId}/${metric}`;
      const systems = end === 'copy' ? [this.a, this.b] : end === 'route' && metric !== 'cpu' ? [this.b] : [this.a];
      for (const system of systems)
        assert.equal(system.has.get(key), String(EventId), `${key} is settled and not billed`);
    }
  }

  async drain(): Promise<void> {
    this.a.state = 'up';
    this.b.state = 'up';
    for (let round = 0; round < 400; round++) {
      const came = await this.emit();
      while (!this.isIdle) await this.step(0);
      this.#joining = [];
      const { waiting, unacknowledged } = await this.#feed.status();
      if (!came && waiting === 0 && unacknowledged === 0) break;
      if (!came) this.clock.advance(61_000);
    }
    for (const record of this.wap.shown.values()) this.#assertBilled(record);
    const { waiting, unacknowledged, feeds } = await this.#feed.status();
    assert.deepEqual([waiting, unacknowledged, feeds[0]?.delivered], [0, 0, this.#last || -1]);
    for (const target of ['a', 'b'] as const) await this.#assertAddedUp(target);
  }
}

function split(message: Message, list: unknown[], size: number): Message[] {
  const count = Math.ceil(list.length / size);
  const id = `split ${Math.random()}`;
  return Array.from({ length: count }, (_, index) => {
    const some = list.slice(index * size, (index + 1) * size);
    const outer = message.parts ? { parts: message.parts } : {};
    return clone({
      ...message,
      payload: size === 1 ? some[0] : some,
      parts: { id, type: 'array', index, count, len: size, ...outer },
    });
  });
}

/** A batch that was emitted again meanwhile has another acknowledgement. */
function bearLate(error: unknown): void {
  if (!(error instanceof AdapterError && error.code === 'STATE_DELIVERY')) throw error;
}

type Action =
  | ['show', string[]]
  | ['emit']
  | ['step', number]
  | ['kill']
  | ['state', 'a' | 'b', Ledger['state']]
  | ['later', number];

const metrics = fc.subarray(['cpu', 'mem', 'disk', 'free']);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant('show' as const), metrics) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('emit' as const)) },
  { weight: 12, arbitrary: fc.tuple(fc.constant('step' as const), fc.nat(20)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('kill' as const)) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('state' as const),
      fc.constantFrom('a' as const, 'b' as const),
      fc.constantFrom<Ledger['state'][]>('up', 'away', 'dying'),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant('later' as const), fc.constantFrom(1000, 61_000)) },
);

const shape: fc.Arbitrary<Shape> = fc.record({
  early: fc.boolean(),
  metered: fc.boolean(),
  stages: fc.array(fc.constantFrom<Stage[]>('split1', 'split2', 'join', 'delay', 'twice', 'filter'), { maxLength: 4 }),
  end: fc.constantFrom<End[]>('one', 'route', 'copy', 'ack', 'answer'),
});

/** Records cannot be filtered or routed by their meters, and an answer that replaced all hides what a filter or a join did. */
function isUsual({ metered, stages, end }: Shape): boolean {
  if (!metered && (end === 'route' || stages.includes('filter'))) return false;
  return end !== 'answer' || !stages.some(stage => ['filter', 'join', 'twice'].includes(stage));
}

async function play(store: Store, shape: Shape, actions: readonly Action[]): Promise<void> {
  const world = new World(store, shape);
  await world.ready();
  for (const [what, first, second] of actions) {
    if (what === 'show') world.show(first);
    else if (what === 'emit') await world.emit();
    else if (what === 'step') await world.step(first);
    else if (what === 'kill') world.kill();
    else if (what === 'state') world[first].state = second;
    else world.clock.advance(first);
    await world.check();
  }
  await world.drain();
}

describe('a batch that a flow takes apart', () => {
  afterEach(cleanScratch);

  it('is billed whole, once, and settled when it is, whatever the flow and whenever it dies', async function () {
    this.timeout(240_000);
    const store = await scratchStore(new StillClock());
    const property = fc.asyncProperty(shape.filter(isUsual), fc.array(action, { maxLength: 50 }), (of, actions) =>
      play(store, of, actions),
    );
    await holds(
      'a batch that a flow takes apart: is billed whole, once, and settled when it is, whatever the flow and whenever it dies',
      property,
      { numRuns: Number(process.env.MODEL_RUNS ?? 500) },
    );
  });
});
