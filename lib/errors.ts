/** The closed list of codes a Catch node can meet, each with what it means. docs/errors.md is generated from it. */
export const errorCodes = {
  INPUT_MISSING: 'A value the node needs was not given.',
  INPUT_INVALID: 'A value cannot be used.',
  INPUT_CONFIG: 'The node cannot work as it is set up.',
  INTERNAL: 'A defect of this package; please report it.',
  ABORTED: 'The node was closed (deploy or shutdown) while it worked.',
  WAP_INPUT: 'WAP refused the values sent (400).',
  WAP_AUTH: 'WAP or its token site did not accept the credentials (401).',
  WAP_FORBIDDEN: 'The account may not do this in WAP (403).',
  WAP_NOT_FOUND: 'WAP does not know the plan, add-on or other thing named (404).',
  WAP_CONFLICT: 'WAP has it already, usually the name (409).',
  WAP_RATE: 'WAP asked to slow down (429).',
  WAP_SERVER: 'WAP failed (5xx).',
  WAP_TIMEOUT: 'WAP did not answer in time.',
  WAP_NETWORK: 'WAP could not be reached, or the connection broke.',
  WAP_TLS: "WAP's certificate was not accepted, or the two could not agree on TLS.",
  WAP_BAD_RESPONSE: 'WAP answered something that cannot be read.',
  WAP_WENT_BACK: 'WAP does not show what was read from it before: its database was restored.',
  WAP_CLONE_DIFFERS: 'The clone, read back, is not equal to its original.',
  WAP_REFUSED: 'A guard of the node refused the operation to protect tenants or data.',
  BILLING_INPUT: 'The billing system refused the values sent (4xx).',
  BILLING_AUTH: 'The billing system did not accept the credentials (401, 403).',
  BILLING_NOT_FOUND: 'The billing system does not know it (404).',
  BILLING_CONFLICT: 'The billing system has it already (409).',
  BILLING_OFFER_DIFFERS: 'An offer with this key exists and is not the same.',
  BILLING_RATE: 'The billing system asked to slow down (429).',
  BILLING_SERVER: 'The billing system failed (5xx).',
  BILLING_TIMEOUT: 'The billing system did not answer in time.',
  BILLING_NETWORK: 'The billing system could not be reached, or the connection broke.',
  BILLING_TLS: "The billing system's certificate was not accepted, or the two could not agree on TLS.",
  BILLING_BAD_RESPONSE: 'The billing system answered something that cannot be read.',
  BILLING_TEMPLATE: 'A template of the billing connection failed.',
  STATE_LOCKED: 'Another process uses the state file.',
  STATE_READER: 'Another poll node reads this feed under the same reader name.',
  STATE_UNAVAILABLE:
    'The state store cannot be opened or written, or is not the file that was opened any more (state.md).',
  STATE_NEWER: 'The state store was written by a newer version of this package.',
  STATE_CONFLICT: 'The change would break a rule of the store, such as one billing id for one WAP id.',
  STATE_NOT_FOUND: 'The store has no such entry.',
  STATE_IMPORT: 'The file to import has bad lines; nothing was changed.',
  STATE_STEP_CHANGED: 'A step of a workflow run would now be done with other values than were recorded.',
  STATE_RUN_ENDED: 'The message belongs to a workflow run that has ended or was started again.',
  STATE_RUNS_MIXED: 'A message carries parts of several workflow runs, which a node put together.',
  STATE_DELIVERY: 'The acknowledgement does not belong to an open batch.',
  CALL_MALFORMED: 'A request from WAP could not be read, and was refused.',
  CALL_CONFLICT: 'WAP used one event id for two different requests; the second was refused.',
  CALL_BUSY: 'Too many requests from WAP wait for the flow.',
  CALL_ANSWERED: 'The request from WAP was answered before.',
  CALL_LATE: 'The answer came after the deadline, when WAP had its answer.',
  CALL_UNKNOWN: 'No request from WAP is known that this answer belongs to.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** What a Catch node finds in `msg.error.cause`: plain data, never a credential and never a raw body. */
export interface ErrorCause {
  /** A later repeat of the same call may succeed. */
  retryable: boolean;
  httpStatus?: number;
  retryAfterMs?: number;
  /** What the failed call was about, e.g. `plan Gold`, or the field of a bad input. */
  subject?: string;
  /** How many times the call was made. */
  attempt?: number;
  /** The workflow run in which it failed, and its step. */
  run?: { id: string; key: string; step: string; node: string; visit: number };
  /** Further plain facts, e.g. the bad lines of an import. */
  details?: unknown;
  /** Address of the page that says what the code means and what to do. */
  help?: string;
  /** The message already says what to do, so the remedy of its code is not added. Catch nodes do not see this. */
  advises?: true;
}

/** The one error class of this package; only `code` and `cause` (and the message) reach a Catch node. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
  override readonly cause: ErrorCause;
  constructor(
    readonly code: ErrorCode,
    message: string,
    cause: Partial<ErrorCause> = {},
  ) {
    super(message);
    this.cause = { retryable: false, ...cause };
  }

  /** The message alone: Node-RED shows an error by this, and would otherwise begin with the class name. */
  override toString(): string {
    return this.message;
  }

  /** An error whose message says what to do. Other errors get the remedy of their code wherever a person reads them. */
  static advising(code: ErrorCode, message: string, cause: Partial<ErrorCause> = {}): AdapterError {
    return new AdapterError(code, message, { ...cause, advises: true });
  }
}

/** The shape of a value for an error message: its type and size, never its content. */
export function shapeOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'string') return value === '' ? 'an empty text' : `a text of ${value.length} characters`;
  if (typeof value === 'object') return `an object with ${Object.keys(value).length} fields`;
  return `a ${typeof value}`;
}

/** INPUT_INVALID for a value of the wrong shape: names the field, what it must be and what came, never the value itself. */
export function invalid(field: string, wanted: string, value: unknown): AdapterError {
  return new AdapterError('INPUT_INVALID', `${field}: expected ${wanted}, but got ${shapeOf(value)}.`, {
    subject: field,
  });
}

/** INPUT_INVALID whose message says what to do about `field`. */
export function invalidField(field: string, problem: string): AdapterError {
  return AdapterError.advising('INPUT_INVALID', `${field}: ${problem}`, { subject: field });
}

/** An object with fields: neither null nor a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
