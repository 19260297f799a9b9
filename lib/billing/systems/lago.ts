import type { RestStep } from '../rest/templates';
import { type System, terms } from './system';

/** Lago. A plan has an amount for its period and a charge for each meter, which is a billable metric. There are no drafts: a plan is on
 *  sale as soon as it exists, and it is retired by deleting it. An add-on is a plan too, because its own add-ons are charged once.
 *  Docs: api/v1 plans, billable_metrics, customers, subscriptions, events. */

const customerId = 'account ? account : key';

const customer: RestStep = {
  name: 'customer',
  look: { method: 'GET', path: `/customers/{${customerId}}`, answer: 'customer.external_id' },
  make: {
    method: 'POST',
    path: '/customers',
    body:
      `{ "customer": $merge([{ "external_id": ${customerId}, "name": ${customerId}, "currency": options.currency }, ` +
      'account and $contains(account, "@") ? { "email": account } : {}]) }',
    answer: 'customer.external_id',
  },
};

const pages = { query: { page: '{page}', per_page: '100' }, next: 'meta.next_page' } as const;

export const lago: System = {
  form: { address: 'https://api.getlago.com/api/v1', signIn: 'bearer', options: terms },
  templates: {
    create: {
      before: [
        {
          name: 'metrics',
          each: 'rates',
          look: { method: 'GET', path: '/billable_metrics/{each.meter}', answer: 'billable_metric.lago_id' },
          make: {
            method: 'POST',
            path: '/billable_metrics',
            body:
              '{ "billable_metric": { "name": each.meter, "code": each.meter, "aggregation_type": "sum_agg", ' +
              '"field_name": "value", "recurring": false } }',
            exists: '$status = 422 and "value_already_exist" in error_details.code',
            answer: 'billable_metric.lago_id',
          },
        },
      ],
      method: 'POST',
      path: '/plans',
      body:
        '{ "plan": { "code": key, "name": name, "description": description, ' +
        '"interval": options.interval = "year" ? "yearly" : "monthly", ' +
        '"amount_cents": $number($minorUnits(price ? price : "0", options.currency)), ' +
        '"amount_currency": options.currency, "pay_in_advance": false, ' +
        '"charges": [$map(rates, function($rate, $i) { { "billable_metric_id": metrics[$i], "code": $rate.meter, ' +
        '"charge_model": "standard", "properties": { "amount": $rate.unitPrice } } })] } }',
      exists: '$status = 422 and "value_already_exist" in error_details.code',
    },
    read: { method: 'GET', path: '/plans/{key}' },
    list: {
      method: 'GET',
      path: '/plans',
      ...pages,
      items: 'plans',
      answer: '{ "key": code, "remoteId": lago_id, "state": "active", "name": name }',
    },
    retire: {
      method: 'DELETE',
      path: '/plans/{key}',
      answer: '{ "remoteId": plan.lago_id, "state": "retired" }',
    },
    check: { method: 'GET', path: '/plans', query: { per_page: '1' } },
    answer: '{ "key": plan.code, "remoteId": plan.lago_id, "state": "active", "name": plan.name }',
    same:
      '($rates := function($list) { $join($sort($list), ",") }; $f := found.plan; $s := sent.plan; ' +
      '[$f.name = $s.name ? [] : "name", $number($f.amount_cents) = $s.amount_cents ? [] : "price", ' +
      '$f.amount_currency = $s.amount_currency ? [] : "currency", $f.interval = $s.interval ? [] : "interval", ' +
      '$rates([$f.charges.(billable_metric_code & "=" & $number(properties.amount))]) = ' +
      '$rates([offer.rates.(meter & "=" & $number(unitPrice))]) ? [] : "rates"])',
    usage: {
      method: 'POST',
      path: '/events/batch',
      body:
        '{ "events": [items.{ "transaction_id": key, "external_subscription_id": wapSubscriptionId, "code": meter, ' +
        '"timestamp": $string($toMillis(endTime) / 1000), "properties": { "value": quantity } }] }',
      judged: [422],
      // All or nothing: whoever is at fault is named by its place, and the others are to be sent again.
      answer:
        '($said := error_details; $ok := $status < 300; [$request.items#$i.($mine := $lookup($said, $string($i)); ' +
        '{ "id": key, "outcome": $ok ? "delivered" : $not($exists($mine)) ? "retry" : ' +
        '$mine.transaction_id[0] = "value_already_exist" and $count($keys($mine)) = 1 ? "duplicate" : "rejected", ' +
        '"reason": $ok ? "" : $exists($mine) ? $string($mine) : $string(code) & ": others of this call", "retryAfterS": 0 })])',
      meter: { method: 'GET', path: '/billable_metrics/{meter}', answer: 'billable_metric.lago_id' },
      batch: 100,
      callsPerSecond: 500,
    },
    subscriptionCreate: {
      before: [customer],
      method: 'POST',
      path: '/subscriptions',
      body:
        '{ "subscription": { "external_customer_id": customer, "external_id": key, "plan_code": offerKey, "name": name, ' +
        '"subscription_at": at } }',
    },
    subscriptionRead: { method: 'GET', path: '/subscriptions/{key}' },
    subscriptionPlan: {
      method: 'POST',
      path: '/subscriptions',
      body: '{ "subscription": { "external_customer_id": account, "external_id": key, "plan_code": offerKey, "name": name } }',
    },
    subscriptionCancel: { method: 'DELETE', path: '/subscriptions/{key}' },
    subscriptionList: {
      method: 'GET',
      path: '/subscriptions',
      ...pages,
      items: 'subscriptions.{ "subscription": $ }',
    },
    // A change to a cheaper plan waits for the end of the period.
    subscriptionAnswer:
      'subscription.{ "key": external_id, "remoteId": lago_id, "state": status, ' +
      '"offerKey": next_plan_code ? next_plan_code : plan_code, "account": external_customer_id, "name": name }',
    subscriptionStates: { terminated: 'cancelled', canceled: 'cancelled', pending: 'active' },
  },
};
