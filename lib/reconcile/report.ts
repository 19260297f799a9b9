import type { SubscriptionVerb } from '../billing/subscription-port';
import { type Difference, type Remedy, remedies, type What, whats } from './differences';
import { type Gone, isTooMuch } from './gone';
import type { Listed } from './read-sides';
import { kindPairs, type SideReader } from './sides';

/** What was found; `payload` of the node's message. */
export interface ReconcileReport {
  /** ISO 8601 UTC. */
  startedAt: string;
  installation: string;
  target: string;
  /** How many each side has, by kind. */
  counts: Record<string, { wap: number; mapped: number }>;
  inBilling: { offers: number; subscriptions: number };
  /** False: billing cannot list them, so what only billing has was not looked for. */
  listed: Listed;
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

/** Differences named in the report. */
const mostExamples = 20;

/** The report before anything is compared: what can be said of the sides as a whole. */
export function emptyReport(
  { mapping, billing }: Pick<SideReader, 'mapping' | 'billing'>,
  { now, goneLimit: limitPercent }: { now: number; goneLimit: number },
  listed: Listed,
  gone: Gone,
): ReconcileReport {
  const { kept, can } = billing.subscriptions;
  const verbs = Object.keys(can) as SubscriptionVerb[];
  return {
    startedAt: new Date(now).toISOString(),
    ...mapping.scope,
    counts: {},
    inBilling: { offers: 0, subscriptions: 0 },
    listed,
    leftOut: gone.leftOut,
    stopped: isTooMuch(gone, limitPercent) ? { gone: gone.count, of: gone.of, limitPercent } : null,
    notCompared: kept ? [] : kindPairs.filter(pair => pair.billingKind === 'subscription').map(({ kind }) => kind),
    notSupported: kept ? verbs.filter(verb => !can[verb]) : [],
    differences: { total: 0, sent: 0, byWhat: noDifferences(), byRemedy: {} },
    byKind: {},
    examples: [],
    whatToDo: [],
  };
}

/** Zero of each. */
export function noDifferences(): Record<What, number> {
  return Object.fromEntries(whats.map(what => [what, 0])) as Record<What, number>;
}

/** Counts one difference of a kind whose row in `byKind` is there. */
export function countIn(report: ReconcileReport, difference: Difference): void {
  const { differences, byKind, examples } = report;
  const { kind, what, remedy } = difference;
  const ofKind = byKind[kind];
  if (ofKind) ofKind[what] += 1;
  differences.byWhat[what] += 1;
  differences.byRemedy[remedy] = (differences.byRemedy[remedy] ?? 0) + 1;
  differences.total += 1;
  if (examples.length < mostExamples) examples.push(difference);
}

/** The sentences of `whatToDo`. */
export function adviceOn(report: ReconcileReport): string[] {
  const { byRemedy } = report.differences;
  return [...warningsOf(report), ...remedies.filter(remedy => byRemedy[remedy]).map(remedy => advice[remedy])];
}

/** What makes the numbers doubtful comes before what to do about them. */
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

/** One sentence a remedy, beginning with its word. */
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
