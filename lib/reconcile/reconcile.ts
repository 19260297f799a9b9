import { foldName } from '../ids';
import { clearSideRows, countSideRows, type Triple, triples } from '../state/reconcile-rows';
import { OneAtATime } from '../wap/one-at-a-time';
import { type Difference, differenceOf, type Judge, type Remedy, remedies, type What, whats } from './differences';
import { kindPairs } from './kinds';
import { readBilling, readWap, type SideReader } from './read-sides';

export interface ReconcileOptions extends SideReader {
  now: number;
  /** Things in WAP that are younger are not reported: their event is on its way. */
  graceMs: number;
  /** Differences that are sent; all are counted. */
  limit: number;
  difference(difference: Difference): Promise<void>;
}

export interface ReconcileReport {
  startedAt: string;
  installation: string;
  target: string;
  /** How many each side has, by kind. */
  counts: Record<string, { wap: number; mapped: number }>;
  inBilling: { offers: number; subscriptions: number };
  /** False: billing cannot list them, so what only billing has was not looked for. */
  listed: { offers: boolean; subscriptions: boolean };
  differences: { total: number; sent: number; byWhat: Record<What, number>; byRemedy: Partial<Record<Remedy, number>> };
  byKind: Record<string, Record<What, number>>;
  /** The first of them, for a mail. */
  examples: Difference[];
  /** Sentences: what to do about each remedy. */
  whatToDo: string[];
}

const turns = new OneAtATime();
const pageSize = 1000;
const mostExamples = 20;

/** Compares WAP, mapping and billing. Each side is laid into the store page by page, and compared there, so that memory does
 *  not grow with the number of subscriptions. Two at a time on the same connections wait for each other. Changes nothing. */
export async function reconcile(options: ReconcileOptions): Promise<ReconcileReport> {
  return withSides(options, listed => compare(options, listed));
}

/** Reads both sides, works with them, and empties the store of them. */
export async function withSides<T>(
  reader: SideReader,
  work: (listed: ReconcileReport['listed']) => Promise<T>,
): Promise<T> {
  const { mapping } = reader;
  const { installation, target } = mapping.scope;
  return turns.run(JSON.stringify([mapping.store.name, installation, target]), reader.signal, async () => {
    await clear(reader); // what a crash left
    try {
      await readWap(reader);
      return await work(await readBilling(reader, kind => keysIn(reader, kind)));
    } finally {
      await clear(reader);
    }
  });
}

async function clear({ mapping }: SideReader): Promise<void> {
  const some = () => mapping.store.transaction(tx => clearSideRows(tx, mapping.scope), { relaxed: true });
  while (await some());
}

/** Of what WAP has, and of what is only mapped: that may still be charged. */
async function* keysIn(reader: SideReader, billingKind: string): AsyncGenerator<string[], void, undefined> {
  for (const pair of kindPairs.filter(each => each.billingKind === billingKind)) {
    for (const source of ['wap', 'mapping'] as const) {
      for await (const page of pagesOf(reader, source, pair)) yield page.map(({ id, mappedId }) => mappedId ?? id);
    }
  }
}

export async function* pagesOf(
  { mapping, signal }: Pick<SideReader, 'mapping' | 'signal'>,
  source: Parameters<typeof triples>[2],
  pair: (typeof kindPairs)[number],
): AsyncGenerator<Triple[], void, undefined> {
  for (let after = ''; ; ) {
    signal.throwIfAborted();
    const from = after;
    const page = await mapping.store.transaction(tx => triples(tx, mapping.scope, source, pair, from, pageSize));
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)?.place ?? '';
  }
}

async function compare(options: ReconcileOptions, listed: ReconcileReport['listed']): Promise<ReconcileReport> {
  const { mapping, now, graceMs, limit } = options;
  const report = emptyReport(options, listed);
  const offers = await offerIds(options);
  for (const pair of kindPairs) {
    const judge: Judge = { newerThan: now - graceMs, offerId: id => offers.get(foldName(id)) ?? null };
    const byWhat = noneOf();
    report.byKind[pair.kind] = byWhat;
    const mapped = (await mapping.list({ kind: pair.kind, limit: 1 })).total;
    const wap = await mapping.store.transaction(tx => countSideRows(tx, mapping.scope, 'wap', pair.kind));
    report.counts[pair.kind] = { wap, mapped };
    // What only billing has is of two kinds at once: it is told with the first of them.
    const sources = (['wap', 'mapping', 'billing'] as const).filter(
      source => source !== 'billing' || pair.kind === 'plan' || pair.kind === 'subscription',
    );
    for (const source of sources) {
      for await (const page of pagesOf(options, source, pair)) {
        for (const row of page) {
          const difference = differenceOf(source, pair, row, judge);
          if (!difference) continue;
          const { differences, examples } = report;
          byWhat[difference.what] += 1;
          differences.byWhat[difference.what] += 1;
          differences.byRemedy[difference.remedy] = (differences.byRemedy[difference.remedy] ?? 0) + 1;
          differences.total += 1;
          if (examples.length < mostExamples) examples.push(difference);
          if (differences.sent < limit) {
            differences.sent += 1;
            await options.difference(difference);
          }
        }
      }
    }
  }
  const count = (kind: string) => mapping.store.transaction(tx => countSideRows(tx, mapping.scope, 'billing', kind));
  report.inBilling = { offers: await count('offer'), subscriptions: await count('subscription') };
  report.whatToDo = remedies.filter(remedy => report.differences.byRemedy[remedy]).map(remedy => advice[remedy]);
  return report;
}

/** Plans and add-ons are few. */
async function offerIds({ mapping }: SideReader): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const kind of ['plan', 'addon']) {
    for await (const { wapId, billingId } of mapping.stream({ kind })) found.set(foldName(wapId), billingId);
  }
  return found;
}

const noneOf = (): Record<What, number> => Object.fromEntries(whats.map(what => [what, 0])) as Record<What, number>;

function emptyReport({ mapping, now }: ReconcileOptions, listed: ReconcileReport['listed']): ReconcileReport {
  return {
    ...{ startedAt: new Date(now).toISOString(), ...mapping.scope, counts: {}, listed, byKind: {}, examples: [] },
    inBilling: { offers: 0, subscriptions: 0 },
    differences: { total: 0, sent: 0, byWhat: noneOf(), byRemedy: {} },
    whatToDo: [],
  };
}

const advice: Record<Remedy, string> = {
  create:
    'create: WAP has it and billing does not. Plans: billing-plan-create. Subscriptions: billing-subscription, create.',
  map: 'map: both have it under the same key, only the mapping lacks the pair. Run the bootstrap, or mapping-store put.',
  publish: 'publish: the plan is public in WAP, its offer is a draft in billing. Publish the offer.',
  retire: 'retire: the plan is gone from WAP or decommissioned. billing-plan-retire.',
  suspend: 'suspend: suspended in WAP, charged in billing. billing-subscription, suspend.',
  resume: 'resume: active in WAP, suspended in billing. billing-subscription, resume.',
  cancel: 'cancel: gone from WAP, still charged in billing. billing-subscription, cancel.',
  changePlan: 'changePlan: billing charges another plan. billing-subscription, change the plan.',
  remap: 'remap: the mapping names an id that billing does not show. Correct the pair in the mapping.',
  look: 'look: only a person can say which side is right, or which of two spellings of an id in the mapping.',
};
