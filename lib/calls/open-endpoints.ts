import { AdapterError } from '../errors';
import { type CallToken, readToken } from './token';

/** What a flow answers: a decision on an approval, or a price. */
export type CallAnswer =
  | { answer: 'approve' | 'deny'; reason: string | undefined }
  | { answer: 'price'; price: string };

/** Where requests of one endpoint wait for their answers. */
export interface Desk {
  /** Resolves once WAP's answer is settled. @throws CALL_ANSWERED, CALL_LATE, INPUT_INVALID */
  take(token: CallToken, text: string, answer: CallAnswer): Promise<void>;
  /** Whether this question got its answer by this token. */
  wasTaken(token: CallToken, text: string): Promise<boolean>;
}

/** The desks of this process, by purpose and endpoint. A token finds its desk also after a deploy or restart. */
const desks = new Map<string, { desk: Desk; owner: string }>();

const keyOf = (purpose: CallToken['purpose'], endpoint: string) => `${purpose} ${endpoint}`;

/** Opens a desk; the function returned takes it away. @throws INPUT_CONFIG when the endpoint has one, naming its owner */
export function openDesk(purpose: CallToken['purpose'], endpoint: string, desk: Desk, owner: string): () => void {
  const key = keyOf(purpose, endpoint);
  const other = desks.get(key);
  if (other) {
    throw AdapterError.advising(
      'INPUT_CONFIG',
      `prefix: "${other.owner}" serves ${endpoint || '/'} already. Give each node its own prefix.`,
      { subject: 'prefix' },
    );
  }
  desks.set(key, { desk, owner });
  return () => void desks.delete(key);
}

/** Answers the request that this token belongs to.
 *  @throws CALL_UNKNOWN when no node serves its endpoint; what the desk throws */
export async function answerCall(text: string, answer: CallAnswer): Promise<void> {
  const token = readToken(text);
  const wanted = token.purpose === 'price' ? 'price' : 'approve or deny';
  if ((answer.answer === 'price') !== (token.purpose === 'price')) {
    throw new AdapterError('INPUT_INVALID', `answer: this request wants ${wanted}, not ${answer.answer}.`, {
      subject: 'answer',
    });
  }
  await deskOf(token).take(token, text, answer);
}

/** Whether the answer to this token was settled before, e.g. before a restart. */
export async function wasAnswered(text: string): Promise<boolean> {
  const token = readToken(text);
  return deskOf(token).wasTaken(token, text);
}

function deskOf({ purpose, endpoint }: CallToken): Desk {
  const open = desks.get(keyOf(purpose, endpoint));
  if (open) return open.desk;
  // It may only be starting.
  throw new AdapterError('CALL_UNKNOWN', `No node serves ${endpoint} now, from where the request came.`, {
    ...{ subject: 'request', retryable: true },
  });
}
