import { AdapterError } from '../../errors';
import type { CallOptions, WapAdmin } from '../client/admin';
import { kindNames } from '../client/admin-calls';
import { type Kind, type PlanDraft, type PlanOrAddOn, planState } from '../types';

/** What is known about a plan or add-on when it is created; services and quotas follow later. */
export interface NewPlan {
  /** Unique in WAP: a repeat finds the plan by it. */
  displayName: string;
  description?: string | undefined;
  /** Of the advertisement made from name and description, e.g. `en-us`. */
  language: string;
  /** A text for people, such as `19.90 EUR per month`. */
  price?: string | undefined;
  /** Plans only. */
  invitationCode?: string | undefined;
}

/** What to do when WAP has the name already: stop, or go on with that one when nobody can have bought it. */
export type IfExists = 'stop' | 'use';

export interface Created {
  plan: PlanOrAddOn;
  /** False when the one that was there is used. */
  isNew: boolean;
}

/** Creates a private, unconfigured plan or add-on exactly once: a lost answer never makes two. A repeat with `use` returns the
 *  same one as long as it is private and has no subscriptions.
 *  @throws INPUT_INVALID for an invitation code on an add-on; WAP_CONFLICT when the name is taken
 *  Source: dn448640, dn448743. */
export async function createPlan(
  admin: WapAdmin,
  kind: Kind,
  wanted: NewPlan,
  ifExists: IfExists,
  call: CallOptions = {},
): Promise<Created> {
  const draft = kind === 'plan' ? planDraft(wanted) : addOnDraft(wanted);
  try {
    return { plan: await admin.create(kind, draft, call), isNew: true };
  } catch (error) {
    if (ifExists === 'stop' || !(error instanceof AdapterError && error.code === 'WAP_CONFLICT')) throw error;
    return { plan: await unused(admin, kind, wanted.displayName, error, call), isNew: false };
  }
}

/** What `createPlan` made before an interruption, if it did: the one of this name that is still as it was made. */
export async function findCreated(
  admin: WapAdmin,
  kind: Kind,
  wanted: NewPlan,
  call: CallOptions = {},
): Promise<PlanOrAddOn | null> {
  const known = await admin.findByName(kind, wanted.displayName, call);
  const isFresh = known?.State === planState.private && known.SubscriptionCount === 0;
  return known && isFresh && known.ServiceQuotas.length === 0 && known.Price === (wanted.price ?? null) ? known : null;
}

/** The one of this name, if nobody depends on it. */
async function unused(admin: WapAdmin, kind: Kind, name: string, conflict: AdapterError, call: CallOptions) {
  const known = await admin.findByName(kind, name, call);
  if (!known) throw conflict; // the name belongs to something this account cannot see, or has just gone
  if (known.State === planState.private && known.SubscriptionCount === 0) return known;
  const reason = known.State === planState.private ? `has ${known.SubscriptionCount} subscriptions` : 'is not private';
  const subject = `${kindNames[kind]} ${name}`;
  throw AdapterError.advising(
    'WAP_CONFLICT',
    `${subject}: it exists and ${reason}, so it is not used. Choose another name.`,
    { ...conflict.cause, subject },
  );
}

/** What plans and add-ons share. */
function common({ displayName, description, language, price }: NewPlan): PlanDraft {
  return {
    DisplayName: displayName,
    State: planState.private,
    Advertisements: [{ LanguageCode: language, DisplayName: displayName, Description: description ?? null }],
    ServiceQuotas: [],
    Price: price ?? null,
  };
}

function planDraft(wanted: NewPlan): PlanDraft {
  const rest = { MaxSubscriptionsPerAccount: 1, AddOnReferences: [], AddOns: [] };
  return { ...common(wanted), ...rest, InvitationCode: wanted.invitationCode ?? null };
}

/** @throws INPUT_INVALID for an invitation code */
function addOnDraft(wanted: NewPlan): PlanDraft {
  if (wanted.invitationCode !== undefined) {
    throw AdapterError.advising('INPUT_INVALID', 'invitationCode: an add-on has none. Leave the field empty.', {
      subject: 'invitationCode',
    });
  }
  return { ...common(wanted), AssociatedPlans: [], MaxOccurrencesPerPlan: 1 };
}
