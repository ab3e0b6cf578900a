import { dirname, join, resolve } from 'node:path';

import { openStore, type PackageStore, type StoreEntry } from '../../cache/store.ts';
import { verifyEntry } from '../../cache/verify.ts';
import { controlPaths } from '../environment.ts';
import { readRecordedFiles } from '../recorded-files.ts';
import { readState, type DistributionState } from '../state.ts';
import { readWorkingSet, type InstalledDistribution } from '../working-set.ts';
import { verifyDistribution } from './distribution.ts';
import { findExtras } from './extras.ts';
import type { Problem } from './problem.ts';

/** A distribution that was compared with what tspm wrote down of it and with its wheel. */
export interface VerifiedDistribution {
  readonly installed: InstalledDistribution;
  /** What tspm wrote down; undefined for a distribution that something else installed. */
  readonly state: DistributionState | undefined;
  /** The files were compared with the manifest of the wheel in the cache, too. */
  readonly byManifest: boolean;
  readonly files: number;
  readonly problems: readonly Problem[];
}

/** Everything in a packages folder. */
export interface VerifiedEnvironment {
  readonly distributions: readonly VerifiedDistribution[];
  /** Files that belong to no distribution. */
  readonly strays: readonly Problem[];
}

/** Compares every file of the packages folder at `base` with what was installed. Reads only. Throws TSPM_IO, and the reason of the signal. */
export async function verifyEnvironment(
  base: string,
  store: PackageStore,
  signal?: AbortSignal,
): Promise<VerifiedEnvironment> {
  const states = readState(controlPaths(base)).distributions;
  const distributions: VerifiedDistribution[] = [];
  const recorded = new Set<string>();
  for (const installed of readWorkingSet(base).distributions) {
    const known = states.get(installed.key);
    const state = known?.distInfo === installed.distInfo ? known : undefined;
    const paths = pathsOf(base, installed);
    for (const path of paths) recorded.add(path);
    distributions.push(await verifyOne({ base, store, installed, state, signal, count: paths.length }));
  }
  return { distributions, strays: findExtras(base, recorded) };
}

interface One {
  readonly base: string;
  readonly store: PackageStore;
  readonly installed: InstalledDistribution;
  readonly state: DistributionState | undefined;
  readonly signal: AbortSignal | undefined;
  /** Recorded files. */
  readonly count: number;
}

async function verifyOne({ base, store, installed, state, signal, count }: One): Promise<VerifiedDistribution> {
  if (installed.form === 'egg') return { installed, state, byManifest: false, files: count, problems: [] };
  const entry = state === undefined ? undefined : entryOf(store, state);
  const problems = await verifyDistribution({ base, installed, state, signal, manifest: entry?.manifest });
  const inCache = state?.onPath === undefined ? [] : await verifyOnPath(state.onPath, entry, signal);
  const files = count + (state?.onPath === undefined ? 0 : (entry?.manifest.files.length ?? 0));
  return { installed, state, byManifest: entry !== undefined, files, problems: [...problems, ...inCache] };
}

function pathsOf(base: string, { distInfo, form }: InstalledDistribution): readonly string[] {
  if (form === 'egg') return [`lib/${distInfo}`];
  return (readRecordedFiles(base, distInfo) ?? []).map(({ path }) => path);
}

/** The entry that a distribution came from: in this cache, or in the one that is on its import path. */
function entryOf(store: PackageStore, { sha256, onPath }: DistributionState): StoreEntry | undefined {
  if (onPath === undefined) return store.findEntry(sha256);
  return openStore(resolve(dirname(onPath), '../../..')).findEntry(sha256);
}

const KINDS = { missing: 'missing', changed: 'modified', foreign: 'extra' } as const;

/** The files that Python imports from the cache itself. */
async function verifyOnPath(
  folder: string,
  entry: StoreEntry | undefined,
  signal: AbortSignal | undefined,
): Promise<Problem[]> {
  if (entry?.directory !== folder) return [{ kind: 'missing', path: folder, detail: 'the cache entry is gone' }];
  const damage = (await verifyEntry(entry, { content: true, signal })).map(({ path, problem }): Problem => {
    return { kind: KINDS[problem], path, detail: `it is ${problem} in the cache entry` };
  });
  const files = new Set(entry.manifest.files.map(({ path }) => path));
  const stale = findExtras(folder, files).filter(({ path = '' }) => path.includes('__pycache__'));
  return [...damage, ...stale].map((problem) => ({ ...problem, path: join(folder, problem.path ?? '') }));
}
