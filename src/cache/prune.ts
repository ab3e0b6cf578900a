import { statSync } from 'node:fs';
import { basename } from 'node:path';

import { compareText } from '../util/collections.ts';
import { forgetProject, registeredProjects } from './projects.ts';
import { discard, sweepGone } from './staging.ts';
import { measure, things } from './usage.ts';

/** What may go. */
export interface PruneRequest {
  /** Only what was last taken so long ago, in milliseconds; never less than {@link GRACE}. */
  readonly age: number;
  /** Remove the oldest only until the wheels take no more bytes and inodes; undefined removes all that may go. */
  readonly bytes: number | undefined;
  readonly inodes: number | undefined;
  /** Projects whose folder is not there count as gone at once, not after {@link ABSENCE}: it may be on a disk that is not mounted. */
  readonly forgetMissing: boolean;
  readonly dryRun: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** One unpacked wheel or wheel file. */
export interface PrunedThing {
  readonly path: string;
  readonly bytes: number;
  readonly inodes: number;
}

/** What went (or would go), oldest first, and what the wheels of the cache take up afterwards. */
export interface PruneResult {
  readonly removed: readonly PrunedThing[];
  /** Packages folders that are gone and were forgotten. */
  readonly forgotten: readonly string[];
  readonly left: { readonly count: number; readonly bytes: number; readonly inodes: number };
}

/** A sync that runs now may have taken an entry, and not have noted it yet. */
const GRACE = 60 * 60 * 1000;
const ABSENCE = 30 * 24 * 60 * 60 * 1000;

/**
 * Removes unpacked wheels and wheel files that no living project uses. Each goes by one rename, so that whoever looks sees it whole or not at
 * all; should a project have needed it, its next sync brings it back. Throws TSPM_STORE, TSPM_IO.
 */
export async function pruneStore(cacheDir: string, request: PruneRequest): Promise<PruneResult> {
  const projects = registeredProjects(cacheDir);
  const isGone = (seen: number): boolean => request.forgetMissing || request.now - seen > ABSENCE;
  const gone = projects.filter(({ isThere, seen }) => !isThere && isGone(seen));
  const used = new Set(projects.filter((project) => !gone.includes(project)).flatMap(({ wheels }) => wheels));
  const all = [...things(cacheDir, 'entries'), ...things(cacheDir, 'wheels')].map(inspect);
  const limit = request.now - Math.max(request.age, GRACE);
  const candidates = all
    .filter(({ path, taken }) => !used.has(basename(path, '.whl')) && taken < limit)
    .sort((a, b) => a.taken - b.taken || compareText(a.path, b.path));
  const left = { count: all.length, bytes: sum(all, 'bytes'), inodes: sum(all, 'inodes') };
  const hasBudget = request.bytes !== undefined || request.inodes !== undefined;
  const removed: PrunedThing[] = [];
  for (const { path, bytes, inodes, taken } of candidates) {
    const fits = left.bytes <= (request.bytes ?? Infinity) && left.inodes <= (request.inodes ?? Infinity);
    if (hasBudget && fits) break;
    // Somebody may have taken it meanwhile.
    if (takenAt(path) !== taken) continue;
    if (!request.dryRun) await discard(path, cacheDir);
    removed.push({ path, bytes, inodes });
    left.count -= 1;
    left.bytes -= bytes;
    left.inodes -= inodes;
  }
  if (!request.dryRun) await sweepGone(cacheDir);
  if (!request.dryRun) for (const { base } of gone) forgetProject(cacheDir, base);
  return { removed, forgotten: gone.map(({ base }) => base), left };
}

function inspect(path: string): PrunedThing & { readonly taken: number } {
  return { path, ...measure(path), taken: takenAt(path) ?? Infinity };
}

function takenAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function sum(all: readonly PrunedThing[], what: 'bytes' | 'inodes'): number {
  return all.reduce((total, one) => total + one[what], 0);
}
