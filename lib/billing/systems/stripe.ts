import type { RestChange, RestStep } from '../rest/templates';
import { type System, terms } from './system';

/** Stripe Billing. A plan is a product with an id of ours, a price for its period and a price for each meter. The product is inactive
 *  and without our mark (`metadata.wap`) until all of it is there, so that a plan that was made half-way counts as absent and is
 *  completed. Every subscription has a customer of its own, because usage is addressed to customers: two subscriptions of one
 *  customer could not be told apart. Docs: products, prices, billing/meter, subscriptions of API 2026-10-28. */

const productId = (key: string): string => `$shortKey("wap_" & ${key}, 64)`;

const ofProduct: RestStep = {
  name: 'product',
  look: {
    method: 'GET',
    path: `/products/{${productId('offerKey')}}`,
    answer: '{ "prices": [$each(metadata, function($value, $name) { $contains($name, "wap_price_") ? $value })] }',
    absent: '$status = 404',
  },
};

const allMeters = {
  method: 'GET',
  path: '/billing/meters',
  query: { status: 'active', limit: '100', starting_after: '{page = 1 ? "" : page}' },
  next: 'has_more ? data[-1].id',
} as const;

/** A price is found by its terms, so that a plan that failed half-way and is tried again with others gets new ones. */
const lookupKey =
  '$shortKey($join([key, each.meter, each.amount, options.currency, options.interval, product], ":"), 200)';
const priceOf = (name: string, each: string, recurring: string): RestStep => ({
  name,
  each,
  look: {
    method: 'GET',
    path: '/prices',
    query: { 'lookup_keys[]': `{${lookupKey}}`, active: 'true' },
    answer: 'data[0].id',
  },
  make: {
    method: 'POST',
    path: '/prices',
    encode: 'form',
    body:
      `{ "product": product, "currency": $lowercase(options.currency), "lookup_key": ${lookupKey}, ` +
      `"unit_amount_decimal": $minorUnits(each.amount, options.currency), "recurring": ${recurring} }`,
    answer: 'id',
  },
});

const change = (body: string, ...before: RestStep[]): RestChange => ({
  method: 'POST',
  path: '/subscriptions/{subscriptionId}',
  encode: 'form',
  body,
  before,
});

const publishing = (state: 'active' | 'retired'): RestChange => ({
  method: 'POST',
  path: '/products/{remoteId}',
  encode: 'form',
  body: `{ "active": ${state === 'active'}, "metadata": { "wap_state": "${state}" } }`,
});

const subscription =
  '{ "key": metadata.wap, "remoteId": customer, "subscriptionId": id, "itemIds": [items.data.id], "offerKey": metadata.offer, ' +
  '"state": pause_collection ? "paused" : status }';

