import type { OfferRef } from '../lib/billing/port';
import type { Kind, PlanOrAddOn } from '../lib/wap/types';
import type { Position } from '../lib/workflow/position';

/** What nodes leave on `msg` for the next one, so that nodes wired one after another need no configuration beyond the
 *  connection. Version 1 of the contract; docs/messages.md explains it. */
export interface WapPart {
  kind: Kind;
  /** The WAP object as last read, unknown fields kept. */
  plan: PlanOrAddOn;
  /** The object that `plan` is a clone of, until it is deleted. */
  original?: PlanOrAddOn;
}

export interface BillingPart {
  offer: OfferRef;
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
}

/** The entry that `mapping-store` read or wrote. */
export interface MappingPart {
  kind: string;
  wapId: string;
  billingId: string;
  name: string | null;
  note: string | null;
}

/** The properties of `msg` that belong to this package, beside the user's own. */
export interface AdapterMessage {
  payload?: unknown;
  /** `undefined` takes it off the message. */
  wap?: WapPart | undefined;
  billing?: BillingPart;
  mapping?: MappingPart | undefined;
  delivery?: DeliveryPart;
  /** Where the message is in its durable workflow; present inside one only. */
  workflow?: Position | undefined;
}

/** What stays of `msg.wap` when one plan or add-on is gone: nothing when it was `plan`. */
export function withoutPlan(wap: WapPart | undefined, id: string): WapPart | undefined {
  if (!wap || wap.plan.Id === id) return undefined;
  if (wap.original?.Id !== id) return wap;
  const { original: _gone, ...rest } = wap;
  return rest;
}
