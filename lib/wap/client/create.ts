import type { Clock } from '../../async/clock';
import { AdapterError, invalid } from '../../errors';
import type { Kind, PlanDraft, PlanOrAddOn } from '../types';
import { planState } from '../types';
import type { CallOptions, WapAdmin } from './admin';
import type { Send } from './admin-calls';
import { isLostAnswer, kindNames, pauseBeforeResend, rootPath } from './admin-calls';
import { readPlanOrAddOn } from './read';

/** How often one create is sent, the first time included. */
const attempts = 3;

/** Creates a plan or add-on exactly once. WAP keeps names unique, and the name is known to be free before the first attempt: a
 *  plan of that name after a lost answer is therefore ours, unless it is public or has subscriptions, which a new plan cannot
 *  have.
 *  @throws WAP_CONFLICT when the name was taken before, or somebody else took it meanwhile; INPUT_INVALID without a name
 *  Source: dn448640, dn448743. */
export async function createOnce(
  admin: Pick<WapAdmin, 'findByName'>,
  send: Send,
  clock: Clock,
  kind: Kind,
  draft: PlanDraft,
  options?: CallOptions,
): Promise<PlanOrAddOn> {
  const name = draft.DisplayName;
  if (typeof name !== 'string' || name.trim() === '') throw invalid('DisplayName', 'a name', name);
  const subject = `${kindNames[kind]} ${name}`;
  if (await admin.findByName(kind, name, options)) throw nameTaken(subject);

  let lost: unknown = null;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      const call = { method: 'POST', path: rootPath(kind), body: draft, repeatable: false, subject } as const;
      const { body } = await send(call, options);
      // 201 without a body: created, but its id has to be looked up.
      return body === null ? await seen(subject, admin, kind, name, options) : readPlanOrAddOn(kind, body, subject);
    } catch (error) {
      const mayBeOurs = isConflictWithOwn(error, lost);
      if (!isLostAnswer(error) && !mayBeOurs) throw error;
      const found = await lookAgain(lost ?? error, admin, kind, name, options);
      if (found && isFresh(found)) return found;
      if (found || mayBeOurs) throw nameTaken(subject);
      lost = error;
      if (attempt < attempts) await pauseBeforeResend(lost, attempt, clock, options);
    }
  }
  throw lost;
}

/** A conflict after a lost answer, or after a 429 from something in between, is usually with our own plan. */
function isConflictWithOwn(error: unknown, lost: unknown): boolean {
  if (!(error instanceof AdapterError) || error.code !== 'WAP_CONFLICT') return false;
  return lost !== null || (error.cause.attempt ?? 1) > 1;
}

/** The plan that WAP says it made. @throws WAP_BAD_RESPONSE when it is not in the list */
async function seen(
  subject: string,
  admin: Pick<WapAdmin, 'findByName'>,
  kind: Kind,
  name: string,
  options?: CallOptions,
): Promise<PlanOrAddOn> {
  const found = await admin.findByName(kind, name, options);
  if (found) return found;
  throw new AdapterError('WAP_BAD_RESPONSE', `WAP says that ${subject} was made, but does not list it.`, { subject });
}

/** If even the look-up fails, the caller learns why the create failed and that its outcome is unknown. */
async function lookAgain(
  lost: unknown,
  admin: Pick<WapAdmin, 'findByName'>,
  kind: Kind,
  name: string,
  options?: CallOptions,
): Promise<PlanOrAddOn | null> {
  try {
    return await admin.findByName(kind, name, options);
  } catch (error) {
    const isOpen = isLostAnswer(error) && lost instanceof AdapterError;
    if (!isOpen) throw error;
    throw new AdapterError(lost.code, `${lost.message} Whether it was made could not be looked up.`, lost.cause);
  }
}

/** As WAP makes a new one: private and without subscriptions. One that is neither was there before. */
function isFresh(found: PlanOrAddOn): boolean {
  return found.State === planState.private && found.SubscriptionCount === 0;
}

/** WAP_CONFLICT, as WAP itself would have it. */
function nameTaken(subject: string): AdapterError {
  return AdapterError.advising('WAP_CONFLICT', `WAP has a ${subject} already: names are unique, choose another.`, {
    httpStatus: 409,
    subject,
  });
}
