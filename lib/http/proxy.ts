import { invalid } from '../errors';
import { names } from './no-proxy';
import type { ProxySettings } from './proxy-settings';
import { safelyDecoded } from './secrets';
import type { TunnelProxy } from './tunnel';

/** The port, written or by the protocol. */
function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

/** `host:port` for messages; never with credentials. */
export function placeOf(url: URL): string {
  return `${url.hostname}:${portOf(url)}`;
}

/** The proxy for this target as axios takes it; `false` for a direct connection. Proxy variables of the environment are not
 *  read: a connection uses what its settings say.
 *  @throws INPUT_INVALID when the proxy's address is not one */
export function proxyFor(target: URL, proxy: ProxySettings | undefined): TunnelProxy | false {
  if (!proxy || proxy.url === '') return false;
  const url = URL.canParse(proxy.url) ? new URL(proxy.url) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw invalid('proxy.url', 'an address such as http://proxy:3128', proxy.url);
  if (isException(target, proxy.noProxy ?? [])) return false;
  const config: TunnelProxy = {
    protocol: url.protocol,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(portOf(url)),
  };
  const user = proxy.user || safelyDecoded(url.username);
  if (user) config.auth = { username: user, password: proxy.password ?? safelyDecoded(url.password) };
  return config;
}

/** Whether the list names the target. */
function isException(target: URL, entries: readonly string[]): boolean {
  const host = target.hostname.toLowerCase().replace(/^\[|\]$/g, '');
  return entries.some(entry => names(entry, host, portOf(target)));
}

/** Advice for a peer that cannot be reached while other programs on this machine would use a proxy. */
export function unusedProxy(target: URL, environment: NodeJS.ProcessEnv = process.env): string {
  const nameOf = (word: string) => [word, word.toLowerCase()].find(name => (environment[name] ?? '') !== '');
  const variable = nameOf(target.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') ?? nameOf('ALL_PROXY');
  const exceptions = environment[nameOf('NO_PROXY') ?? ''] ?? '';
  if (
    variable === undefined ||
    isException(
      target,
      exceptions.split(/[\s,]+/).filter(each => each !== ''),
    )
  )
    return '';
  return `; ${variable} of the environment is not used: if a proxy is needed, choose it in this connection`;
}
