/** The cache directory as `tspm cache` shows it: PDM's words for its kinds, tspm's places. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Damage } from '../cache/damage.ts';
import { digestOf } from '../cache/removal.ts';
import { discard, sweepGone } from '../cache/staging.ts';
import { isTspmError } from '../errors.ts';
import { replaceEntry } from './wheel-source.ts';
import type { Session } from './session.ts';
import { dropBuild, listBuilds } from '../cache/builds.ts';
import { BUILD_AREAS, entryPath, MIRRORS_AREA, STORE_AREAS, treePath, wheelPath } from '../cache/layout.ts';
import { clearStore, folderUsage, measure, storeUsage, type AreaUsage } from '../cache/usage.ts';
import { metadataDirectory, pageDirectory } from '../index/cache-layout.ts';
import { sortedBy } from '../util/collections.ts';
import { matchesGlob } from '../util/glob.ts';

/** PDM's kinds that tspm has something for, and copies of repositories. */
export const CACHE_KINDS = ['http', 'wheels', 'metadata', 'packages', 'repositories'] as const;
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
  repositories: (cacheDir) => join(cacheDir, MIRRORS_AREA),
};

/** What each kind takes up: unpacked wheels, wheel files, index pages, metadata, repositories. Throws TSPM_IO. */
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
    if (kind === 'packages') packages += await clearStore(cacheDir, 'entries');
    else if (kind === 'wheels') files += (await clearStore(cacheDir, 'wheels')) + (await clearBuilds(cacheDir));
    else files += await clearFolder(cacheDir, FOLDERS[kind](cacheDir));
  }
  await sweepGone(cacheDir);
  return { packages, files };
}

/** What became of a damaged wheel: fetched again, or removed, so that the next sync of a project that needs it brings it back. */
export interface RepairedDamage extends Damage {
  /** Why it could not be fetched, undefined when it was. */
  readonly obstacle: string | undefined;
}

/** Mends what {@link verifyStore} found, from the sources of the session. Throws TSPM_STORE, TSPM_INTERRUPTED. */
export async function repairDamage(session: Session, damaged: readonly Damage[]): Promise<RepairedDamage[]> {
  const outcomes: RepairedDamage[] = [];
  for (const damage of damaged) {
    const obstacle = await replaceDamaged(session, damage);
    if (obstacle !== undefined) await discard(damage.path, session.settings.cacheDir);
    outcomes.push({ ...damage, obstacle });
  }
  return outcomes;
}

async function replaceDamaged(session: Session, { path, filename }: Damage): Promise<string | undefined> {
  if (filename === undefined) return 'nothing tells which file it was';
  try {
    await replaceEntry(session, { filename, sha256: digestOf(path) });
    return undefined;
  } catch (error) {
    if (isTspmError(error) && error.code !== 'TSPM_INTERRUPTED' && error.code !== 'TSPM_STORE') return error.message;
    throw error;
  }
}

/** A wheel that was built here. */
export interface BuiltRow {
  readonly filename: string;
  readonly sha256: string;
  /** As a file, or unpacked; 0 for one that the cache has no more. */
  readonly bytes: number;
}

/** The wheels that were built, by file name; those whose name fits the pattern (`*` and `?`) where there is one. Throws TSPM_IO. */
export function builtWheels(cacheDir: string, pattern = '*'): BuiltRow[] {
  const rows = fittingBuilds(cacheDir, pattern).map(({ wheel }) => {
    const places = [wheelPath(cacheDir, wheel.sha256), treePath(entryPath(cacheDir, wheel.sha256))];
    return { ...wheel, bytes: places.reduce((sum, place) => sum + measure(place).bytes, 0) };
  });
  return sortedBy(rows, ({ filename, sha256 }) => `${filename} ${sha256}`);
}

/** Forgets built wheels whose name fits the pattern, so that they are built again; gives their names. Throws TSPM_STORE. */
export function forgetBuiltWheels(cacheDir: string, pattern: string): string[] {
  return fittingBuilds(cacheDir, pattern).map(({ key, wheel }) => {
    dropBuild(cacheDir, key);
    return wheel.filename;
  });
}

interface BuiltWheel {
  readonly key: string;
  readonly wheel: { readonly filename: string; readonly sha256: string };
}

function fittingBuilds(cacheDir: string, pattern: string): BuiltWheel[] {
  return listBuilds(cacheDir).flatMap(({ key, wheel }) =>
    wheel !== undefined && matchesGlob(wheel.filename, pattern) ? [{ key, wheel }] : [],
  );
}

/** What was built is built again; the logs go too. */
async function clearBuilds(cacheDir: string): Promise<number> {
  const areas = Object.values(BUILD_AREAS).map((area) => clearFolder(cacheDir, join(cacheDir, area)));
  return (await Promise.all(areas)).reduce((sum, count) => sum + count, 0);
}

/** Pages and metadata are read whole or not at all, so they may go while others read; whoever writes one makes the folder anew. */
async function clearFolder(cacheDir: string, folder: string): Promise<number> {
  const { count } = folderUsage(folder);
  if (existsSync(folder)) await discard(folder, cacheDir);
  return count;
}
