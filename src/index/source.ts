/** Configured sources and which of them a project may come from. Pure. */
import type { Transport } from '../http/client.ts';
import { matchesGlob } from '../util/glob.ts';

/** A source as configured, with every variable in it expanded. */
export interface Source {
  readonly name: string;
  readonly url: string;
  readonly type: 'index' | 'find_links';
  readonly verifySsl: boolean;
  /** Patterns of normalised names: `*`, `?`, `[…]`. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly username?: string;
  readonly password?: string;
  readonly caCerts?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  /** Variables its url and keys use that have no value. */
  readonly unset?: readonly string[];
}

/** Sources for the project `name`: those that include it, else all that do not exclude it; in their order. */
export function routeSources(sources: readonly Source[], name: string): readonly Source[] {
  const key = normalizePattern(name);
  const including = sources.filter((source) => matchesAny(source.include, key));
  if (including.length > 0) return including;
  return sources.filter((source) => !matchesAny(source.exclude, key));
}

/** Whether a source is safe from tampering on the way: https, this machine, or the user said it need not be verified. */
export function isTrustedSource(source: Source): boolean {
  if (!source.verifySsl || !/^http:/i.test(source.url) || !URL.canParse(source.url)) return true;
  const { hostname } = new URL(source.url);
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d+){3}$/.test(hostname)
  );
}

/** What an HTTP client has to know about the sources that are reached by it. */
export function transportsOf(sources: readonly Source[]): readonly Transport[] {
  return sources.filter((source) => isHttpUrl(source.url));
}

/** Whether `url` is fetched over the network. */
export function isHttpUrl(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}

function matchesAny(patterns: readonly string[], key: string): boolean {
  return patterns.some((pattern) => matchesGlob(key, normalizePattern(pattern)));
}

/** No `!` survives: it becomes `-`. */
function normalizePattern(pattern: string): string {
  return pattern.replaceAll(/[^A-Za-z0-9?*[\]-]+/g, '-').toLowerCase();
}
