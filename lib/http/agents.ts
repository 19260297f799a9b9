import { constants } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { proxyFor } from './proxy';
import type { TunnelProxy } from './tunnel';
import { TunnelAgent } from './tunnel';
import type { HttpSettings } from './types';

/** How the connections to one peer are made: kept alive, with its TLS options and its proxy. */
export interface Connections {
  httpAgent: http.Agent;
  httpsAgent: https.Agent;
  /** The proxy that axios uses itself: plain http only, https goes through the agent's tunnel. */
  proxy: TunnelProxy | false;
  /** The proxy in either case. */
  via: TunnelProxy | false;
  destroy(): void;
}

/** What servers of 2012 need: TLS 1.0 and 1.1, SHA-1 signatures, small keys, no secure renegotiation. */
export const oldTls = {
  minVersion: 'TLSv1',
  ciphers: 'DEFAULT@SECLEVEL=0',
  secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
} as const;

/** Agents for one peer, which live as long as its client; `maxSockets` 1 gives NTLM a connection of its own.
 *  @throws INPUT_INVALID when the proxy's address is not one */
export function openConnections(
  peer: URL,
  settings: Pick<HttpSettings, 'tls' | 'oldTls' | 'proxy' | 'attemptTimeoutMs'>,
  maxSockets = Number.POSITIVE_INFINITY,
): Connections {
  const via = proxyFor(peer, settings.proxy);
  const isTunnel = via && peer.protocol === 'https:';
  const options = { ...settings.tls, ...(settings.oldTls ? oldTls : {}), keepAlive: true, maxSockets };
  const httpAgent = new http.Agent({ keepAlive: true, maxSockets });
  const httpsAgent = isTunnel ? new TunnelAgent(via, settings.attemptTimeoutMs, options) : new https.Agent(options);
  return {
    httpAgent,
    httpsAgent,
    proxy: isTunnel ? false : via,
    via,
    destroy: () => {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}
