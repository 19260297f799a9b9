import type { InternalAxiosRequestConfig } from 'axios';
import type { ErrorCause, ErrorCode } from '../errors';
import { AdapterError } from '../errors';
import type { HttpFamily } from './types';

/** The kinds of failure: each family has a code for most of them, see `codeOf`. */
export type FailureKind =
  | 'INPUT'
  /** Refused with an HTML page, as a server in front of the peer does: nobody looked at the values. */
  | 'PAGE'
  | 'AUTH'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'RATE'
  | 'SERVER'
  | 'TIMEOUT'
  | 'NETWORK'
  | 'TLS'
  | 'BAD_RESPONSE'
  | 'ABORTED';

/** What went wrong in one attempt. */
export interface Failure {
  kind: FailureKind;
  /** The rest of a sentence that starts with the peer's name, e.g. `could not be reached at wap:30004 (ECONNREFUSED)`. */
  text: string;
  /** The same call may succeed later. */
  transient: boolean;
  /** `false` only when the peer surely did nothing. */
  maybeExecuted: boolean;
  httpStatus?: number;
  retryAfterMs?: number;
}

/** Carries a failure through axios and axios-retry, which ask for `config` on what is thrown. */
export class AttemptError extends Error {
  constructor(
    readonly failure: Failure,
    readonly config: InternalAxiosRequestConfig,
  ) {
    super(failure.text);
  }
}

/** WAP has a code of its own for 403; billing systems do not. For a malformed id, WAP's web server answers with a page. */
function codeOf(family: HttpFamily, kind: FailureKind): ErrorCode {
  if (kind === 'ABORTED') return 'ABORTED';
  if (kind === 'FORBIDDEN') return family === 'WAP' ? 'WAP_FORBIDDEN' : 'BILLING_AUTH';
  if (kind === 'PAGE') return family === 'WAP' ? 'WAP_INPUT' : 'BILLING_BAD_RESPONSE';
  return `${family}_${kind}`;
}

/** `what` names the call, e.g. `PUT /plans/abc`. */
export function toAdapterError(
  failure: Failure,
  about: { family: HttpFamily; peer: string; what: string; subject: string; attempt: number },
): AdapterError {
  const cause: ErrorCause = { retryable: failure.transient, subject: about.subject, attempt: about.attempt };
  if (failure.httpStatus !== undefined) cause.httpStatus = failure.httpStatus;
  if (failure.retryAfterMs !== undefined) cause.retryAfterMs = failure.retryAfterMs;
  const tries = about.attempt > 1 ? `, attempt ${about.attempt}` : '';
  const message = `${about.peer} ${failure.text} (${about.subject}, ${about.what}${tries}).`;
  return new AdapterError(codeOf(about.family, failure.kind), message, cause);
}
