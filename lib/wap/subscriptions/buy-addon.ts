import type { Clock } from '../../async/clock';
import { AdapterError } from '../../errors';
import { isSameId, isSameName } from '../../ids';
import type { CallOptions } from '../client/admin';
import type { Send } from '../client/admin-calls';
import { isLostAnswer, pathPart, pauseBeforeResend } from '../client/admin-calls';
import { readReference } from '../client/read';
import { isWapTime, parseWapTime } from '../client/time';
import { untilShown } from '../plans/settle';
import type { PlanAddOnReference, Subscription } from '../types';
import { readSubscription } from './read-subscription';

/** How often one purchase is sent, the first time included. */
const attempts = 3;

interface Tools {
  send: Send;
  get(id: string, options?: CallOptions): Promise<Subscription>;
  clock: Clock;
}

/** Buys one instance of an add-on. Each purchase is a new instance in WAP, so one whose answer was lost shows as an instance
 *  that was not there before. Somebody else buying the same add-on at the same moment cannot be told apart from us.
 *  @throws WAP_NOT_FOUND; WAP_CONFLICT when it was bought as often as allowed (assumed)
 *  Source: dn448650. */
export async function buyOnce(
  { send, get, clock }: Tools,
  id: string,
  addOnId: string,
  call?: CallOptions,
): Promise<PlanAddOnReference> {
  pathPart('addOnId', addOnId);
  const before = instancesOf(await get(id, call), addOnId);
  const known = new Set(before.map(reference => reference.AddOnInstanceId));
  const subject = `add-on ${addOnId} of subscription ${id}`;
  const bought = async (): Promise<PlanAddOnReference | undefined> =>
    instancesOf(await get(id, call), addOnId).find(({ AddOnInstanceId }) => !known.has(AddOnInstanceId));

  let told: PlanAddOnReference | null = null;
  for (let attempt = 1; ; attempt += 1) {
    try {
      told = await buy(send, id, addOnId, subject, call);
      break;
    } catch (error) {
      if (!isLostAnswer(error)) throw error;
      const mine = await bought();
      if (mine) return mine;
      if (attempt >= attempts) throw error;
      await pauseBeforeResend(error, attempt, clock, call);
    }
  }
  const shown = await untilShown(
    async () => {
      const instances = instancesOf(await get(id, call), addOnId);
      return instances.find(({ AddOnInstanceId: instance }) =>
        told?.AddOnInstanceId ? isSameId(instance ?? '', told.AddOnInstanceId) : !known.has(instance),
      );
    },
    found => (found ? [] : ['it is not there']),
    () => notShown(subject),
    { ...call, clock },
  );
  if (shown) return shown;
  throw notShown(subject);
}

/** One purchase; null when WAP answers nothing. Not repeatable: each sending may be a purchase of its own. */
async function buy(
  send: Send,
  id: string,
  addOnId: string,
  subject: string,
  call: CallOptions | undefined,
): Promise<PlanAddOnReference | null> {
  const { body } = await send(
    {
      method: 'POST',
      path: `/subscriptions/${pathPart('subscriptionId', id)}/addons`,
      body: { AddOnId: addOnId, AddOnInstanceId: null, AcquisitionTime: null },
      repeatable: false,
      subject,
    },
    call,
  );
  return body === null ? null : readReference(body, subject);
}

/** The newest instance bought since `since` (ms UTC, our clock): tells an interrupted purchase that it happened. WAP's clock
 *  may differ, so the date in its answer is compared with ours. */
export async function boughtSince(
  { send, clock }: Pick<Tools, 'send' | 'clock'>,
  id: string,
  addOnId: string,
  since: number,
  call?: CallOptions,
): Promise<PlanAddOnReference | null> {
  const path = `/subscriptions/${pathPart('subscriptionId', id)}`;
  const subject = `subscription ${id}`;
  const { body, headers } = await send({ method: 'GET', path, repeatable: true, subject }, call);
  const from = since + aheadOf(clock, headers.date);
  const instances = instancesOf(readSubscription(body, subject), addOnId);
  return instances.findLast(reference => isBoughtSince(reference, from)) ?? null;
}

function instancesOf(subscription: Subscription, addOnId: string): PlanAddOnReference[] {
  return subscription.AddOnReferences.filter(reference => isSameName(reference.AddOnId, addOnId));
}

/** By WAP's own date; one without a date was not. */
function isBoughtSince({ AcquisitionTime }: PlanAddOnReference, since: number): boolean {
  return isWapTime(AcquisitionTime) && parseWapTime(AcquisitionTime).ms >= since;
}

/** How far WAP's clock is ahead of ours by its Date header, which has whole seconds: up to a second too little. */
function aheadOf(clock: Clock, date: string | undefined): number {
  const told = Date.parse(date ?? '');
  return Number.isNaN(told) ? 0 : told - clock.now() - 1_000;
}

/** Not the error of a lost answer, after which it would be bought again. */
function notShown(subject: string): AdapterError {
  return new AdapterError('WAP_CONFLICT', `WAP says that the ${subject} was bought, but does not show it.`, {
    subject,
  });
}
