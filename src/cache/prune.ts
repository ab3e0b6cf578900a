import { statSync } from 'node:fs';

import { compareText } from '../util/collections.ts';
import { forgetProject, registeredProjects, wheelsOf } from './projects.ts';
import { digestOf, removeUnused } from './removal.ts';
import { sweepGone } from './staging.ts';
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
  const goneBases = new Set(gone.map(({ base }) => base));
  const stillUsed = (): ReadonlySet<string> =>
    wheelsOf(registeredProjects(cacheDir).filter(({ base }) => !goneBases.has(base)));
  const used = stillUsed();
  const all = [...things(cacheDir, 'entries'), ...things(cacheDir, 'wheels')].map(inspect);
  const limit = request.now - Math.max(request.age, GRACE);
  const candidates = all
    .filter(({ path, taken }) => !used.has(digestOf(path)) && taken < limit)
    .sort((a, b) => a.taken - b.taken || compareText(a.path, b.path));
  const chosen = chooseOldest(all, candidates, request);
  const paths = chosen.map(({ path }) => path);
  const gonePaths = new Set(request.dryRun ? paths : await removeUnused(cacheDir, paths, stillUsed));
  if (!request.dryRun) {
    for (const base of goneBases) forgetProject(cacheDir, base);
    await sweepGone(cacheDir);
  }
  const removed = chosen.filter(({ path }) => gonePaths.has(path));
  const left = {
    count: all.length - removed.length,
    bytes: sum(all, 'bytes') - sum(removed, 'bytes'),
    inodes: sum(all, 'inodes') - sum(removed, 'inodes'),
  };
  return { removed, forgotten: [...goneBases], left };
}

type Inspected = PrunedThing & { readonly taken: number };

/** As many of the candidates as must go for the rest to fit, all where no limit is set; not what somebody took meanwhile. */
function chooseOldest(all: readonly Inspected[], candidates: readonly Inspected[], request: PruneRequest): Inspected[] {
  const { bytes = Infinity, inodes = Infinity } = request;
  const hasBudget = request.bytes !== undefined || request.inodes !== undefined;
  const left = { bytes: sum(all, 'bytes'), inodes: sum(all, 'inodes') };
  const chosen: Inspected[] = [];
  for (const one of candidates) {
    if (hasBudget && left.bytes <= bytes && left.inodes <= inodes) break;
    if (takenAt(one.path) !== one.taken) continue;
    chosen.push(one);
    left.bytes -= one.bytes;
    left.inodes -= one.inodes;
  }
  return chosen;
}

function inspect(path: string): Inspected {
  return { path, ...measure(path), taken: takenAt(path) ?? Infinity };
}

function takenAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function sum(all: readonly PrunedThing[], what: 'bytes' | 'inodes'): number {
  return all.reduce((total, one) => total + one[what], 0);
}
