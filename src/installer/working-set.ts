import { statSync } from 'node:fs';
import { join } from 'node:path';

import { isTspmError } from '../errors.ts';
import { parseMetadata } from '../packaging/metadata.ts';
import { normalizeName } from '../packaging/name.ts';
import { controlPaths } from './environment.ts';
import { readTextIfAny } from './files.ts';
import { readRecordedFiles } from './recorded-files.ts';
import { DISTRIBUTION, listRoots, resolves, sameTime, stampRecord } from './stamp.ts';
import { mayBeUnwritten, readState, type DistributionState, type EnvironmentState } from './state.ts';

/** A distribution found in lib. */
export interface InstalledDistribution {
  /** Normalised name. */
  readonly key: string;
  readonly name: string;
  readonly version: string;
  /** Name of its dist-info, egg-info or egg-link entry in lib. */
  readonly distInfo: string;
  /** `wheel` can be updated and removed; `egg` (setup.py, develop) is only read. */
  readonly form: 'wheel' | 'egg';
  /**
   * METADATA, RECORD and all names in lib and bin are there, links lead somewhere, no file was lost in a power cut, and tspm still knows which wheel
   * it installed it from, if it did.
   */
  readonly intact: boolean;
  /** Text of direct_url.json, when there is one. */
  readonly directUrl: string | undefined;
  readonly requested: boolean;
  /** What tspm remembers of it; undefined when something else installed it. */
  readonly state: DistributionState | undefined;
}

/** What is installed in one packages folder. */
export interface WorkingSet {
  /** Sorted by dist-info name; one name may occur twice after a foreign tool's mistake. */
  readonly distributions: readonly InstalledDistribution[];
  readonly state: EnvironmentState;
  /** The state no longer matches in every detail (moved tree, checked after a power cut) and should be written again. */
  readonly staleState: boolean;
}

/**
 * Reads the distributions of `base`. One that tspm installed costs two file operations; only for others METADATA is read.
 * Throws TSPM_IO when lib cannot be read.
 */
export function readWorkingSet(base: string): WorkingSet {
  const state = readState(controlPaths(base));
  const suspicious = mayBeUnwritten(state);
  const known = new Map([...state.distributions.values()].map((item) => [item.distInfo, item]));
  const distributions: InstalledDistribution[] = [];
  const fresh = new Map<string, DistributionState>();
  const roots = listRoots(base);
  for (const entry of roots.lib) {
    const found = readEntry(base, entry, known.get(entry));
    if (found === undefined) continue;
    const whole = found.state === undefined || roots.hold(found.state) ? found : { ...found, intact: false };
    const checked = suspicious && whole.state !== undefined ? checkSizes(base, whole) : whole;
    distributions.push(checked);
    if (checked.state !== undefined) fresh.set(checked.state.key, checked.state);
  }
  const staleState = suspicious || differs(state.distributions, fresh);
  return { distributions, state: { ...state, distributions: fresh }, staleState };
}

function readEntry(
  base: string,
  entry: string,
  state: DistributionState | undefined,
): InstalledDistribution | undefined {
  if (entry.endsWith('.dist-info')) return readDistInfo(base, entry, state);
  return DISTRIBUTION.test(entry) ? readEgg(join(base, 'lib', entry), entry) : undefined;
}

function readDistInfo(base: string, distInfo: string, state: DistributionState | undefined): InstalledDistribution {
  const folder = join(base, 'lib', distInfo);
  const trusted = state === undefined ? undefined : currentState(folder, state);
  if (trusted !== undefined) {
    const { key, name, version, directUrl, requested } = trusted;
    const intact = resolves(folder, trusted);
    return { key, name, version, distInfo, form: 'wheel', intact, directUrl, requested, state: trusted };
  }
  const metadata = readNames(readTextIfAny(join(folder, 'METADATA')));
  const record = readTextIfAny(join(folder, 'RECORD'));
  const [stemName = '', stemVersion = ''] = distInfo.slice(0, -'.dist-info'.length).split('-');
  const name = metadata?.name ?? stemName;
  return {
    key: normalizeName(name),
    name,
    version: metadata?.version ?? stemVersion,
    distInfo,
    form: 'wheel',
    intact: metadata !== undefined && record !== undefined && record !== '' && !isForgotten(folder),
    directUrl: readTextIfAny(join(folder, 'direct_url.json')),
    requested: readTextIfAny(join(folder, 'REQUESTED')) !== undefined,
    state: undefined,
  };
}

/** Says tspm in a dist-info that it has no state of: the state was lost, or somebody changed RECORD. */
function isForgotten(distInfo: string): boolean {
  return readTextIfAny(join(distInfo, 'INSTALLER'))?.trim() === 'tspm';
}

/** An egg-info folder or file, or an egg-link; only its name and version are of interest. */
function readEgg(path: string, entry: string): InstalledDistribution | undefined {
  const stem = entry.replace(DISTRIBUTION, '');
  const metadata = readNames(readTextIfAny(join(path, 'PKG-INFO')) ?? readTextIfAny(path));
  const [stemName = stem, stemVersion = ''] = stem.split('-');
  const name = metadata?.name ?? stemName;
  const version = metadata?.version ?? stemVersion;
  const shared = { intact: true, directUrl: undefined, requested: false, state: undefined };
  return { key: normalizeName(name), name, version, distInfo: entry, form: 'egg', ...shared };
}

function readNames(text: string | undefined): { readonly name: string; readonly version: string } | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    const { name, version } = parseMetadata(text);
    return name === '' ? undefined : { name, version };
  } catch (error) {
    if (isTspmError(error)) return undefined;
    throw error;
  }
}

/** The state if RECORD is the one it was written for, with a new time stamp when the tree was copied. */
function currentState(folder: string, state: DistributionState): DistributionState | undefined {
  if (sameTime(folder, state.record)) return state;
  const path = join(folder, 'RECORD');
  const content = readTextIfAny(path);
  if (content === undefined) return undefined;
  const record = stampRecord(path, content);
  return record.sha256 === state.record.sha256 ? { ...state, record } : undefined;
}

function checkSizes(base: string, found: InstalledDistribution): InstalledDistribution {
  const files = readRecordedFiles(base, found.distInfo);
  const intact =
    found.intact &&
    files !== undefined &&
    files.every((file) => file.size === undefined || sizeOf(join(base, file.path)) >= file.size);
  return intact ? found : { ...found, intact };
}

/** Bytes; -1 when it is not there. A file that lost data is shorter, one that somebody edited is his own affair. */
function sizeOf(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
  } catch {
    return -1;
  }
}

function differs(
  before: ReadonlyMap<string, DistributionState>,
  after: ReadonlyMap<string, DistributionState>,
): boolean {
  if (before.size !== after.size) return true;
  return [...after].some(([key, state]) => before.get(key) !== state);
}
