import { lstatSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

import { codeOf, ioFault } from '../util/io-fault.ts';
import { STORE_AREAS, type StoreKind } from './layout.ts';
import { registeredProjects, wheelsOf } from './projects.ts';
import { digestOf, removeUnused } from './removal.ts';

/** What one kind of things in the store takes up. */
export interface AreaUsage {
  /** Entries, wheel files, or things in staging. */
  readonly count: number;
  /** Sum of file sizes. */
  readonly bytes: number;
  /** Files and directories, those that only order the area included. */
  readonly inodes: number;
}

/** What the store takes up, by kind. Throws TSPM_IO. */
export function storeUsage(cacheDir: string): Readonly<Record<StoreKind, AreaUsage>> {
  return {
    entries: areaUsage(cacheDir, 'entries'),
    wheels: areaUsage(cacheDir, 'wheels'),
    staging: areaUsage(cacheDir, 'staging'),
  };
}

/** What any folder of the cache takes up; `count` is its files. Throws TSPM_IO. */
export function folderUsage(folder: string): AreaUsage {
  return { count: countFiles(folder), ...measure(folder) };
}

/**
 * Removes the entries or the wheel files and tells how many went; those that a living project links into, or is just taking, stay. Only names that the
 * store itself makes are touched, and links are never followed. Throws TSPM_STORE or TSPM_IO.
 */
export async function clearStore(cacheDir: string, kind: 'entries' | 'wheels'): Promise<number> {
  const stillUsed = (): ReadonlySet<string> =>
    wheelsOf(registeredProjects(cacheDir).filter((project) => project.isThere && project.linked));
  const used = stillUsed();
  const paths = things(cacheDir, kind).filter((path) => !used.has(digestOf(path)));
  return (await removeUnused(cacheDir, paths, stillUsed)).length;
}

const NAMES: Readonly<Record<StoreKind, RegExp>> = {
  entries: /^[0-9a-f]{64}$/u,
  wheels: /^[0-9a-f]{64}\.whl$/u,
  staging: /^[0-9a-f]{32}(?:\.[a-z]+)?$/u,
};

function areaUsage(cacheDir: string, kind: StoreKind): AreaUsage {
  const total = measure(join(cacheDir, STORE_AREAS[kind]));
  return { count: things(cacheDir, kind).length, ...total };
}

/** The paths of the entries, wheels or staging directories there are. */
export function things(cacheDir: string, kind: StoreKind): string[] {
  const area = join(cacheDir, STORE_AREAS[kind]);
  const folders =
    kind === 'staging'
      ? [area]
      : list(area)
          .filter((name) => /^[0-9a-f]{2}$/u.test(name))
          .map((name) => join(area, name));
  return folders.flatMap((folder) =>
    list(folder)
      .filter((name) => NAMES[kind].test(name))
      .map((name) => join(folder, name)),
  );
}

function countFiles(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  return found.isDirectory() ? list(path).reduce((sum, name) => sum + countFiles(join(path, name)), 0) : 1;
}

/** Sizes of all files, and how many files and folders there are, at a path and below. */
export function measure(path: string): { bytes: number; inodes: number } {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return { bytes: 0, inodes: 0 };
  if (!found.isDirectory()) return { bytes: found.size, inodes: 1 };
  const parts = list(path).map((name) => measure(join(path, name)));
  return {
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    inodes: parts.reduce((sum, part) => sum + part.inodes, 1),
  };
}

/** The names in a directory, sorted; none when it is not there or not a directory. */
function list(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    // Byte code of another user's, in a cache that is shared: nobody needs to look at it.
    if (codeOf(error) === 'EACCES' && basename(path) === '__pycache__') return [];
    throw ioFault('cannot read', path, error);
  }
}
