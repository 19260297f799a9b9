import { AdapterError, shapeOf } from '../errors';
import type { HttpSettings } from '../http';
import { safelyDecoded } from './secrets';
import type { TunnelProxy } from './tunnel';

type ProxySettings = NonNullable<HttpSettings['proxy']>;

/** Whether a no-proxy entry names the target: `*`, `host`, `host:port`, `.domain`, `*.domain` or a bare domain. */
function names(entry: string, host: string, port: string): boolean {
  const [, name = '', entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry.trim().toLowerCase()) ?? [];
  if (name === '' || (entryPort !== undefined && entryPort !== port)) return false;
  if (name === '*') return true;
  const domain = name.replace(/^\*?\./, '');
  return host === domain || host.endsWith(`.${domain}`);
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

/** `host:port` for messages; never with credentials. */
export function placeOf(url: URL): string {
  return `${url.hostname}:${portOf(url)}`;
}

/** The proxy for this target, in axios' words; `false` for a direct connection. The environment's proxy variables are
 *  not read: what a connection uses is what its settings say.
 *  @throws INPUT_INVALID when the proxy's address is none. */
export function proxyFor(target: URL, proxy: ProxySettings | undefined): TunnelProxy | false {
  if (!proxy || proxy.url === '') return false;
  const url = URL.canParse(proxy.url) ? new URL(proxy.url) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw new AdapterError(
      'INPUT_INVALID',
      `proxy.url: an address such as http://proxy:3128 is needed, got ${shapeOf(proxy.url)}.`,
      { subject: 'proxy.url' },
    );
  const host = target.hostname.toLowerCase();
  if ((proxy.noProxy ?? []).some(entry => names(entry, host, portOf(target)))) return false;
  const config: TunnelProxy = {
    protocol: url.protocol,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(portOf(url)),
  };
  const user = proxy.user || safelyDecoded(url.username);
  if (user) config.auth = { username: user, password: proxy.password ?? safelyDecoded(url.password) };
  return config;
}
