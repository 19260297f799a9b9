import { OneAtATime } from '../async/one-at-a-time';
import type { SubscriptionVerb } from '../billing/subscription-port';
import { foldName } from '../ids';
import { entriesOf } from '../mapping/mapping';
import { clearSideRows, countSideRows } from '../state/tables/reconcile';
import { type Difference, differenceOf, type Judge, type Remedy, remedies, type What, whats } from './differences';
import { askForGone, type Gone, isTooMuch, sourcesOf } from './gone';
import { kindPairs } from './kinds';
import { pagesOf } from './pages';
import { readBilling, readWap, type SideReader } from './read-sides';

export interface ReconcileOptions extends SideReader {
  now: number;
  /** Things in WAP that are younger are not reported: their event is on its way. */
  graceMs: number;
  /** When a greater share (percent) of the offers or of the subscriptions is gone from WAP, none is sent: WAP's answer is
   *  rather wrong. Three or fewer are never too many. */
  goneLimit: number;
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
  /** What WAP's lists did not show and WAP has all the same: it counts as there. */
  leftOut: number;
  /** So many are gone that no difference was sent; otherwise null. */
  stopped: { gone: number; of: number; limitPercent: number } | null;
  /** Kinds that billing does not keep, so that there is nothing to compare. */
  notCompared: string[];
  /** What billing has no template for; such a difference is left to a person. */
  notSupported: string[];
  differences: { total: number; sent: number; byWhat: Record<What, number>; byRemedy: Partial<Record<Remedy, number>> };
  byKind: Record<string, Record<What, number>>;
  /** The first of them, for a mail. */
  examples: Difference[];
  /** Sentences: what to do about each remedy. */
  whatToDo: string[];
}

const turns = new OneAtATime();
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

async function compare(options: ReconcileOptions, listed: ReconcileReport['listed']): Promise<ReconcileReport> {
  const { mapping, now, graceMs, limit } = options;
  const countWap = (kind: string) => mapping.store.transaction(tx => countSideRows(tx, mapping.scope, 'wap', kind));
  const gone = await askForGone(options, countWap);
  const report = emptyReport(options, listed, gone);
  const offers = await offerIds(options);
  const { kept } = options.billing.subscriptions;
  for (const pair of kindPairs) {
    const isOffer = pair.billingKind === 'offer';
    if (!isOffer && !kept) continue;
    const unable = new Set(isOffer ? [] : report.notSupported);
    const judge: Judge = { newerThan: now - graceMs, unable, offerId: id => offers.get(foldName(id)) ?? null };
    const byWhat = noneOf();
    report.byKind[pair.kind] = byWhat;
    const mapped = (await mapping.store.transaction(tx => mapping.list(tx, { kind: pair.kind, limit: 1 }))).total;
    const wap = await countWap(pair.kind);
    report.counts[pair.kind] = { wap, mapped };
    for (const source of sourcesOf(pair)) {
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
          if (!report.stopped && differences.sent < limit) {
            differences.sent += 1;
            await options.difference(difference);
          }
        }
      }
    }
  }
  const count = (kind: string) => mapping.store.transaction(tx => countSideRows(tx, mapping.scope, 'billing', kind));
  report.inBilling = { offers: await count('offer'), subscriptions: await count('subscription') };
  report.whatToDo = [
    ...warningsOf(report),
    ...remedies.filter(remedy => report.differences.byRemedy[remedy]).map(remedy => advice[remedy]),
  ];
  return report;
}

/** Plans and add-ons are few. */
async function offerIds({ mapping }: SideReader): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const kind of ['plan', 'addon']) {
    for await (const { wapId, billingId } of entriesOf(mapping, { kind })) found.set(foldName(wapId), billingId);
  }
  return found;
}

const noneOf = (): Record<What, number> => Object.fromEntries(whats.map(what => [what, 0])) as Record<What, number>;

function emptyReport(
  { mapping, billing, now, goneLimit: limitPercent }: ReconcileOptions,
  listed: ReconcileReport['listed'],
  gone: Gone,
): ReconcileReport {
  const { kept, can } = billing.subscriptions;
  return {
    leftOut: gone.leftOut,
    stopped: isTooMuch(gone, limitPercent) ? { gone: gone.count, of: gone.of, limitPercent } : null,
    ...{ startedAt: new Date(now).toISOString(), ...mapping.scope, counts: {}, listed, byKind: {}, examples: [] },
    inBilling: { offers: 0, subscriptions: 0 },
    notCompared: kept ? [] : kindPairs.filter(each => each.billingKind === 'subscription').map(({ kind }) => kind),
    notSupported: kept ? Object.keys(can).filter(verb => !can[verb as SubscriptionVerb]) : [],
    differences: { total: 0, sent: 0, byWhat: noneOf(), byRemedy: {} },
    whatToDo: [],
  };
}

function warningsOf({ stopped, leftOut }: ReconcileReport): string[] {
  const warnings: string[] = [];
  if (stopped) {
    const { gone, of, limitPercent } = stopped;
    warnings.push(
      `stopped: ${gone} of ${of} are gone from WAP, more than ${limitPercent} %, so nothing was sent to be mended. Is it the right WAP, and all of it? If so, raise the limit for one run.`,
    );
  }
  if (leftOut > 0) warnings.push(`WAP's lists left out ${leftOut} that WAP has when asked by id. They count as there.`);
  return warnings;
}

const advice: Record<Remedy, string> = {
  create:
    'create: WAP has it and billing does not, or has lost it. Plans: billing-plan-create, and mapping-store put with replace. Subscriptions: billing-subscription, create.',
  map: 'map: both have it under the same key, only the mapping lacks the pair. Run the bootstrap, or mapping-store put.',
  publish: 'publish: the plan is public in WAP, its offer is a draft in billing. Publish the offer.',
  retire: 'retire: the plan is gone from WAP or decommissioned. billing-plan-retire.',
  suspend: 'suspend: suspended in WAP, charged in billing. billing-subscription, suspend.',
  resume: 'resume: active in WAP, suspended in billing. billing-subscription, resume.',
  cancel: 'cancel: gone from WAP, still charged in billing. billing-subscription, cancel.',
  changePlan: 'changePlan: billing charges another plan. billing-subscription, change the plan.',
  remap: 'remap: billing has it under its key, with another id than the mapping. mapping-store put with replace.',
  look: 'look: only a person can say which side is right, or which of two spellings of an id in the mapping.',
};
