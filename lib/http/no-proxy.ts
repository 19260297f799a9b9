import net from 'node:net';

/** Whether an entry of a no-proxy list covers the target: `*`, `host`, `host:port`, `.domain`, `*.domain`, a bare domain, an
 *  IPv4 or IPv6 address in any notation, with a port as in `[::1]:8080`, or a range such as `10.0.0.0/8`. Names are not
 *  resolved. `host` is lower case, without brackets. */
export function names(entry: string, host: string, port: string): boolean {
  const text = entry.trim().toLowerCase();
  if (text === '*') return true;
  const range = /^\[?([^\]]+)\]?\/(\d{1,3})$/.exec(text);
  if (range) return inRange(host, range[1] ?? '', Number(range[2]));
  if (net.isIPv6(text)) return isSameAddress(host, text);
  const [, bracketed, plain = '', entryPort] = /^(?:\[(.+)\]|(.*?))(?::(\d+))?$/.exec(text) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  if (bracketed !== undefined) return isSameAddress(host, bracketed);
  if (plain === '') return false;
  if (plain === '*') return true;
  const domain = plain.replace(/^\*?\./, '');
  return host === domain || host.endsWith(`.${domain}`);
}

function familyOf(address: string): 'ipv4' | 'ipv6' | null {
  if (net.isIPv4(address)) return 'ipv4';
  return net.isIPv6(address) ? 'ipv6' : null;
}

const isSameAddress = (host: string, address: string): boolean =>
  inRange(host, address, net.isIPv4(address) ? 32 : 128);

/** By Node's own list, which knows every notation of an address. */
function inRange(host: string, address: string, prefix: number): boolean {
  const family = familyOf(address);
  const own = familyOf(host);
  if (family === null || own === null || prefix > (family === 'ipv4' ? 32 : 128)) return false;
  const list = new net.BlockList();
  list.addSubnet(address, prefix, family);
  return list.check(host, own);
}
