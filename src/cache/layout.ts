import { join } from 'node:path';

/** The three kinds of things the store keeps, by the directory below the cache directory that holds them. */
export const STORE_AREAS = { entries: 'store-v1', wheels: 'wheels-v1', staging: 'staging-v1' } as const;

/** Where it is remembered which wheels were built from what, and where the logs of builds are. */
export const BUILD_AREAS = { records: 'builds-v1', logs: 'build-logs-v1' } as const;

/** Copies of repositories. */
export const MIRRORS_AREA = 'git-v1';

/** Where it is noted which projects use which wheels. */
export const PROJECTS_AREA = 'projects-v1';

/** A kind of thing in the store. */
export type StoreKind = keyof typeof STORE_AREAS;

/** Where an unpacked wheel lies; the parent directories are shared by all digests that begin alike. */
export function entryPath(cacheDir: string, sha256: string): string {
  return join(cacheDir, STORE_AREAS.entries, sha256.slice(0, 2), sha256);
}

/** The unpacked files of an entry. */
export function treePath(entry: string): string {
  return join(entry, 'tree');
}

/** The manifest of an entry, beside its tree so that no wheel can bring one. */
export function manifestPath(entry: string): string {
  return join(entry, 'manifest.json');
}

/** The outline of an entry, beside its manifest; not every entry has one. */
export function outlinePath(entry: string): string {
  return join(entry, 'outline.txt');
}

/** Where a wheel kept as a file lies. */
export function wheelPath(cacheDir: string, sha256: string): string {
  return join(cacheDir, STORE_AREAS.wheels, sha256.slice(0, 2), `${sha256}.whl`);
}

/** The digest, which has to be 64 lower-case hex digits: another text is a bug of the caller. */
export function checkedDigest(sha256: string): string {
  if (isDigest(sha256)) return sha256;
  throw new Error(`the store takes sha256 digests as 64 lower-case hex digits, not ${JSON.stringify(sha256)}`);
}

/** Whether a text is a sha256 as it stands in the store's paths: 64 lower-case hex digits. */
export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/u.test(text);
}
