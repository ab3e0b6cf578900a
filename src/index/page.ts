/** A page of links, whatever its format, before any file name is looked at. */
import type { Hashes, SidecarNotice } from './model.ts';

/** One link. */
export interface PageFile {
  readonly filename: string;
  /** Absolute, with fragment. */
  readonly url: string;
  /** Digests given beside the URL; those of the fragment are not among them. */
  readonly hashes: Hashes;
  readonly requiresPython: string | undefined;
  readonly yanked: false | string;
  readonly size: number | undefined;
  readonly uploadTime: string | undefined;
  readonly metadata: SidecarNotice;
}

/** All that is kept of a page. */
export interface Page {
  /** Major and minor of the simple repository API; 1.0 where the page does not say. */
  readonly apiVersion: readonly [number, number];
  /** Status of the project as the page words it (PEP 792). */
  readonly status: string | undefined;
  readonly statusReason: string | undefined;
  readonly files: readonly PageFile[];
}

/** More links on one page than this are refused. */
export const MAX_LINKS = 200_000;
/** Bytes of the largest page that is read. */
export const MAX_PAGE_BYTES = 64 * 1024 * 1024;

/** Lower-case host that is no address, no port, no dot segments, nothing that needs encoding. */
const PLAIN_URL =
  /^https:\/\/[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)+(?:\/[A-Za-z0-9_+-][A-Za-z0-9._+-]*)+(?:#sha256=[0-9a-f]{64})?$/;

const DIGEST_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['md5', 32],
  ['sha1', 40],
  ['sha224', 56],
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);

/** Whether digests of this algorithm (lower case) can be verified. */
export function isKnownAlgorithm(algorithm: string): boolean {
  return DIGEST_LENGTHS.has(algorithm);
}

/** Whether `digest` is hex of the right length for a known algorithm. */
export function isDigest(algorithm: string, digest: string): boolean {
  return digest.length === DIGEST_LENGTHS.get(algorithm) && /^[0-9a-fA-F]+$/.test(digest);
}

/**
 * `link` resolved against the page it stands on; undefined for what is no URL, for other schemes than http(s) and file,
 * and for files of this machine on a page that is not one itself.
 */
export function resolveLink(link: string, base: URL): string | undefined {
  // Already as the URL parser would write it: the common case, and pages have thousands of them.
  if (PLAIN_URL.test(link)) return link;
  if (!URL.canParse(link, base.href)) return undefined;
  const { href, protocol } = new URL(link, base);
  if (protocol === 'https:' || protocol === 'http:') return href;
  return protocol === 'file:' && base.protocol === 'file:' ? href : undefined;
}

/** The last segment of an absolute URL's path, decoded once; undefined when it cannot be the name of a file. */
export function filenameOfUrl(url: string): string | undefined {
  const path = url.replace(/[?#].*$/s, '');
  const segment = path.slice(path.lastIndexOf('/') + 1);
  try {
    const name = decodeURIComponent(segment);
    return isPlainFilename(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

/** Whether `name` names a file in a folder and nothing else. */
export function isPlainFilename(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
}

/** Whether a URL or path names an archive rather than a page or folder. */
export function looksLikeArchive(place: string): boolean {
  const name = place.replace(/[?#].*$/s, '');
  return /\.(?:whl|zip|tar|tgz|tbz|txz|tlz|tar\.(?:gz|bz2|xz|lz|lzma))$/i.test(name);
}

/** `1.4` as numbers; undefined for other texts. */
export function parseApiVersion(text: string): readonly [number, number] | undefined {
  const [, major, minor] = /^(\d{1,6})\.(\d{1,6})$/.exec(text.trim()) ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}
