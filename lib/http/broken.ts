import type { Failure } from './failure';
import { closedEarly, tlsFailure } from './tls-failure';
import { TunnelRefused } from './tunnel';

/** Codes after which the request cannot have left this machine. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

/** What is known of a peer, for messages. */
export interface PeerFacts {
  /** `host:port`, with the proxy where one is used. */
  place: string;
  maxBodyBytes: number;
  isHttps: boolean;
  isOldTlsAllowed: boolean;
  /** True once it has answered a call: the address is right. */
  hasAnswered: boolean;
  /** Advice for messages that say it cannot be reached; may be empty. */
  hint: string;
}

/** Says what to look at where the code is known, and the code in any case. */
function networkText(code: string, place: string): string {
  if (code === 'ECONNREFUSED') return `could not be reached: nothing listens at ${place} (ECONNREFUSED)`;
  if (code === 'ENOTFOUND') return `could not be reached: the host name of ${place} is not known (ENOTFOUND)`;
  return `could not be reached at ${place} (${code || 'no code'})`;
}

/** A text field of whatever was thrown; empty where there is none. */
function textOf(value: unknown, name: 'code' | 'syscall' | 'message'): string {
  if (typeof value !== 'object' || value === null || !(name in value)) return '';
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'string' ? found : '';
}

/** What a thrown transport error means. An error with `response` means that the answer had begun. */
export function failureOfBreak(error: unknown, peer: PeerFacts): Failure {
  const { place, maxBodyBytes } = peer;
  const wrapped = typeof error === 'object' && error !== null ? error : {};
  const origin: unknown = Reflect.get(wrapped, 'cause') ?? error;
  const code = textOf(error, 'code') || textOf(origin, 'code');
  const begun = Reflect.get(wrapped, 'response') !== undefined;

  const tls = begun ? null : tlsFailure(code, textOf(origin, 'message'), place, peer.isOldTlsAllowed);
  if (tls !== null) return { kind: 'TLS', text: tls, transient: false, maybeExecuted: false };
  if (code === 'ERR_BAD_RESPONSE' && !begun)
    return {
      kind: 'BAD_RESPONSE',
      text: `answered more than ${maxBodyBytes} bytes`,
      transient: false,
      maybeExecuted: true,
    };
  if (origin instanceof TunnelRefused) return failureOfTunnel(origin.proxyStatus, place);
  if (begun) return { kind: 'NETWORK', text: `at ${place} broke off its answer`, transient: true, maybeExecuted: true };
  if (code.startsWith('HPE_')) {
    const what = isTlsRecord(origin) ? 'speaks TLS' : 'did not answer in HTTP';
    const remedy = isTlsRecord(origin) ? 'write https in the address' : 'are address and port right?';
    return {
      kind: 'BAD_RESPONSE',
      text: `at ${place} ${what} (${code}): ${remedy}`,
      transient: false,
      maybeExecuted: true,
    };
  }
  const early = closedEarly(code, textOf(origin, 'message'), place, peer.isOldTlsAllowed);
  if (early !== null) return { kind: 'NETWORK', text: early, transient: true, maybeExecuted: false };
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    // An https port hangs up on plain http. Once the peer has answered, that cannot be the reason.
    const https = peer.isHttps || peer.hasAnswered ? '' : ': does this port want https?';
    return {
      ...{ kind: 'NETWORK', text: `broke the connection to ${place} (${code})${https}` },
      ...{ transient: true, maybeExecuted: true },
    };
  }
  const unsent = neverSent.has(code) || textOf(origin, 'syscall') === 'connect';
  const text = networkText(code, place) + (unsent ? peer.hint : '');
  return { kind: 'NETWORK', text, transient: true, maybeExecuted: !unsent };
}

/** A TLS alert is how an https port answers plain HTTP. */
function isTlsRecord(error: unknown): boolean {
  const packet: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'rawPacket') : undefined;
  return packet instanceof Uint8Array && packet[0] === 0x15 && packet[1] === 3;
}

/** The proxy answered, but opened no tunnel: the peer has seen nothing of the call. */
function failureOfTunnel(status: number, place: string): Failure {
  const why = status === 407 ? 'the proxy did not accept its user and password' : `the proxy answered ${status}`;
  const transient = status >= 500;
  return { kind: 'NETWORK', text: `could not be reached at ${place}: ${why}`, transient, maybeExecuted: false };
}
