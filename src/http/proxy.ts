/** Which proxy the environment names for a URL. Pure. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy's URL, or undefined for a direct connection. Reads http_proxy / https_proxy, then all_proxy, lower case first;
 * no_proxy takes `*`, hosts (with their sub-domains), host:port, addresses and CIDR blocks, separated by commas or blanks.
 */
export function proxyFor(url: URL, env: Env): string | undefined {
  const scheme = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const proxy = valueOf(env, scheme) ?? valueOf(env, 'all_proxy');
  if (proxy === undefined || isExempt(url, valueOf(env, 'no_proxy') ?? '')) return undefined;
  return proxy.includes('://') ? proxy.replace(/^socks5h:/i, 'socks5:') : `http://${proxy}`;
}

function valueOf(env: Env, name: string): string | undefined {
  const value = env[name] ?? env[name.toUpperCase()];
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

function isExempt(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return noProxy
    .toLowerCase()
    .split(/[,\s]+/)
    .some((entry) => entry !== '' && entryCovers(entry, host, port));
}

function entryCovers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return blockCovers(entry, host);
  const [, name = entry, entryPort] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  const bare = name.replace(/^\*?\./, '').replace(/^\[|\]$/g, '');
  return host === bare || host.endsWith(`.${bare}`);
}

function blockCovers(block: string, host: string): boolean {
  const [network = '', bits = ''] = block.split('/');
  const family = familyOf(host);
  const prefix = Number(bits);
  if (family === undefined || familyOf(network) !== family || !/^\d+$/.test(bits)) return false;
  if (prefix > (family === 'ipv4' ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(host, family);
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  if (isIPv4(address)) return 'ipv4';
  return isIPv6(address) ? 'ipv6' : undefined;
}
