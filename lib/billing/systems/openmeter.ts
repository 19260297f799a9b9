import type { RestChange, RestStep } from '../rest/templates';
import { type System, terms } from './system';

/** OpenMeter. A plan has a rate card for its period and one for each meter; a meter has a feature of its own. Every WAP subscription is
 *  a customer with itself as the subject of usage: who pays is in its metadata. Docs: api/v1 plans, customers, subscriptions, events. */

const planKey = (key: string): string => `$slug(${key}, 64)`;
const cadence = 'options.interval = "year" ? "P1Y" : "P1M"';

const meters: RestStep = {
  name: 'meters',
  each: 'rates',
  look: { method: 'GET', path: '/meters/{$slug(each.meter, 64)}', answer: 'slug' },
  make: {
    method: 'POST',
    path: '/meters',
    body:
      '{ "slug": $slug(each.meter, 64), "name": each.meter, "eventType": "wap." & $slug(each.meter, 64), ' +
      '"aggregation": "SUM", "valueProperty": "$.value" }',
    answer: 'slug',
  },
};
const features: RestStep = {
  name: 'features',
  each: 'meters',
  look: { method: 'GET', path: '/features/{each}', answer: 'key' },
  make: {
    method: 'POST',
    path: '/features',
    body: '{ "key": each, "name": each, "meterSlug": each }',
    answer: 'key',
  },
};
const customer: RestStep = {
  name: 'customer',
  look: { method: 'GET', path: '/customers/{key}', answer: 'key' },
  make: {
    method: 'POST',
    path: '/customers',
    body:
      '{ "key": key, "name": name ? name : key, "usageAttribution": { "subjectKeys": [key] }, "currency": options.currency, ' +
      '"metadata": $merge([{ "wap": key }, account ? { "account": account } : {}]) }',
    answer: 'key',
  },
};

const change = (verb: string, body: string): RestChange => ({
  method: 'POST',
  path: `/subscriptions/{remoteId}/${verb}`,
  body,
});

const subscription = '{ "remoteId": id, "state": status, "offerKey": metadata.offer, "name": name }';

export const openmeter: System = {
  form: {
    address: 'https://openmeter.cloud/api/v1',
    signIn: 'bearer',
    options: { ...terms, source: { preset: 'wap', shape: { pattern: '[\\w./:-]{1,100}', sample: 'wap' } } },
  },
  templates: {
    create: {
      before: [meters, features],
      method: 'POST',
      path: '/plans',
      // With a key that it knows it makes another version, so a plan is looked for first; a draft is refused with 400.
      exists: [400, 409],
      body:
        `{ "key": ${planKey('key')}, "name": name, "currency": options.currency, "billingCadence": ${cadence}, ` +
        '"metadata": { "wap": key }, ' +
        '"phases": [{ "key": "default", "name": "Default", "duration": null, "rateCards": $append($append([], ' +
        'price and $number(price) > 0 ? [{ "type": "flat_fee", "key": "flat", "name": name, ' +
        `"billingCadence": ${cadence}, "price": { "type": "flat", "amount": price, "paymentTerm": "in_advance" } }] : []), ` +
        '$map(rates, function($rate) { { "type": "usage_based", "key": $slug($rate.meter, 64), "name": $rate.meter, ' +
        `"featureKey": $slug($rate.meter, 64), "billingCadence": ${cadence}, ` +
        '"price": { "type": "unit", "amount": $rate.unitPrice } } })) }] }',
    },
    read: { method: 'GET', path: `/plans/{${planKey('key')}}`, query: { includeLatest: 'true' } },
    list: {
      method: 'GET',
      path: '/plans',
      query: { page: '{page}', pageSize: '{pageSize}' },
      items: 'items',
      pageSize: 100,
      answer: '{ "key": metadata.wap, "remoteId": id, "state": status, "version": version, "name": name }',
    },
    publish: { method: 'POST', path: '/plans/{remoteId}/publish' },
    retire: { method: 'POST', path: '/plans/{remoteId}/archive' },
    check: { method: 'GET', path: '/plans', query: { pageSize: '1' } },
    answer: '{ "remoteId": id, "state": status, "version": version }',
    states: { archived: 'retired', scheduled: 'draft' },
    same:
      '($cards := function($plan, $isFlat) { $join($sort([$plan.phases[0].rateCards[(key = "flat") = $isFlat]' +
      '.(key & "=" & $number(price.amount))]), ",") }; ' +
      '[found.name = sent.name ? [] : "name", found.currency = sent.currency ? [] : "currency", ' +
      'found.billingCadence = sent.billingCadence ? [] : "interval", ' +
      '$cards(found, true) = $cards(sent, true) ? [] : "price", $cards(found, false) = $cards(sent, false) ? [] : "rates"])',
    usage: {
      method: 'POST',
      path: '/events',
      headers: { 'Content-Type': 'application/cloudevents-batch+json' },
      body:
        '[items.{ "specversion": "1.0", "id": key, "source": $$.options.source, "type": "wap." & $slug(meter, 64), ' +
        '"subject": wapSubscriptionId, "time": endTime, "data": $merge([{ "value": quantity }, unit ? { "unit": unit } : {}]) }]',
      meter: { method: 'GET', path: '/meters/{$slug(meter, 64)}', answer: 'slug' },
      batch: 100,
      dedupeHours: 768,
    },
    subscriptionCreate: {
      before: [customer],
      method: 'POST',
      path: '/subscriptions',
      body:
        `{ "customerKey": customer, "name": name ? name : key, "plan": { "key": ${planKey('offerKey')} }, ` +
        '"timing": "immediate", "metadata": { "wap": key, "offer": offerKey } }',
    },
    subscriptionRead: {
      method: 'GET',
      path: '/customers/{key}/subscriptions',
      answer: `($live := items[status != "canceled" and status != "inactive"]; ($live ? $live : items)[-1].${subscription})`,
    },
    // The one that follows has an id of its own; the mapping follows it.
    subscriptionPlan: {
      ...change(
        'change',
        `{ "timing": "immediate", "plan": { "key": ${planKey('offerKey')} }, "name": name ? name : key, ` +
          '"metadata": { "wap": key, "offer": offerKey } }',
      ),
      answer: `next.${subscription}`,
    },
    subscriptionCancel: change('cancel', '{ "timing": "immediate" }'),
    subscriptionAnswer: subscription,
    subscriptionStates: { canceled: 'cancelled', inactive: 'cancelled', scheduled: 'active' },
  },
};
