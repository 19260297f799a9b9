import type { Kind, PlanAddOnReference, UsageEvent } from '../wap/types';
import type { AskedSubscription } from './approval-request';
import type { PriceRequest } from './price-request';
import type { AskedApproval } from './waiting-approvals';
import type { AskedPrice } from './waiting-prices';

/** What goes to the flow for an approval request. */
export interface ApprovalMessage {
  topic: string;
  payload: UsageEvent;
  wap: { kind: Kind; subscription: AskedSubscription; addOnReference?: PlanAddOnReference };
  approval: { eventId: number; token: string; deadlineAt: number; decided?: 'approve' | 'deny' };
}

/** The message for one request; its topic is such as `subscription/create`. */
export function approvalMessage({ request, token, deadlineAt, decided }: AskedApproval): ApprovalMessage {
  const { kind, action, event, eventId, subscription, addOnReference } = request;
  const subject = kind === 'plan' ? 'subscription' : 'subscriptionAddon';
  return {
    topic: `${subject}/${action}`,
    payload: event,
    wap: { kind, subscription, ...(addOnReference ? { addOnReference } : {}) },
    approval: { eventId, token, deadlineAt, ...(decided ? { decided } : {}) },
  };
}

/** What goes to the flow for a price request. */
export interface PriceMessage {
  topic: string;
  payload: PriceRequest;
  /** Goes with the message to its answer; `deadlineAt` ms UTC. */
  pricing: PriceRequest & { token: string; deadlineAt: number };
}

/** The message for one price request; its topic is such as `price/plan`. */
export function priceMessage({ request, token, deadlineAt }: AskedPrice): PriceMessage {
  return { topic: `price/${request.kind}`, payload: { ...request }, pricing: { ...request, token, deadlineAt } };
}
