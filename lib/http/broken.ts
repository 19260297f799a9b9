import type { Failure } from './failure';
import { TunnelRefused } from './tunnel';

/** Node's and OpenSSL's names for a certificate or TLS handshake that failed. */
const tlsCodes =
  /^(CERT_|CRL_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_|EPROTO)/;

/** The request cannot have left this machine. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

function tlsRemedy(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return 'its certificate is for another name: use that name in the address, or set it as server name in the TLS configuration';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return 'its certificate is not valid at this time: renew it, or set the clock right';
  if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return 'the two could not agree on TLS: is https right for this port?';
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_OSSL_'))
    return 'TLS failed: check certificate and key in the TLS configuration';
  return 'its certificate is not signed by an authority known here: give that authority (CA) in the TLS configuration of this connection, or switch off certificate verification there';
}

function networkText(code: string, place: string): string {
  if (code === 'ECONNREFUSED') return `could not be reached: nothing listens at ${place} (ECONNREFUSED)`;
  if (code === 'ENOTFOUND') return `could not be reached: the host name of ${place} is not known (ENOTFOUND)`;
  if (code === 'ECONNRESET' || code === 'EPIPE') return `broke the connection to ${place} (${code})`;
  return `could not be reached at ${place} (${code || 'no code'})`;
}

function textOf(value: unknown, name: 'code' | 'syscall'): string {
  if (typeof value !== 'object' || value === null || !(name in value)) return '';
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'string' ? found : '';
}

/** What a thrown transport error means. `place` is `host:port`, with the proxy where one is used; `maxBodyBytes` is
 *  for the message. An error with `response` means that the answer had begun. */
export function failureOfBreak(error: unknown, place: string, maxBodyBytes: number): Failure {
  const wrapped = typeof error === 'object' && error !== null ? error : {};
  const origin: unknown = Reflect.get(wrapped, 'cause') ?? error;
  const code = textOf(error, 'code') || textOf(origin, 'code');
  const begun = Reflect.get(wrapped, 'response') !== undefined;

  if (tlsCodes.test(code))
    return {
      kind: 'TLS',
      text: `at ${place} was not trusted (${code}): ${tlsRemedy(code)}`,
      transient: false,
      maybeExecuted: false,
    };
  if (code === 'ERR_BAD_RESPONSE' && !begun)
    return {
      kind: 'BAD_RESPONSE',
      text: `answered more than ${maxBodyBytes} bytes`,
      transient: false,
      maybeExecuted: true,
    };
  if (origin instanceof TunnelRefused) return failureOfTunnel(origin.proxyStatus, place);
  if (begun) return { kind: 'NETWORK', text: `at ${place} broke off its answer`, transient: true, maybeExecuted: true };
  if (code.startsWith('HPE_'))
    return {
      kind: 'BAD_RESPONSE',
      text: `at ${place} did not answer in HTTP (${code}): are address and port right?`,
      transient: false,
      maybeExecuted: true,
    };
  const unsent = neverSent.has(code) || textOf(origin, 'syscall') === 'connect';
  return { kind: 'NETWORK', text: networkText(code, place), transient: true, maybeExecuted: !unsent };
}

function failureOfTunnel(status: number, place: string): Failure {
  const why = status === 407 ? 'the proxy did not accept its user and password' : `the proxy answered ${status}`;
  const transient = status >= 500;
  return { kind: 'NETWORK', text: `could not be reached at ${place}: ${why}`, transient, maybeExecuted: false };
}
