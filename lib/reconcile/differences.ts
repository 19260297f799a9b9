import { isSameId, isSameName } from '../ids';
import type { KindPair, Source, Triple } from '../state/tables/reconcile';

/** `unmapped`: in billing, only the pair is not known. `missing`: not in billing. `orphaned`: not (any more) in WAP. */
export const whats = ['missing', 'unmapped', 'orphaned', 'differing'] as const;
export type What = (typeof whats)[number];

/** What mends a difference, as a word for a switch node. */
export const remedies = [
  'create',
  'map',
  'publish',
  'retire',
  'suspend',
  'resume',
  'cancel',
  'changePlan',
  'remap',
  'look',
] as const;
export type Remedy = (typeof remedies)[number];

/** One side of a difference: its state in the side's own words, and the offer that a subscription is to. */
export interface Side {
  state: string;
  offer: string | null;
}

/** One thing that is not the same everywhere; `payload` of a message of its own. */
export interface Difference {
  kind: string;
  what: What;
  remedy: Remedy;
  /** Null when only billing has it; `key` then says which it is. */
  wapId: string | null;
  /** As mapped; with `remap`, as billing shows it. */
  billingId: string | null;
  key: string | null;
  name: string | null;
  wap: Side | null;
  billing: Side | null;
}

/** What a judgement needs besides what the sides show. */
export interface Judge {
  /** ms UTC: the event of what is younger is on its way. */
  newerThan: number;
  /** Billing's id of the offer that a WAP plan or add-on is mapped to. */
  offerId(wapOffer: string): string | null;
  /** Remedies that billing does not support for this kind, which are left to a person. */
  unable: ReadonlySet<string>;
}

/** What is wrong about one thing; null when all is well. Pure. */
export function differenceOf(
  source: Source,
  { kind, billingKind }: KindPair,
  row: Triple,
  judge: Judge,
): Difference | null {
  const isOffer = billingKind === 'offer';
  const billing = row.billingState === null || row.billingState === 'absent' ? null : row.billingState;
  const found = (what: What, remedy: Remedy): Difference => ({
    ...{ kind, what, remedy: judge.unable.has(remedy) ? 'look' : remedy, name: row.name },
    wapId: source === 'billing' ? null : row.id,
    billingId: row.billingId ?? row.remoteId,
    key: source === 'billing' ? row.id : null,
    wap: row.wapState === null ? null : { state: row.wapState, offer: row.wapOffer },
    billing: billing === null ? null : { state: billing, offer: row.billingOffer },
  });
  const ended = billing === 'retired' || billing === 'cancelled';
  if (source === 'billing') return ended || billing === null ? null : found('orphaned', 'look');
  if (source === 'mapping') return billing === null || ended ? null : found('orphaned', isOffer ? 'retire' : 'cancel');
  if (row.createdAt !== null && row.createdAt > judge.newerThan) return null;
  if (billing === null) return missingDifference(row, found);
  if (row.billingId === null) return found('unmapped', 'map');
  const difference = isOffer
    ? offerDifference(row, billing, found)
    : subscriptionDifference(row, billing, judge, found);
  return difference ?? (row.mappings > 1 ? found('differing', 'look') : null);
}

/** Billing does not show it under the id that it is mapped to, if it is mapped. */
function missingDifference({ billingId, keyId, keyState }: Triple, found: Found): Difference {
  if (billingId === null || keyState === null || keyState === 'absent') return found('missing', 'create');
  const isEnded = keyState === 'cancelled' || keyState === 'retired';
  return isEnded ? found('missing', 'look') : { ...found('missing', 'remap'), billingId: keyId };
}

/** Makes the difference, once it is known what is wrong. */
type Found = (what: What, remedy: Remedy) => Difference;

/** An active offer for a private plan is no difference: the plan may be priced before it is public. */
function offerDifference({ wapState }: Triple, billing: string, found: Found): Difference | null {
  if (wapState === 'public' && billing === 'draft') return found('differing', 'publish');
  if (wapState === 'public' && billing === 'retired') return found('differing', 'look');
  if (wapState === 'decommissioned' && billing !== 'retired') return found('differing', 'retire');
  return null;
}

/** Its offer first: a subscription on another plan is charged wrongly whatever its state is. */
function subscriptionDifference(row: Triple, billing: string, judge: Judge, found: Found): Difference | null {
  if (billing === 'cancelled') return found('differing', 'look');
  const { wapOffer, billingOffer } = row;
  const offerId = judge.offerId(wapOffer ?? '');
  const isSame =
    billingOffer === null ||
    isSameName(billingOffer, wapOffer ?? '') ||
    (offerId !== null && isSameId(billingOffer, offerId));
  if (!isSame) return found('differing', 'changePlan');
  if (row.wapState === 'suspended' && billing === 'active') return found('differing', 'suspend');
  if (row.wapState === 'active' && billing === 'suspended') return found('differing', 'resume');
  return null;
}
