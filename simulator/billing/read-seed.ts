import { isObject, type JsonObject } from '../json-body';
import { patternFrom } from '../pattern';
import { invalid } from './errors';
import { offerContent } from './offers';
import type { BillingSeed, OfferDelayRule, SeedOffer } from './options';
import { contentOf } from './subscriptions';
import type { SeedBilledSubscription } from './usage-options';

/** A seed that came as JSON; a rule's pattern is `{ source, flags }`. @throws 400 */
export function readSeed(body: JsonObject): BillingSeed {
  return {
    offers: list(body, 'offers').map(readOffer),
    rules: list(body, 'rules').map(readRule),
    subscriptions: list(body, 'subscriptions').map(readSubscription),
  };
}

function readOffer(item: JsonObject): SeedOffer {
  const state = item.state ?? 'draft';
  if (state !== 'draft' && state !== 'active' && state !== 'retired') throw invalid('state is not a known one.');
  return { ...offerContent({ kind: 'plan', ...item }), state };
}

function readSubscription(item: JsonObject): SeedBilledSubscription {
  const state = item.state ?? 'active';
  if (state !== 'active' && state !== 'suspended' && state !== 'cancelled') throw invalid('state is not a known one.');
  return { ...contentOf(item), state };
}

function readRule(item: JsonObject): OfferDelayRule {
  const pattern = patternFrom(item.pattern);
  if (!pattern) throw invalid('pattern must be { source, flags }.');
  const { delayMs } = item;
  if (delayMs !== 'never' && typeof delayMs !== 'number') throw invalid('delayMs must be a number or never.');
  return { pattern, delayMs };
}

function list(body: JsonObject, name: string): JsonObject[] {
  const value: unknown = body[name] ?? [];
  if (!Array.isArray(value) || !value.every(isObject)) throw invalid(`${name} must be a list of objects.`);
  return value;
}
