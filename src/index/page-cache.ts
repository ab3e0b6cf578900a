/**
 * Pages kept on disk with their validators (RFC 9111): `<directory>/<aa>/<digest of the key>.page`. Queries of URLs may be secrets
 * (`?token=…`, signatures): they are left out.
 */
import type { Clock } from '../ports.ts';
import { cachePath, readCacheFile, writeCacheFile } from './cache-files.ts';
import type { Page } from './page.ts';
import { formatSimpleJson, parseSimpleJson } from './simple-json.ts';

/** A page and what its server said about keeping it. */
export interface CachedPage {
  /** The final URL, after redirects. */
  readonly url: string;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** Milliseconds since the epoch at which the server confirmed it last. */
  readonly confirmed: number;
  /** Seconds after `confirmed` during which it may be used unasked. */
  readonly maxAge: number;
  readonly page: Page;
}

/** Kept pages by key: URL, accepted types and user name. */
export interface PageCache {
  read(key: string): CachedPage | undefined;
  /** Keeps a page as confirmed just now. */
  write(key: string, page: Omit<CachedPage, 'confirmed'>): void;
  /** Keeps that there is no page. */
  writeAbsence(key: string): void;
  /** Whether the server said last that there is no page: only to be relied on where it cannot be asked. */
  isAbsent(key: string): boolean;
  /** Whether the page may be used without asking; never when it seems to come from the future. */
  isFresh(page: CachedPage): boolean;
}

/** A cache in `directory`, or one that keeps nothing. Damaged files count as absent; write failures are ignored. */
export function createPageCache(directory: string | undefined, clock: Clock): PageCache {
  return {
    read: (key) => (directory === undefined ? undefined : readPage(directory, key)),
    writeAbsence(key) {
      if (directory !== undefined) writeCacheFile(cachePath(directory, key, '.page'), Buffer.from(ABSENCE));
    },
    isAbsent(key) {
      return directory !== undefined && readCacheFile(cachePath(directory, key, '.page'))?.toString() === ABSENCE;
    },
    write(key, page) {
      if (directory !== undefined) writePage(directory, key, { ...page, confirmed: clock.now() });
    },
    isFresh({ confirmed, maxAge }) {
      const age = clock.now() - confirmed;
      return age >= 0 && age < maxAge * 1000;
    },
  };
}

/** What is kept for a page that is not there. */
const ABSENCE = 'absent';

/** A line of JSON with everything but the page, then the page as JSON of the simple repository API. */
interface Head {
  readonly url: string;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  readonly confirmed: number;
  readonly maxAge: number;
}

function readPage(directory: string, key: string): CachedPage | undefined {
  const content = readCacheFile(cachePath(directory, key, '.page'));
  const end = content?.indexOf(0x0a) ?? -1;
  if (content === undefined || end < 0) return undefined;
  try {
    // The file carries a check sum: whatever is in it was written by `writePage`.
    const head = JSON.parse(content.toString('utf8', 0, end)) as Head;
    const { url, etag, lastModified, confirmed, maxAge } = head;
    const page = parseSimpleJson(content.toString('utf8', end + 1), url);
    return { url, etag, lastModified, confirmed, maxAge, page };
  } catch {
    return undefined;
  }
}

function writePage(directory: string, key: string, kept: CachedPage): void {
  const { page, ...validators } = kept.page.files.some(({ url }) => url.includes('?')) ? unsigned(kept) : kept;
  const head: Head = { ...validators, url: withoutQuery(validators.url) };
  const content = Buffer.from(`${JSON.stringify(head)}\n${formatSimpleJson(page)}`);
  writeCacheFile(cachePath(directory, key, '.page'), content);
}

/** A page whose links are of no use without their queries: never fresh and never confirmed, it tells what there was when offline. */
function unsigned({ url, confirmed, page }: CachedPage): CachedPage {
  const files = page.files.map((file) => ({ ...file, url: withoutQuery(file.url) }));
  return { url, confirmed, etag: undefined, lastModified: undefined, maxAge: 0, page: { ...page, files } };
}

function withoutQuery(url: string): string {
  return url.replace(/\?[^#]*/, '');
}
