import type { HttpCall } from '../../http/types';
import type { OfferState } from '../port';
import type { Decode, Encode } from './choices';

/** One call to a billing system. Plain data, so that a flow can save it and people can edit it as JSON.
 *
 *  `path`, `query` and `headers` are texts with `{expression}` placeholders; `body` and `answer` are JSONata.
 *  Expressions of a request see: `key`, `name`, `kind`, `price`, `description`, `plan` (create only, the WAP object), and
 *  `remoteId`, `state`, `version` as last read (publish, retire), `page`, `pageSize` (list), `target`. */
export interface RestOperation {
  method: HttpCall['method'];
  /** Below the connection's address, beginning with `/`; values of placeholders are percent-encoded. */
  path: string;
  /** A parameter that comes out empty is left out. */
  query?: Record<string, string>;
  /** Never credentials: those belong to the connection. */
  headers?: Record<string, string>;
  /** What is sent; left out: no body. */
  body?: string;
  /** How the body is written; default `json`. `form` names what is nested in brackets, as in `items[0][price]`. */
  encode?: Encode;
  /** How the answer is read; default `json`, and `xml` where the body is written in it. */
  decode?: Decode;
  /** Turns the answer into `{ key, remoteId, state, version }`, instead of the common `answer`. It also sees
   *  `$status`, `$headers` (names in lower case), and `$request` (what the request's expressions saw). */
  answer?: string;
  /** What went wrong in an answer whose status is a success: a text, or true for billing's own words. Nothing, null, false and
   *  an empty text mean that all went well. Instead of the common `error`. */
  error?: string;
}

/** What an operation needs first, such as a customer, a meter or a price: it is looked for, and made where it is not there. An
 *  operation that failed half-way is completed so when it is tried again. */
export interface RestStep {
  /** Under which later steps and the operation itself see what `answer` gave, of `look` or of `make`. */
  name: string;
  /** Gives a list, whose members the step sees as `each`, one after the other; what it brings is then a list in this order. */
  each?: string;
  /** Gives nothing where it is not there; 404 and 410, or `absent`, say so too. With `next` it goes through pages (`page`, from 1). */
  look: RestRead & { next?: string };
  /** Left out: it is never made, and the operation fails where it is not there. */
  make?: RestCreate;
}

/** Changes something. */
export interface RestChange extends RestOperation {
  before?: RestStep[];
}

/** Reads one offer or subscription. */
export interface RestRead extends RestOperation {
  /** Gives true when the answer says that there is none, from `$status` and the answer. Left out: 404 and 410 say so. An empty
   *  list always says so; any other answer without an offer in it is an error. */
  absent?: string;
}

/** Creates one offer or subscription, unless it exists. */
export interface RestCreate extends RestChange {
  /** What means "exists already": statuses, or an expression over `$status` and the answer that gives true. The offer that
   *  exists is then read and compared. Default `[409]`. */
  exists?: number[] | string;
  /** Finds the offer inside such an answer, where billing sends it; it can then be compared even while a read does not show it. */
  existing?: string;
}

/** Lists offers or subscriptions in pages. */
export interface RestList extends RestOperation {
  /** The offers in one answer, as a list; default `$`, the answer itself. */
  items?: string;
  /** Offers on a full page; a shorter page is the last one. Left out: the list comes in one answer. */
  pageSize?: number;
  /** Default 1. */
  firstPage?: number;
  /** The next value of `page`, from the answer; nothing after the last page. Left out: `page + 1` until a page that is
   *  shorter than `pageSize` or empty. */
  next?: string;
}

/** Sending usage. Expressions of the request see `items`, a list of `UsageItem`, and `item`, the first of them. */
export interface RestUsageOperation extends Omit<RestOperation, 'answer'> {
  /** Turns the answer into a list of `{ id, outcome, reason, retryAfterS }`, `id` being the key of an item; without `id` in
   *  the order sent. Left out: success is for all items. It also sees `$status` and `$request`. */
  answer?: string;
  /** The billing system's words for an outcome; ours need no entry: `delivered`, `duplicate`, `retry`, `rejected`. */
  outcomes?: Record<string, string>;
  /** Statuses from 400 on whose answer speaks of each item and is read by `answer`. */
  judged?: number[];
  /** What means, of one item, that billing has it already: statuses, or an expression over `$status` and the answer that
   *  gives true. Default `[409]`. */
  known?: number[] | string;
  /** Items in one call; default 1. */
  batch?: number;
  /** Items of one call are all of one subscription. */
  groupBy?: 'subscription';
  callsPerSecond?: number;
  /** The oldest usage that billing takes; left out: any. */
  maxAgeDays?: number;
  /** How long billing recognises a key; left out: for ever. */
  dedupeHours?: number;
  /** Characters of the longest key it takes, from 32 on; a longer one is sent as its beginning and a digest. Left out: 100,
   *  except for what an older version of this package may have sent already. */
  maxKeyLength?: number;
  /** Looks for the meter of usage, where billing takes usage of an unknown one and never bills it: it is not sent then, but waits.
   *  Expressions see `meter` and `unit`. */
  meter?: RestRead & { next?: string };
}

