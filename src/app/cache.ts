/** The cache directory as `tspm cache` shows it: PDM's words for its kinds, tspm's places. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dropBuild, listBuilds } from '../cache/builds.ts';
import { BUILD_AREAS, STORE_AREAS } from '../cache/layout.ts';
import { clearStore, folderUsage, storeUsage, type AreaUsage } from '../cache/usage.ts';
import { metadataDirectory, pageDirectory } from '../index/cache-layout.ts';
import { sortedBy } from '../util/collections.ts';
import { matchesGlob } from '../util/glob.ts';

/** PDM's kinds that tspm has something for. */
export const CACHE_KINDS = ['packages', 'wheels', 'http', 'metadata'] as const;
export type CacheKind = (typeof CACHE_KINDS)[number];

/** One kind, where it lies and what it takes up. */
export interface CacheRow extends AreaUsage {
  readonly kind: CacheKind;
  readonly folder: string;
}

const FOLDERS: Readonly<Record<CacheKind, (cacheDir: string) => string>> = {
  packages: (cacheDir) => join(cacheDir, STORE_AREAS.entries),
  wheels: (cacheDir) => join(cacheDir, STORE_AREAS.wheels),
  http: pageDirectory,
  metadata: metadataDirectory,
};

/** What each kind takes up: unpacked wheels, wheel files, index pages, metadata. Throws TSPM_IO. */
export function cacheRows(cacheDir: string): CacheRow[] {
  const { entries, wheels } = storeUsage(cacheDir);
  const usage = (kind: CacheKind): AreaUsage => {
    if (kind === 'packages') return entries;
    return kind === 'wheels' ? wheels : folderUsage(FOLDERS[kind](cacheDir));
  };
  return CACHE_KINDS.map((kind) => ({ kind, folder: FOLDERS[kind](cacheDir), ...usage(kind) }));
}

/** Removes everything of these kinds and tells how many packages and other files went. Throws TSPM_STORE, TSPM_IO. */
export async function clearCache(
  cacheDir: string,
  kinds: readonly CacheKind[],
): Promise<{ readonly packages: number; readonly files: number }> {
  let packages = 0;
  let files = 0;
  for (const kind of kinds) {
    if (kind === 'packages') packages += await clearStore(cacheDir, ['entries', 'staging']);
    else if (kind === 'wheels') files += (await clearStore(cacheDir, ['wheels'])) + (await clearBuilds(cacheDir));
    else files += await clearFolder(FOLDERS[kind](cacheDir));
  }
  return { packages, files };
}

/** A wheel that was built here. */
export interface BuiltRow {
  readonly filename: string;
  readonly sha256: string;
}

/** The wheels that were built, by file name; those whose name fits the pattern (`*` and `?`) where there is one. */
export function builtWheels(cacheDir: string, pattern = '*'): BuiltRow[] {
  const rows = listBuilds(cacheDir).flatMap(({ wheel }) =>
    wheel !== undefined && matchesGlob(wheel.filename, pattern) ? [wheel] : [],
  );
  return sortedBy(rows, ({ filename, sha256 }) => `${filename} ${sha256}`);
}

/** Forgets built wheels whose name fits the pattern, so that they are built again; gives their names. Throws TSPM_STORE. */
export function forgetBuiltWheels(cacheDir: string, pattern: string): string[] {
  const found = listBuilds(cacheDir).filter(({ wheel }) => wheel !== undefined && matchesGlob(wheel.filename, pattern));
  for (const { key } of found) dropBuild(cacheDir, key);
  return found.map(({ wheel }) => wheel?.filename ?? '');
}

/** What was built is built again; the logs go too. */
async function clearBuilds(cacheDir: string): Promise<number> {
  const areas = Object.values(BUILD_AREAS).map((area) => clearFolder(join(cacheDir, area)));
  return (await Promise.all(areas)).reduce((sum, count) => sum + count, 0);
}

/** Pages and metadata are read whole or not at all, so they may go while others read. */
async function clearFolder(folder: string): Promise<number> {
  const { count } = folderUsage(folder);
  await rm(folder, { recursive: true, force: true });
  return count;
}
