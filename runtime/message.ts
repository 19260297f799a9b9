import type { OfferRef, Rate } from '../lib/billing/port';
import type { BilledSubscription } from '../lib/billing/subscription-port';
import { isSameName } from '../lib/ids';
import type { QuestionNotice } from '../lib/questions/notice';
import type { LeftBranch } from '../lib/state/tables/workflow';
import type { Kind, PlanAddOnReference, PlanOrAddOn, Subscription } from '../lib/wap/types';
import type { JoinedPart } from '../lib/workflow/joined';
import type { Position } from '../lib/workflow/position';
import type { RunOutcome } from '../lib/workflow/sub-runs';

/** What nodes leave on `msg` for the next one, so that nodes wired one after another need no configuration beyond the
 *  connection. Version 1 of the contract; docs/messages.md explains it. */
export interface WapPart {
  /** Left out when the message is about a subscription only. */
  kind?: Kind;
  /** The WAP object as last read, unknown fields kept. */
  plan?: PlanOrAddOn;
  /** The object that `plan` is a clone of, until it is deleted. */
  original?: PlanOrAddOn;
  /** What a tenant has, or wants: whole, or of WAP's questions and events as much as they hold. */
  subscription?: Partial<Subscription> & { SubscriptionID: string };
  /** Which add-on of the subscription it is about. */
  addOnReference?: PlanAddOnReference;
}

export interface BillingPart {
  offer?: OfferRef;
  /** What usage costs in a plan, for `billing-plan-create`. */
  rates?: Rate[];
  /** The counterpart of a subscription. */
  subscription?: BilledSubscription;
}

/** The acknowledgement handle of a batch from a poll node; `wap-ack` settles it. */
export interface DeliveryPart {
  feed: string;
  token: string;
  firstId: number;
  lastId: number;
  count: number;
  /** 1 for the first delivery, higher when the batch comes again. */
  attempt: number;
  /** Of usage records: with an EventId behind it, the key by which billing knows a repeat. */
  keyPrefix?: string;
  /** Of usage records: the replay they belong to. */
  replay?: string;
  /** Of usage records of a replay that counts totals from nothing: which those are, and when it was begun (ms UTC). */
  rebuild?: { fromId: number; toId: number | null; startedAt: number };
  /** Behind a meter: how many quantities it made. Each is acknowledged for itself. */
  quantities?: number;
}

/** The entry that `mapping-store` read or wrote. */
export interface MappingPart {
  kind: string;
  wapId: string;
  billingId: string;
  name: string | null;
  note: string | null;
}

/** WAP waits for a decision; `wap-response` gives it. */
export interface ApprovalPart {
  eventId: number;
  /** What the answer goes by; it survives copies of the message, deploys and restarts. */
  token: string;
  /** ms UTC. After it WAP has had the answer chosen in `wap-approval-in`. */
  deadlineAt: number;
  /** An update was accepted at once; there is nothing to answer. */
  decided?: 'approve' | 'deny';
}

/** WAP waits for a price; `wap-response` gives it. A parameter that WAP left out is null. */
export interface PricingPart {
  kind: Kind;
  id: string | null;
  region: string | null;
  username: string | null;
  subscriptionId: string | null;
  token: string;
  /** ms UTC. */
  deadlineAt: number;
}

/** What somebody answered to `wap-workflow-wait`; or, on a message that is in no run, an answer to it. */
export interface AnswerPart {
  /** Only to answer: the run's id or key, and the question's id where it asks several. */
  run?: string;
  question?: string;
  /** The text of the answer. */
  choice: string;
  /** What was filled in, by the names of the fields. */
  values?: Record<string, string | number>;
  note?: string;
  by?: string;
  /** ISO 8601 UTC. */
  at?: string;
  how?: 'desk' | 'message' | 'link';
}

/** What `billing-report` says of the report in `msg.payload`. */
export interface ReportPart {
  name: string;
  rows: number;
  /** False: there is more than the report holds. */
  isWhole: boolean;
  /** When it was made, ISO 8601. */
  at: string;
  /** Days that it covers, both included; null: no bound. Only of usage and dead letters. */
  from?: string | null;
  to?: string | null;
  /** By which days are cut. */
  timeZone?: string;
}

/** The properties of `msg` that belong to this package, beside the user's own. */
export interface AdapterMessage {
  payload?: unknown;
  /** `undefined` takes it off the message. */
  wap?: WapPart | undefined;
  billing?: BillingPart;
  mapping?: MappingPart | undefined;
  delivery?: DeliveryPart;
  approval?: ApprovalPart;
  pricing?: PricingPart;
  report?: ReportPart;
  /** Where the message is in its durable workflow; present inside one only. */
  workflow?: Position | undefined;
  /** Behind a join: which branches came, and in what they differ. */
  joined?: JoinedPart;
  /** Behind a join: by name what a branch had, or its error. */
  branches?: Record<string, unknown>;
  /** Behind a question: what somebody answered. */
  answer?: AnswerPart | undefined;
  /** What a question would send by e-mail. */
  question?: QuestionNotice;
  /** Behind a list of runs: what became of each, in the order of the list. */
  outcomes?: RunOutcome[];
  /** On the message of a run that another one started for an item: that one's key and workflow. */
  parent?: { key: string; workflow: string };
  /** After the end of a run: the branches that it left behind. */
  left?: LeftBranch[];
}

/** What stays of `msg.wap` when one plan or add-on is gone: without it nothing of a plan. */
export function withoutPlan(wap: WapPart | undefined, id: string): WapPart | undefined {
  if (!wap?.plan || isSameName(wap.plan.Id, id)) return wap?.subscription && { subscription: wap.subscription };
  if (!isSameName(wap.original?.Id ?? '', id)) return wap;
  const { original: _gone, ...rest } = wap;
  return rest;
}

/** `msg.wap` with another subscription, or without one; `undefined` when nothing is left of it. */
export function withSubscription(
  wap: WapPart | undefined,
  subscription: Subscription | undefined,
): WapPart | undefined {
  if (subscription) return { ...wap, subscription };
  const { subscription: _gone, ...rest } = wap ?? {};
  return rest.plan ? { ...rest } : undefined;
}
