import type { ConnectionOptions } from 'node:tls';
import type { ProxySettings } from './proxy-settings';
import type { Secrets } from './secrets';

/** The prefix of a client's error codes. */
export type HttpFamily = 'WAP' | 'BILLING';

/** Settings of one HTTP peer. Times in milliseconds. */
export interface HttpSettings {
  baseUrl: string;
  /** From Node-RED's `tls-config`; certificates are verified unless `rejectUnauthorized` is false in it. */
  tls?: ConnectionOptions;
  /** Lets this connection speak TLS older than 1.2 and take weak certificates. */
  oldTls?: boolean;
  proxy?: ProxySettings;
  /** From connecting to the last byte of the answer. */
  attemptTimeoutMs: number;
  /** For a call with its repeats and the waits between them. A wait that would reach beyond it is not begun. */
  totalTimeoutMs: number;
  /** Repeats after the first attempt, for calls that are safe to repeat. */
  retries: number;
  /** How messages call the peer, e.g. `WAP's token site`; default by family. */
  peer?: string;
  /** Answers longer than this (unpacked) are refused; default 64 MiB. */
  maxBodyBytes?: number;
  /** Removed from every text of this peer; the client adds the headers it sends. */
  secrets?: Secrets;
}

/** One call to the peer; the client adds what all its calls carry. */
export interface HttpCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Relative to `baseUrl`, already percent-encoded. */
  path: string;
  query?: Record<string, string | number>;
  headers?: Record<string, string>;
  /** Sent as JSON, unless it is a string. */
  body?: unknown;
  /** Safe to send again when the answer was lost. */
  repeatable: boolean;
  /** For messages: what the call is about. */
  subject: string;
  signal?: AbortSignal;
  /** Statuses that count as an answer here; 2xx always does. */
  accept?: (status: number) => boolean;
  /** `text` leaves the answer's body as it came (XML), `both` gives `{ bytes, json }`; default `json`. */
  read?: 'json' | 'text' | 'both';
}

/** `body` is the parsed JSON; `null` for an empty answer to a write, and for an accepted status other than 2xx without JSON. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** Provides the `Authorization` header. `refused` is told that the peer answered 401 to it, and the call is made once more with
 *  a new one: a 401 was not executed, so that is safe for every call. Without `refused` a 401 is final. */
export interface Authorizer {
  header(signal: AbortSignal): Promise<string>;
  refused?(header: string): void;
}

/** One peer: one set of kept-alive connections. Every failure is an AdapterError with a code of the family,
 *  ABORTED when the signal fired or the client was closed. */
export interface HttpClient {
  call(call: HttpCall): Promise<HttpAnswer>;
  /** Ends calls in flight with ABORTED and closes the connections; later calls are ABORTED too. */
  close(): void;
}
