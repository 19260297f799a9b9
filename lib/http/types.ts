import type { ConnectionOptions } from 'node:tls';
import type { ProxySettings } from './proxy-settings';
import type { Secrets } from './secrets';

/** Which codes the errors of a client have: `WAP_…` or `BILLING_…`. */
export type HttpFamily = 'WAP' | 'BILLING';

/** Settings of one HTTP peer. Times in milliseconds. */
export interface HttpSettings {
  baseUrl: string;
  /** From Node-RED's `tls-config`; certificates are verified unless `rejectUnauthorized` is false in it. */
  tls?: ConnectionOptions;
  /** Lets this connection speak TLS older than 1.2 and take weak certificates. */
  oldTls?: boolean;
  proxy?: ProxySettings;
  attemptTimeoutMs: number;
  totalTimeoutMs: number;
  /** Repeats after the first attempt, for calls that are safe to repeat. */
  retries: number;
  /** How messages call the peer, e.g. `WAP's token site`; default by family. */
  peer?: string;
  /** Answers longer than this (unpacked) are refused; default 64 MiB. */
  maxBodyBytes?: number;
  /** What no text of this peer may tell; the client adds what it sends itself. */
  secrets?: Secrets;
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
  /** A status that is an answer here, not an error; 2xx always is. */
  accept?: (status: number) => boolean;
  /** `text` leaves the answer's body as it came (XML), `both` gives `{ bytes, json }`; default `json`. */
  read?: 'json' | 'text' | 'both';
}

/** `body` is the parsed JSON, `null` when a write was answered with nothing (also when an accepted status other than 2xx has no JSON). */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** Gives the value of the `Authorization` header. `refused` tells that the peer answered 401 to it: the call is then
 *  made once more with a new one (a 401 was not executed, so this holds for every call). Without `refused` a 401 is final. */
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
