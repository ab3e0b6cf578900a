/** The cache directory as `tspm cache` shows it: PDM's words for its kinds, tspm's places. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { STORE_AREAS } from '../cache/layout.ts';
import { clearStore, folderUsage, storeUsage, type AreaUsage } from '../cache/usage.ts';
import { metadataDirectory, pageDirectory } from '../index/cache-layout.ts';

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
    else if (kind === 'wheels') files += await clearStore(cacheDir, ['wheels']);
    else files += await clearFolder(FOLDERS[kind](cacheDir));
  }
  return { packages, files };
}

/** Pages and metadata are read whole or not at all, so they may go while others read. */
async function clearFolder(folder: string): Promise<number> {
  const { count } = folderUsage(folder);
  await rm(folder, { recursive: true, force: true });
  return count;
}
