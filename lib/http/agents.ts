import http from 'node:http';
import https from 'node:https';
import type { HttpSettings } from '../http';
import { proxyFor } from './proxy';
import type { TunnelProxy } from './tunnel';
import { TunnelAgent } from './tunnel';

/** How the connections to one peer are made: kept alive, with its TLS options and its proxy. */
export interface Connections {
  httpAgent: http.Agent;
  httpsAgent: https.Agent;
  /** For axios: only plain http is forwarded by it; https goes through the agent's tunnel. */
  proxy: TunnelProxy | false;
  /** Through which proxy, whichever way. */
  via: TunnelProxy | false;
  destroy(): void;
}

export function openConnections(
  peer: URL,
  settings: Pick<HttpSettings, 'tls' | 'proxy' | 'attemptTimeoutMs'>,
  maxSockets = Number.POSITIVE_INFINITY,
): Connections {
  const via = proxyFor(peer, settings.proxy);
  const isTunnel = via && peer.protocol === 'https:';
  const options = { ...settings.tls, keepAlive: true, maxSockets };
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
