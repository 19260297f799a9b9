import type { ConnectionOptions } from 'node:tls';

/** Settings of one HTTP peer. Times in milliseconds. */
export interface HttpSettings {
  baseUrl: string;
  /** From Node-RED's `tls-config`; certificates are verified unless `rejectUnauthorized` is false in it. */
  tls?: ConnectionOptions;
  /** From Node-RED's `http proxy` node. */
  proxy?: { url: string; user?: string; password?: string; noProxy?: string[] };
  attemptTimeoutMs: number;
  totalTimeoutMs: number;
  /** Repeats after the first attempt, for calls that are safe to repeat. */
  retries: number;
}

export interface HttpCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Relative to `baseUrl`, already percent-encoded. */
  path: string;
  query?: Record<string, string | number>;
  headers?: Record<string, string>;
  /** Sent as JSON when given, unless it is a text. */
  body?: unknown;
  /** The call may be made again after a lost answer. */
  repeatable: boolean;
  /** For messages: what the call is about. */
  subject: string;
  signal?: AbortSignal;
  /** A status that is an answer here, not an error. */
  accept?: (status: number) => boolean;
}

/** `body` is the parsed JSON, `null` when empty. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}
