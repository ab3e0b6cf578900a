/** Which user name and password go with a request. Pure. */
import type { Netrc } from './netrc.ts';

/** A user name and a password, either may be empty. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What is configured for URLs at or below one origin and path. */
export interface CredentialScope {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

/** Finds credentials for a URL that has none itself. */
export type CredentialLookup = (url: URL) => Credentials | undefined;

/**
 * Configured scopes of the same origin first, the one that shares the longest path; then netrc, by exact host, which also has
 * the password of a user that is configured without one.
 */
export function createCredentialLookup(scopes: readonly CredentialScope[], netrc: Netrc | undefined): CredentialLookup {
  const known = scopes.flatMap((scope) => {
    const taken = takeUserInfo(scope.url);
    const credentials =
      scope.username === undefined && scope.password === undefined
        ? taken.credentials
        : {
            username: scope.username ?? taken.credentials?.username ?? '',
            password: scope.password ?? taken.credentials?.password ?? '',
          };
    return credentials === undefined ? [] : [{ url: taken.url, credentials }];
  });
  return (url) => {
    const own = closestScope(known, url)?.credentials;
    const stored = netrc?.hosts.get(url.hostname) ?? netrc?.fallback;
    const isComplete = own !== undefined && (own.password !== '' || own.username !== stored?.username);
    return isComplete ? own : stored;
  };
}

/** Splits the user-info off a URL. */
export function takeUserInfo(text: string | URL): { url: URL; credentials: Credentials | undefined } {
  const url = new URL(text);
  if (url.username === '' && url.password === '') return { url, credentials: undefined };
  const credentials = { username: decodePercent(url.username), password: decodePercent(url.password) };
  url.username = '';
  url.password = '';
  return { url, credentials };
}

/** The value of an `Authorization: Basic` header, UTF-8 as RFC 7617 allows. */
export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

/** The item of `url`'s origin whose path shares most leading segments with it; the first one on a tie. */
export function closestScope<T extends { readonly url: URL }>(scopes: readonly T[], url: URL): T | undefined {
  let best: { readonly scope: T; readonly shared: number } | undefined;
  for (const scope of scopes) {
    if (scope.url.origin !== url.origin) continue;
    const shared = sharedSegments(scope.url.pathname, url.pathname);
    if (best === undefined || shared > best.shared) best = { scope, shared };
  }
  return best?.scope;
}

function sharedSegments(a: string, b: string): number {
  const left = a.split('/').filter((part) => part !== '');
  const right = b.split('/').filter((part) => part !== '');
  let count = 0;
  while (count < left.length && count < right.length && left[count] === right[count]) count++;
  return count;
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
