/** Fetches pages over HTTP, through the page cache. */
import { isTspmError } from '../errors.ts';
import { takeUserInfo } from '../http/credentials.ts';
import { offlineError } from '../http/offline.ts';
import { redactUrl } from '../util/redact.ts';
import type { HttpClient, HttpResponse } from '../ports.ts';
import { unusableAnswer } from './bad-answer.ts';
import { parseSimpleHtml } from './html.ts';
import { isOpenEnded } from './open-ended.ts';
import type { CachedPage, PageCache } from './page-cache.ts';
import { MAX_PAGE_BYTES, type Page } from './page.ts';
import { parseSimpleJson } from './simple-json.ts';

/** What is asked for. */
export interface PageRequest {
  readonly url: string;
  /** Normalised name of the project the page must be about; undefined for pages of links. */
  readonly project: string | undefined;
  /** User name the page is fetched with: pages may differ by user. */
  readonly username: string | undefined;
  /** Seconds to keep it when the server says nothing about that. */
  readonly defaultMaxAge: number;
}

/** A page, with the URL it has after redirects, or the fact that there is none. */
export type LoadedPage =
  | { readonly kind: 'page'; readonly page: Page; readonly url: string }
  | { readonly kind: 'absent' };

/** Loads pages; requests for a page that is being loaded share its answer. */
export interface PageLoader {
  load(request: PageRequest): Promise<LoadedPage>;
}

/** What a loader needs. */
export interface PageLoaderSettings {
  readonly http: HttpClient;
  readonly cache: PageCache;
  /** Which kept pages do without asking the server: none, those that are fresh, or all; then others are an error. */
  readonly trust: 'nothing' | 'fresh' | 'kept';
  /** Told of a page that is kept, for which nobody is asked: its URL without secrets. */
  readonly onKept: (url: string) => void;
}

/**
 * Errors of `load`: those of the client, TSPM_INDEX_RESPONSE for answers that are no page of links, TSPM_OFFLINE.
 * Only 404 and 410 count as absent, and 403 from the one index known to answer so.
 */
export function createPageLoader(settings: PageLoaderSettings): PageLoader {
  const loading = new Map<string, Promise<LoadedPage>>();
  return {
    load(request) {
      const { url, credentials } = takeUserInfo(request.url);
      const key = JSON.stringify([url.href, ACCEPT, request.username ?? credentials?.username ?? '']);
      const started = loading.get(key);
      if (started !== undefined) return started;
      const page = loadThroughCache(settings, request, key).catch((error: unknown) => {
        loading.delete(key);
        throw error;
      });
      loading.set(key, page);
      return page;
    },
  };
}

/** Types in order of preference (simple repository API); the last one for servers that know no other. */
const ACCEPT = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01';

/** Its bucket answers 403 for what it does not have. */
const FORBIDDEN_MEANS_ABSENT = new Set(['download.pytorch.org', 'download-r2.pytorch.org']);

async function loadThroughCache(settings: PageLoaderSettings, request: PageRequest, key: string): Promise<LoadedPage> {
  const { cache, trust } = settings;
  const kept = cache.read(key);
  if (kept !== undefined && (trust === 'kept' || (trust === 'fresh' && cache.isFresh(kept)))) {
    settings.onKept(redactUrl(request.url));
    return { kind: 'page', page: kept.page, url: kept.url };
  }
  if (trust === 'kept') return absentOffline(cache, request, key);
  const found = await fetchReadable(settings.http, request, kept);
  if (found === undefined) {
    cache.writeAbsence(key);
    return { kind: 'absent' };
  }
  const { response, page } = found;
  if (page === undefined) throw unusableAnswer(request.url, 'it answers 304 to an unconditional request');
  const url = response.status === 304 && kept !== undefined ? kept.url : response.url;
  cache.write(key, { ...validatorsOf(response, request.defaultMaxAge), url, page });
  return { kind: 'page', page, url };
}

function absentOffline(cache: PageCache, { url, project }: PageRequest, key: string): LoadedPage {
  if (cache.isAbsent(key)) return { kind: 'absent' };
  const shown = redactUrl(url);
  const page = project === undefined ? 'page' : `page about ${project}`;
  throw offlineError(`the cache has no ${page} from ${shown}`, { url: shown, package: project });
}

