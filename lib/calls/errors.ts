import { AdapterError } from '../errors';
import type { DecidedApproval } from '../state/tables/approval';

/** The request got its answer before this one came: by the flow, or at the deadline. */
export function answeredBefore({ eventId, decision, decidedBy }: DecidedApproval): AdapterError {
  if (decidedBy === 'deadline') return tooLate(eventId, decision);
  const how = decidedBy === 'rule' ? 'it is an update, which is accepted at once' : `the answer was ${decision}`;
  return new AdapterError('CALL_ANSWERED', `Event ${eventId} was answered before: ${how}.`, {
    ...{ subject: `event ${eventId}`, details: { eventId, decision, decidedBy } },
  });
}

/** CALL_LATE: the deadline passed first, whatever its answer was. */
export function tooLate(eventId: number, decision?: string): AdapterError {
  const answer = decision ? `, which gave the answer ${decision}` : '';
  return new AdapterError('CALL_LATE', `The answer on event ${eventId} came after the deadline${answer}.`, {
    ...{ subject: `event ${eventId}`, details: { eventId, decision: decision ?? null, decidedBy: 'deadline' } },
  });
}

/** A repeat has the same content; this has not, so the decision of the first is not given to it. */
export function conflict(eventId: number): AdapterError {
  return new AdapterError('CALL_CONFLICT', `EventId: event ${eventId} was about something else before.`, {
    ...{ subject: `event ${eventId}`, httpStatus: 409 },
  });
}

/** CALL_BUSY, answered to WAP with 503, so that it may try again. */
export function tooMany(most: number): AdapterError {
  return new AdapterError('CALL_BUSY', `${most} requests wait for the flow; no more are taken until it answers.`, {
    ...{ retryable: true, httpStatus: 503 },
  });
}

/** ABORTED, answered to WAP with 503: a deploy is no decision. */
export function nodeClosed(): AdapterError {
  return new AdapterError('ABORTED', 'The node was closed before the flow answered.', {
    ...{ retryable: true, httpStatus: 503 },
  });
}

/** A request of WAP that is refused because of what it holds. `status` is the answer to WAP; the sentence goes to WAP
 *  and to Catch, so it names shapes and never contents. */
export function malformed(message: string, subject: string, status = 400): AdapterError {
  return new AdapterError('CALL_MALFORMED', message, { subject, httpStatus: status });
}
