import type { Clock } from '../../async/clock';
import { isSameName } from '../../ids';
import type { PlanAddOnReference } from '../types';
import type { CallOptions, WapAdmin } from './admin';
import type { Send } from './admin-calls';
import { isLostAnswer, pathPart, pauseBeforeResend, resourcePath } from './admin-calls';
import { isPlan } from './kind';
import { readReference } from './read';

/** How often one link is sent, the first time included. */
const attempts = 3;

/** Links an add-on to a plan once. Whether WAP refuses a second link of the same add-on is not documented, so after a
 *  lost answer the plan is read before anything is sent again. 409 counts as linked. Source: dn448772. */
export async function linkOnce(
  admin: Pick<WapAdmin, 'get'>,
  send: Send,
  clock: Clock,
  planId: string,
  addOnId: string,
  options?: CallOptions,
): Promise<PlanAddOnReference> {
  pathPart('addOnId', addOnId);
  const wanted: PlanAddOnReference = { AddOnId: addOnId, AddOnInstanceId: null, AcquisitionTime: null };
  const subject = `add-on ${addOnId} of plan ${planId}`;
  let lost: unknown = null;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      const answer = await send(
        {
          method: 'POST',
          path: resourcePath('plan', planId, 'addons'),
          body: wanted,
          repeatable: false,
          subject,
          accept: status => status === 409,
        },
        options,
      );
      const isReference = answer.status < 300 && answer.body !== null;
      return isReference ? readReference(answer.body, subject) : wanted;
    } catch (error) {
      if (!isLostAnswer(error)) throw error;
      const plan = await admin.get('plan', planId, options);
      const linked = isPlan(plan) && plan.AddOnReferences.find(reference => isSameName(reference.AddOnId, addOnId));
      if (linked) return linked;
      lost = error;
      if (attempt < attempts) await pauseBeforeResend(lost, attempt, clock, options);
    }
  }
  throw lost;
}
