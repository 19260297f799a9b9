import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { Clock } from '../async/clock';
import type { CheckedPart } from '../checked';
import { oldTls } from './agents';
import { proxyFor } from './proxy';
import type { HttpSettings } from './types';

/** What a server's certificate says. */
export interface ShownCertificate {
  host: string;
  /** ms UTC */
  endsAt: number;
  /** Why it is refused; `null` when it is accepted or not verified. */
  refused: string | null;
}

/** The certificate that the server at an https address shows; `null` for http, and behind a proxy, where the connection is not
 *  ours to look at.
 *  @throws what connecting throws (a system error, an abort) */
export async function certificateOf(
  address: string,
  { tls = {}, oldTls: isOld, proxy }: Pick<HttpSettings, 'tls' | 'oldTls' | 'proxy'>,
  signal: AbortSignal,
): Promise<ShownCertificate | null> {
  const url = new URL(address);
  if (url.protocol !== 'https:' || proxyFor(url, proxy)) return null;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const named = isIP(host) ? {} : { servername: host };
  const options = { ...named, ...tls, ...(isOld ? oldTls : {}), rejectUnauthorized: false };
  const socket = connect({ host, port: Number(url.port || 443), ...options });
  try {
    await once(socket, 'secureConnect', { signal });
    const isVerified = tls.rejectUnauthorized !== false;
    return {
      host: url.host,
      endsAt: Date.parse(socket.getPeerCertificate().valid_to),
      refused: isVerified && !socket.authorized ? String(socket.authorizationError) : null,
    };
  } finally {
    socket.destroy();
  }
}

const dayMs = 86_400_000;
/** From when on a certificate that ends is worth a word: time enough to get another one. */
const soonMs = 30 * dayMs;

/** The worst of the certificates that the servers at these addresses show, for Test connection. */
export async function checkCertificates(
  addresses: string[],
  http: Pick<HttpSettings, 'tls' | 'oldTls' | 'proxy'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<Omit<CheckedPart, 'part'>> {
  const shown = await Promise.all(addresses.map(address => certificateOf(address, http, signal)));
  const all = shown.filter(one => one !== null).sort((a, b) => a.endsAt - b.endsAt);
  const [worst] = [...all.filter(({ refused }) => refused !== null), ...all];
  if (!worst) return { ok: null, found: 'noCertificate' };
  const { host, refused, endsAt } = worst;
  const values = { host, day: new Date(endsAt).toISOString().slice(0, 10) };
  const leftMs = endsAt - clock.now();
  if (leftMs < 0) return { ok: false, found: 'certificateOver', values };
  if (refused !== null) return { ok: false, found: 'certificateRefused', values: { host, reason: refused } };
  return { ok: true, found: leftMs < soonMs ? 'certificateSoon' : 'certificate', values };
}