interface Fetched {
  readonly response: HttpResponse;
  /** The one in the answer, or the kept one where that is still right. */
  readonly page: Page | undefined;
}

/** The page, asked for twice where it cannot be read and may have been cut without a sign of it; undefined when it is not there. */
async function fetchReadable(
  http: HttpClient,
  request: PageRequest,
  kept: CachedPage | undefined,
): Promise<Fetched | undefined> {
  for (let isLast = false; ; isLast = true) {
    const response = await fetchPage(http, request.url, kept);
    if (response === undefined) return undefined;
    try {
      return { response, page: response.status === 304 ? kept?.page : await readPage(response, request) };
    } catch (error) {
      if (isLast || !isOpenEnded(response) || !isTspmError(error) || error.code !== 'TSPM_INDEX_RESPONSE') throw error;
    }
  }
}

/** An answer with status 200 or 304; undefined when the page is not there. */
async function fetchPage(
  http: HttpClient,
  url: string,
  kept: CachedPage | undefined,
): Promise<HttpResponse | undefined> {
  let response = await getPage(http, url, { accept: ACCEPT, ...conditionsOf(kept) });
  if (response?.status === 406 || response?.status === 415) {
    await response.discard();
    response = await getPage(http, url, { accept: 'text/html' });
  }
  if (response === undefined || response.status === 200 || response.status === 304) {
    if (response?.status === 304) await response.discard();
    return response;
  }
  await response.discard();
  if (response.status === 404 || response.status === 410) return undefined;
  throw unusableAnswer(url, `the status is ${response.status}`);
}

async function getPage(
  http: HttpClient,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<HttpResponse | undefined> {
  try {
    return await http.get({ url, headers: { 'accept-encoding': 'gzip', ...headers } });
  } catch (error) {
    if (isTspmError(error) && error.context['status'] === 403 && FORBIDDEN_MEANS_ABSENT.has(new URL(url).hostname)) {
      return undefined;
    }
    throw error;
  }
}

function conditionsOf(kept: CachedPage | undefined): Record<string, string> {
  if (kept?.etag !== undefined) return { 'if-none-match': kept.etag };
  return kept?.lastModified === undefined ? {} : { 'if-modified-since': kept.lastModified };
}

async function readPage(response: HttpResponse, request: PageRequest): Promise<Page> {
  const format = formatOf(response);
  if (format === undefined) {
    await response.discard();
    const type = response.headers['content-type'] ?? 'nothing';
    throw unusableAnswer(request.url, `the content type is ${type}, not that of a page of links`);
  }
  const text = new TextDecoder().decode(await response.bytes(MAX_PAGE_BYTES));
  return format === 'json' ? parseSimpleJson(text, response.url, request.project) : parseSimpleHtml(text, response.url);
}

/** By what the answer says, not by what was asked for; a name in .html decides where the type says nothing. */
function formatOf({ headers, url }: HttpResponse): 'json' | 'html' | undefined {
  const essence = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (essence === 'application/vnd.pypi.simple.v1+json' || essence === 'application/json') return 'json';
  if (essence === 'application/vnd.pypi.simple.v1+html' || essence === 'text/html') return 'html';
  return /\.html?$/i.test(new URL(url).pathname) ? 'html' : undefined;
}

function validatorsOf(
  response: HttpResponse,
  defaultMaxAge: number,
): Pick<CachedPage, 'etag' | 'lastModified' | 'maxAge'> {
  return {
    etag: response.headers['etag'],
    lastModified: response.headers['last-modified'],
    maxAge: maxAgeOf(response.headers, defaultMaxAge),
  };
}

/** Seconds a page may be used unasked (RFC 9111 section 5.2.2), less those it already spent in other caches. */
function maxAgeOf(headers: Readonly<Record<string, string>>, defaultMaxAge: number): number {
  const control = headers['cache-control'];
  if (control === undefined) return defaultMaxAge;
  if (/(?:^|[\s,])no-(?:cache|store)(?:[\s,=]|$)/i.test(control)) return 0;
  const [, seconds] = /(?:^|[\s,])max-age\s*=\s*"?(\d{1,9})/i.exec(control) ?? [];
  if (seconds === undefined) return defaultMaxAge;
  const age = /^\d{1,9}$/.test(headers['age'] ?? '') ? Number(headers['age']) : 0;
  return Math.max(0, Number(seconds) - age);
}
