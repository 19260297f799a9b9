import { AdapterError } from '../errors';
import { type CallToken, readToken } from './token';

/** What a flow answers: a decision on an approval, or a price. */
export type CallAnswer =
  | { answer: 'approve' | 'deny'; reason: string | undefined }
  | { answer: 'price'; price: string };

/** Where requests of one endpoint wait for their answers. */
export interface WaitingCalls {
  /** Resolves once WAP's answer is settled. @throws CALL_ANSWERED, CALL_LATE, INPUT_INVALID */
  take(token: CallToken, text: string, answer: CallAnswer): Promise<void>;
  /** Whether this question got its answer by this token. */
  wasTaken(token: CallToken, text: string): Promise<boolean>;
}

interface OpenEndpoint {
  calls: WaitingCalls;
  owner: string;
}

/** The endpoints that are served in this process. They are found by purpose and prefix, not by object, so that a token
 *  made before a deploy or restart still reaches the node that serves its endpoint now. */
const endpoints = new Map<string, OpenEndpoint>();

/** Approvals and prices of one prefix are two endpoints. */
const keyOf = (purpose: CallToken['purpose'], endpoint: string) => `${purpose} ${endpoint}`;

/** Answers to this endpoint reach `calls` until the function returned is called.
 *  @throws INPUT_CONFIG when another node serves the endpoint, naming that node */
export function openEndpoint(
  purpose: CallToken['purpose'],
  endpoint: string,
  calls: WaitingCalls,
  owner: string,
): () => void {
  const key = keyOf(purpose, endpoint);
  const other = endpoints.get(key);
  if (other) {
    throw AdapterError.advising(
      'INPUT_CONFIG',
      `prefix: "${other.owner}" serves ${endpoint || '/'} already. Give each node its own prefix.`,
      { subject: 'prefix' },
    );
  }
  endpoints.set(key, { calls, owner });
  return () => void endpoints.delete(key);
}

/** Answers the request that this token belongs to.
 *  @throws CALL_UNKNOWN when no node serves its endpoint; what `WaitingCalls.take` throws */
export async function answerCall(text: string, answer: CallAnswer): Promise<void> {
  const token = readToken(text);
  const wanted = token.purpose === 'price' ? 'price' : 'approve or deny';
  if ((answer.answer === 'price') !== (token.purpose === 'price')) {
    throw new AdapterError('INPUT_INVALID', `answer: this request wants ${wanted}, not ${answer.answer}.`, {
      subject: 'answer',
    });
  }
  await callsOf(token).take(token, text, answer);
}

/** Whether the answer to this token was settled before, e.g. before a restart. */
export async function wasAnswered(text: string): Promise<boolean> {
  const token = readToken(text);
  return callsOf(token).wasTaken(token, text);
}

/** @throws CALL_UNKNOWN when no node of this process serves the endpoint */
function callsOf({ purpose, endpoint }: CallToken): WaitingCalls {
  const open = endpoints.get(keyOf(purpose, endpoint));
  if (open) return open.calls;
  // Retryable: after a deploy the node may only be starting.
  throw new AdapterError('CALL_UNKNOWN', `No node serves ${endpoint} now, from where the request came.`, {
    ...{ subject: 'request', retryable: true },
  });
}