/** Calls about subscriptions. Expressions of a request see `key`, `at` (ISO 8601 UTC, when it holds from), `offerKey` (WAP's
 *  id of the plan or add-on) and `offerId` (billing's own, from the mapping); to create also `account` and `name`; to
 *  change also `remoteId`, `state`, `account` and `name` as last read. */
export interface RestSubscriptionTemplates {
  /** Left out where this package does not create subscriptions. */
  subscriptionCreate?: RestCreate;
  /** Left out where billing keeps no subscriptions. */
  subscriptionRead?: RestRead;
  subscriptionPlan?: RestChange;
  subscriptionSuspend?: RestChange;
  subscriptionResume?: RestChange;
  subscriptionCancel?: RestChange;
  subscriptionList?: RestList;
  /** Turns one subscription of an answer into `{ key, remoteId, state, offerKey, account, name }`. */
  subscriptionAnswer?: string;
  /** The billing system's words for a state; ours need no entry: `active`, `suspended`, `cancelled`. */
  subscriptionStates?: Record<string, string>;
}

/** How to talk to a JSON API. An operation that is left out does not exist in that billing system. */
export interface RestTemplates extends RestSubscriptionTemplates {
  create: RestCreate;
  /** One offer by its `key`. */
  read: RestRead;
  /** All offers: thousands of waits then cost one list a round. Without it each is read by itself. */
  list?: RestList;
  /** Left out where an offer can be sold as soon as it exists. */
  publish?: RestChange;
  /** A 404 here is success. */
  retire?: RestChange;
  /** For Test connection: any call that needs the credentials and changes nothing. */
  check: RestOperation;
  /** Left out where usage is not sent to this billing system. */
  usage?: RestUsageOperation;
  /** Turns one offer of an answer into `{ key, remoteId, state, version }`. */
  answer: string;
  /** How billing tells an error although the status is a success, in every operation that has no `error` of its own. */
  error?: string;
  /** The billing system's words for a state; our own four words need no entry. */
  states?: Record<string, OfferState>;
  /** Compares what is there with what would be sent. Sees `found` (the read's answer), `sent` (create's body) and `offer`;
   *  gives true, false, or the list of the fields that differ. Left out: the fields called name, kind or price in `sent` are
   *  compared. */
  same?: string;
}

/** Fits the billing simulator of this package, and is the pattern to start from. */
export const defaultTemplates: RestTemplates = {
  create: {
    method: 'POST',
    path: '/offers',
    body: '{ "key": key, "name": name, "kind": kind, "price": price, "description": description }',
    existing: 'offer',
  },
  read: { method: 'GET', path: '/offers/{key}', absent: '$status in [404, 410]' },
  list: {
    method: 'GET',
    path: '/offers',
    query: { page: '{page}', per_page: '{pageSize}' },
    items: 'offers',
    pageSize: 200,
    // With the name, by which a reconciliation can find pairs.
    answer: '{ "key": key, "remoteId": id, "state": state, "version": version, "name": name }',
  },
  publish: { method: 'POST', path: '/offers/{key}/publish' },
  retire: { method: 'POST', path: '/offers/{key}/retire' },
  // Not /health: that answers without credentials.
  check: { method: 'GET', path: '/offers', query: { per_page: '1' } },
  usage: {
    method: 'POST',
    path: '/usage',
    body:
      '{ "records": [items.{ "id": key, "subscription": subscription, "meter": meter, "unit": unit, ' +
      '"quantity": quantity, "startTime": startTime, "endTime": endTime, "adjustment": adjustment, ' +
      '"properties": properties }] }',
    answer: '[results.{ "id": id, "outcome": outcome, "reason": reason, "retryAfterS": retryAfterS }]',
    batch: 500,
  },
  answer: '{ "key": key, "remoteId": id, "state": state, "version": version }',
  subscriptionCreate: {
    method: 'POST',
    path: '/subscriptions',
    body: '{ "key": key, "offer": offerKey, "account": account, "name": name, "at": at }',
    existing: 'subscription',
  },
  subscriptionRead: { method: 'GET', path: '/subscriptions/{key}', absent: '$status in [404, 410]' },
  subscriptionPlan: {
    method: 'POST',
    path: '/subscriptions/{key}/change-plan',
    body: '{ "offer": offerKey, "at": at }',
  },
  subscriptionSuspend: { method: 'POST', path: '/subscriptions/{key}/suspend', body: '{ "at": at }' },
  subscriptionResume: { method: 'POST', path: '/subscriptions/{key}/resume', body: '{ "at": at }' },
  subscriptionCancel: { method: 'POST', path: '/subscriptions/{key}/cancel', body: '{ "at": at }' },
  subscriptionList: {
    method: 'GET',
    path: '/subscriptions',
    query: { page: '{page}', per_page: '{pageSize}' },
    items: 'subscriptions',
    pageSize: 1000,
  },
  subscriptionAnswer:
    '{ "key": key, "remoteId": id, "state": state, "offerKey": offer, "account": account, "name": name }',
};

/** The default templates with what an operator changed, operation by operation; `null` removes one. Nothing is checked here:
 *  compiling the templates says what is wrong. */
export const templatesWith = (changed: Record<string, unknown> = {}): RestTemplates => ({
  ...defaultTemplates,
  ...changed,
});