export const stripe: System = {
  form: {
    address: 'https://api.stripe.com/v1',
    signIn: 'bearer',
    options: terms,
  },
  idempotencyHeader: 'Idempotency-Key',
  templates: {
    create: {
      before: [
        {
          name: 'product',
          look: { method: 'GET', path: `/products/{${productId('key')}}`, answer: 'id', absent: '$status = 404' },
          make: {
            method: 'POST',
            path: '/products',
            encode: 'form',
            body: `{ "id": ${productId('key')}, "name": name, "active": false }`,
            exists: '$status = 400 and error.code = "resource_already_exists"',
            answer: 'id',
          },
        },
        {
          name: 'meters',
          each: 'rates',
          look: { ...allMeters, answer: 'data[event_name = $request.each.meter][0].id' },
          make: {
            method: 'POST',
            path: '/billing/meters',
            encode: 'form',
            body: '{ "display_name": each.meter, "event_name": each.meter, "default_aggregation": { "formula": "sum" } }',
            answer: 'id',
          },
        },
        priceOf(
          'prices',
          '$map(rates, function($rate, $i) { { "meter": $rate.meter, "amount": $rate.unitPrice, "meterId": meters[$i] } })',
          '{ "interval": options.interval, "usage_type": "metered", "meter": each.meterId }',
        ),
        priceOf(
          'flat',
          'price and $number(price) > 0 ? [{ "meter": "", "amount": price }] : []',
          '{ "interval": options.interval, "usage_type": "licensed" }',
        ),
      ],
      method: 'POST',
      path: '/products/{product}',
      encode: 'form',
      body:
        '{ "name": name, "description": description, "metadata": $merge([{ "wap": key, "wap_kind": kind, "wap_state": "draft", ' +
        '"wap_price": (price ? price : "0") & " " & options.currency & "/" & options.interval, ' +
        '"wap_rates": rates ? $shortKey($join(rates.(meter & "=" & unitPrice), ", "), 400) : "none" }, ' +
        '$map($append($append([], flat), prices), function($id, $i) { { "wap_price_" & $i: $id } })]) }',
    },
    read: {
      method: 'GET',
      path: `/products/{${productId('key')}}`,
      absent: '$status = 404 or $status < 300 and $not($exists(metadata.wap))',
    },
    list: {
      method: 'GET',
      path: '/products',
      query: { limit: '100', starting_after: '{page = 1 ? "" : page}' },
      items: 'data',
      next: 'has_more ? data[-1].id',
    },
    publish: publishing('active'),
    retire: publishing('retired'),
    check: { method: 'GET', path: '/products', query: { limit: '1' } },
    answer:
      '{ "key": metadata.wap, "remoteId": id, "name": name, ' +
      '"state": active ? "active" : metadata.wap_state = "draft" ? "draft" : "retired" }',
    same:
      '[found.name = sent.name ? [] : "name", found.metadata.wap_price = sent.metadata.wap_price ? [] : "price", ' +
      'found.metadata.wap_rates = sent.metadata.wap_rates ? [] : "rates"]',
    usage: {
      method: 'POST',
      path: '/billing/meter_events',
      encode: 'form',
      body:
        '{ "event_name": item.meter, "identifier": item.key, "timestamp": $floor($toMillis(item.endTime) / 1000), ' +
        '"payload": { "stripe_customer_id": item.subscription, "value": item.quantity } }',
      meter: { ...allMeters, answer: 'data[event_name = $request.meter][0].id' },
      batch: 1,
      callsPerSecond: 100,
      maxAgeDays: 35,
      dedupeHours: 24,
      maxKeyLength: 100,
    },
    subscriptionCreate: {
      before: [
        ofProduct,
        {
          name: 'customer',
          look: {
            method: 'GET',
            path: '/customers/search',
            query: { query: "metadata['wap']:'{key}'" },
            answer: 'data[0].id',
          },
          make: {
            method: 'POST',
            path: '/customers',
            encode: 'form',
            body:
              '{ "email": account and $contains(account, "@") ? account, "name": name, "description": account, ' +
              '"metadata": { "wap": key } }',
            answer: 'id',
          },
        },
      ],
      method: 'POST',
      path: '/subscriptions',
      encode: 'form',
      body:
        '{ "customer": customer, "items": [product.prices.{ "price": $ }], ' +
        '"metadata": { "wap": key, "offer": offerKey } }',
    },
    subscriptionRead: {
      method: 'GET',
      path: '/subscriptions/search',
      query: { query: "metadata['wap']:'{key}'", limit: '100' },
      answer: `($all := data; $live := $all[status != "canceled"]; ($live ? $live : $all)[0].${subscription})`,
    },
    subscriptionPlan: change(
      '{ "items": $append([itemIds.{ "id": $, "deleted": true }], [product.prices.{ "price": $ }]), ' +
        '"metadata": { "offer": offerKey } }',
      ofProduct,
    ),
    subscriptionSuspend: change('{ "pause_collection": { "behavior": "void" } }'),
    subscriptionResume: change('{ "pause_collection": "" }'),
    subscriptionCancel: { method: 'DELETE', path: '/subscriptions/{subscriptionId}' },
    subscriptionList: {
      method: 'GET',
      path: '/subscriptions',
      query: { limit: '100', status: 'all', starting_after: '{page = 1 ? "" : page}' },
      items: 'data',
      next: 'has_more ? data[-1].id',
    },
    subscriptionAnswer: subscription,
    subscriptionStates: {
      trialing: 'active',
      past_due: 'active',
      unpaid: 'active',
      incomplete: 'active',
      paused: 'suspended',
      canceled: 'cancelled',
      incomplete_expired: 'cancelled',
    },
  },
};
