import { AdapterError } from '../../errors';
import { inputInvalid } from '../invalid';
import type { Offer } from '../port';
import type { RestChange, RestStep } from '../rest/templates';
import { type System, terms } from './system';

/** Kill Bill. Plans are simple plans of the tenant's catalogue, on sale at once; no call takes one out of it. Prices of usage need a
 *  catalogue in XML, which is the operator's. Every subscription has a bundle of its own, an add-on's too. Docs: 1.0/kb catalog,
 *  accounts, subscriptions, usages, as version 0.22.26 answers. */

const planName = '"p-" & $request.key';
const accountKey = 'account ? account : key';

const account: RestStep = {
  name: 'accountId',
  look: { method: 'GET', path: '/accounts', query: { externalKey: `{${accountKey}}` }, answer: 'accountId' },
  make: {
    method: 'POST',
    path: '/accounts',
    body:
      `{ "externalKey": ${accountKey}, "name": ${accountKey}, "currency": options.currency, ` +
      '"email": account and $contains(account, "@") ? account : null }',
    exists: '$status = 409 and code = 3000',
    answer: '$substringAfter($headers.location, "/accounts/")',
  },
};

const waiting = { callCompletion: 'true', callTimeoutSec: '10' };

const block = (state: 'WAP_SUSPENDED' | 'WAP_ACTIVE'): RestChange => {
  const blocks = state === 'WAP_SUSPENDED';
  return {
    method: 'POST',
    path: '/subscriptions/{remoteId}/block',
    body:
      `{ "stateName": "${state}", "service": "wap", "type": "SUBSCRIPTION", "isBlockChange": ${blocks}, ` +
      `"isBlockEntitlement": ${blocks}, "isBlockBilling": ${blocks} }`,
    answer: 'null',
  };
};

export const killbill: System = {
  form: {
    address: 'http://127.0.0.1:8080/1.0/kb',
    signIn: 'basic',
    options: {
      ...terms,
      apiKey: { preset: '', shape: { pattern: '[\\x21-\\x7e]{1,200}', sample: 'my-tenant' } },
      secondSecret: { preset: '', secret: true },
    },
  },
  headers: ({ apiKey = '' }, secondSecret) => ({
    'X-Killbill-ApiKey': apiKey,
    'X-Killbill-ApiSecret': secondSecret,
    'X-Killbill-CreatedBy': 'wap-billing',
  }),
  checkOffer,
  templates: {
    create: {
      method: 'POST',
      path: '/catalog/simplePlan',
      body:
        '{ "planId": "p-" & key, "productName": "pr-" & key, "productCategory": "BASE", "currency": options.currency, ' +
        '"amount": $number(price ? price : "0"), "billingPeriod": options.interval = "year" ? "ANNUAL" : "MONTHLY", ' +
        '"trialLength": 0, "trialTimeUnit": "UNLIMITED", "availableBaseProducts": [] }',
      exists: '$status = 400 and code = 2060',
      answer: 'null',
    },
    read: {
      method: 'GET',
      path: '/catalog',
      absent: `$type($) = "array" and $not((${planName}) in $[-1].products.plans.name)`,
      answer: `$[-1].products.plans[name = ${planName}].{ "remoteId": name, "state": "active" }`,
    },
    list: {
      method: 'GET',
      path: '/catalog',
      items: '[$[-1].products.plans[$substring(name, 0, 2) = "p-"]]',
      answer: '{ "key": $substringAfter(name, "p-"), "remoteId": name, "state": "active" }',
    },
    check: { method: 'GET', path: '/catalog/versions' },
    answer: '{ "remoteId": name, "state": "active" }',
    same:
      '($sent := sent; $plan := found[-1].products.plans[name = $sent.planId]; ' +
      '$price := $plan.phases[-1].prices[currency = $sent.currency]; ' +
      '[$plan.billingPeriod = $sent.billingPeriod ? [] : "interval", $exists($price) ? [] : "currency", ' +
      '$exists($price) and $price.value != $sent.amount ? "price" : []])',
    usage: {
      method: 'POST',
      path: '/usages',
      body:
        '{ "subscriptionId": item.subscription, "trackingId": item.key, "unitUsageRecords": [{ "unitType": item.meter, ' +
        // As a text: a number such as 0.5 is taken and recorded as 0.
        '"usageRecords": [{ "recordDate": $substring(item.endTime, 0, 10), "amount": item.quantity }] }] }',
      known: '$status = 400 and code = 50000',
      // Usage of a unit that the catalogue lacks is taken and never billed.
      meter: {
        method: 'GET',
        path: '/catalog',
        answer: '$[-1].units[name = $request.meter].name',
      },
      batch: 1,
      maxKeyLength: 128,
    },
    subscriptionCreate: {
      before: [account],
      method: 'POST',
      path: '/subscriptions',
      query: waiting,
      body: '{ "accountId": accountId, "externalKey": key, "bundleExternalKey": key, "planName": "p-" & offerKey }',
      answer: 'null',
    },
    subscriptionRead: { method: 'GET', path: '/subscriptions', query: { externalKey: '{key}' } },
    subscriptionPlan: {
      method: 'PUT',
      path: '/subscriptions/{remoteId}',
      query: waiting,
      body: '{ "planName": "p-" & offerKey }',
      answer: 'null',
    },
    subscriptionSuspend: block('WAP_SUSPENDED'),
    subscriptionResume: block('WAP_ACTIVE'),
    subscriptionCancel: {
      method: 'DELETE',
      path: '/subscriptions/{remoteId}',
      query: { ...waiting, entitlementPolicy: 'IMMEDIATE', billingPolicy: 'IMMEDIATE' },
      answer: 'null',
    },
    subscriptionAnswer:
      '{ "key": externalKey, "remoteId": subscriptionId, "state": state, "offerKey": $substringAfter(planName, "p-") }',
    subscriptionStates: { ACTIVE: 'active', BLOCKED: 'suspended', PENDING: 'active', CANCELLED: 'cancelled' },
  },
};

/** A refused plan stays in the tenant's catalogue and makes it refuse every later one, so what it would refuse is never sent. */
function checkOffer({ key, rates }: Offer): void {
  if (!/^[\p{L}\p{N}._-]{1,200}$/u.test(key))
    throw inputInvalid(
      'offerKey',
      'has a character that no name of a plan may have',
      'Use letters, digits, ".", "_", "-".',
    );
  if (rates.length === 0) return;
  throw AdapterError.advising(
    'INPUT_CONFIG',
    'Kill Bill takes prices of usage in a catalogue in XML only. Leave the rates out, and upload the catalogue there.',
    { subject: 'rates' },
  );
}
