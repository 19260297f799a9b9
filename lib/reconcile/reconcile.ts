import { foldName } from '../ids';
import { entriesOf } from '../mapping/mapping';
import { countSideRows } from '../state/tables/reconcile';
import { type Difference, differenceOf, type Judge } from './differences';
import { askForGone, sourcesOf } from './gone';
import { type Listed, withSides } from './read-sides';
import { adviceOn, countIn, emptyReport, noDifferences, type ReconcileReport } from './report';
import { kindPairs, pagesOf, type SideReader } from './sides';

/** The sides, and what is told of their differences. */
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

/** Compares WAP, mapping and billing. Each side is laid into the store page by page and compared there, so that memory does
 *  not grow with the number of subscriptions. Two at a time on the same connections wait for each other. Changes nothing.
 *  @throws WAP_…, BILLING_… when a side cannot be read */
export async function reconcile(options: ReconcileOptions): Promise<ReconcileReport> {
  return withSides(options, listed => compare(options, listed));
}

/** Compares what was laid into the store. What is gone is counted first, because it decides whether anything is sent. */
async function compare(options: ReconcileOptions, listed: Listed): Promise<ReconcileReport> {
  const { mapping, now, graceMs } = options;
  const count = (side: 'wap' | 'billing', kind: string) =>
    mapping.store.transaction(tx => countSideRows(tx, mapping.scope, side, kind));
  const gone = await askForGone(options, kind => count('wap', kind));
  const report = emptyReport(options, options, listed, gone);
  const offers = await offerIds(options);
  const { kept } = options.billing.subscriptions;
  for (const pair of kindPairs) {
    const { kind } = pair;
    const isOffer = pair.billingKind === 'offer';
    if (!isOffer && !kept) continue;
    const unable = new Set(isOffer ? [] : report.notSupported);
    const judge: Judge = { newerThan: now - graceMs, unable, offerId: id => offers.get(foldName(id)) ?? null };
    report.byKind[kind] = noDifferences();
    const { total: mapped } = await mapping.store.transaction(tx => mapping.list(tx, { kind, limit: 1 }));
    report.counts[kind] = { wap: await count('wap', kind), mapped };
    for await (const difference of differencesOf(options, pair, judge)) await tell(options, report, difference);
  }
  report.inBilling = {
    offers: await count('billing', 'offer'),
    subscriptions: await count('billing', 'subscription'),
  };
  report.whatToDo = adviceOn(report);
  return report;
}

/** The differences of a pair of kinds, one by one, so that memory does not grow with their number. */
async function* differencesOf(
  reader: SideReader,
  pair: (typeof kindPairs)[number],
  judge: Judge,
): AsyncGenerator<Difference, void, undefined> {
  for (const source of sourcesOf(pair)) {
    for await (const page of pagesOf(reader, source, pair)) {
      for (const row of page) {
        const difference = differenceOf(source, pair, row, judge);
        if (difference) yield difference;
      }
    }
  }
}

/** Counts every difference, and sends it unless too many things are gone or the limit of differences is reached. */
async function tell(
  { limit, difference: send }: ReconcileOptions,
  report: ReconcileReport,
  difference: Difference,
): Promise<void> {
  countIn(report, difference);
  if (report.stopped || report.differences.sent >= limit) return;
  report.differences.sent += 1;
  await send(difference);
}

/** Billing's ids of all offers by WAP's ids: plans and add-ons are few. */
async function offerIds({ mapping }: SideReader): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const kind of ['plan', 'addon']) {
    for await (const { wapId, billingId } of entriesOf(mapping, { kind })) found.set(foldName(wapId), billingId);
  }
  return found;
}
