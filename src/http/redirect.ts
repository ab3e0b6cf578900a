/** Where an answer redirects to, and whether that may be followed. Pure. */
import type { Answer } from './exchange.ts';
import { redactUrl } from '../util/redact.ts';

/** The next URL may carry user-info. */
export type RedirectTarget =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'follow'; readonly url: URL };

/** Only http and https are followed, and from https to http only to one of `plainHosts` (host with port). */
export function redirectTarget(
  answer: Pick<Answer, 'status' | 'headers'>,
  from: URL,
  plainHosts: ReadonlySet<string>,
): RedirectTarget {
  if (!REDIRECTS.has(answer.status)) return { kind: 'none' };
  const location = answer.headers['location'] ?? '';
  if (location === '' || !URL.canParse(location, from.href)) {
    return { kind: 'refused', reason: `the redirect (${answer.status}) names no usable URL` };
  }
  const url = new URL(location, from);
  const shown = redactUrl(url.href);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { kind: 'refused', reason: `the redirect to ${shown} leaves http and https` };
  }
  if (from.protocol === 'https:' && url.protocol === 'http:' && !plainHosts.has(url.host)) {
    return { kind: 'refused', reason: `the redirect to ${shown} gives up encryption` };
  }
  return { kind: 'follow', url };
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
