import type { ConnectionOptions } from 'node:tls';
import type { NodeAPI } from 'node-red';
import { AdapterError } from '../lib/errors';
import type { ProxySettings } from '../lib/http/proxy-settings';

/** Settings taken from Node-RED's own configuration nodes, so that certificates and proxies are kept in one place. */
export interface Peers {
  tls?: ConnectionOptions;
  proxy?: ProxySettings;
}

/** Shapes of the core nodes `tls-config` and `http proxy` as far as they are used. */
interface TlsNode {
  addTLSOptions(options: ConnectionOptions): ConnectionOptions;
}
interface ProxyNode {
  url: string;
  noproxy?: string[];
  credentials?: { username?: string; password?: string };
}

/** Reads the nodes that `tls` and `proxy` of a saved configuration name. @throws INPUT_CONFIG when one is missing. */
export function peersOf(RED: NodeAPI, saved: Record<string, unknown>): Peers {
  const tls = peer<TlsNode>(RED, saved, 'tls', 'addTLSOptions');
  const proxy = peer<ProxyNode>(RED, saved, 'proxy', 'url');
  return {
    ...(tls ? { tls: tls.addTLSOptions({}) } : {}),
    ...(proxy ? { proxy: toProxy(proxy) } : {}),
  };
}

function peer<T>(
  RED: NodeAPI,
  saved: Record<string, unknown>,
  property: string,
  mark: keyof T & string,
): T | undefined {
  const id = saved[property];
  if (typeof id !== 'string' || id === '') return undefined;
  const node: unknown = RED.nodes.getNode(id);
  if (typeof node === 'object' && node !== null && mark in node) return node as T;
  throw new AdapterError('INPUT_CONFIG', `${property}: the configuration node is missing or disabled.`, {
    subject: property,
  });
}

function toProxy({ url, noproxy, credentials }: ProxyNode): ProxySettings {
  return {
    url,
    ...(credentials?.username ? { user: credentials.username } : {}),
    ...(credentials?.password ? { password: credentials.password } : {}),
    ...(noproxy?.length ? { noProxy: noproxy } : {}),
  };
}
