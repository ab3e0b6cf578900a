import type { LockedPackage, Lockfile, LockTarget } from '../lockfile/model.ts';
import type { Config } from '../project/config.ts';
import { wantsPylock } from './lock-file.ts';
import { lockedRepository, type LockedCandidate } from './locked-repository.ts';

/** What to lock and how much of the old lock to keep. */
export interface LockRequest {
  /** Normalised groups, `default` first. */
  readonly groups: readonly string[];
  /** The lock there is. */
  readonly old: Lockfile | undefined;
  /** Keys whose locked version is not kept; `all` keeps none. */
  readonly update: ReadonlySet<string> | 'all';
  /** What the keys in `update` come to depend on is updated too. */
  readonly eager?: true;
  /** Versions to try first in place of the locked ones, by key (update-reuse-installed). */
  readonly installed?: ReadonlyMap<string, string>;
  /** Keep the versions but ask the sources for everything else again. */
  readonly refetch?: true;
  /** Tri-state of `--pre/--stable` for the keys in `update`. */
  readonly prereleases?: boolean;
  /** The target to lock in place of those of the old lock. */
  readonly target?: LockTarget;
  /** Keep the old lock's targets and add `target` to them. */
  readonly append?: true;
  /** Strategy flags to write. */
  readonly strategy: readonly string[];
}

/** The flags a lock gets when nothing else is said: those of the old lock, or `inherit_metadata`. */
export function defaultStrategy(old: Lockfile | undefined): readonly string[] {
  return old?.strategy?.filter((flag) => flag !== 'cross_platform') ?? ['inherit_metadata'];
}

/** Whether a lock is written as pylock.toml: as the old one is, else as the settings say. */
export function writesPylock(old: Lockfile | undefined, config: Config): boolean {
  return old === undefined ? wantsPylock(config) : old.pylock !== undefined;
}

/** Versions to try first, by key: those of the entries `locked` that stay, or the installed ones. */
export function preferredVersions(
  { update, installed }: LockRequest,
  locked: readonly LockedPackage[],
): Map<string, string> {
  const kept = new Map<string, string>();
  if (update !== 'all') {
    for (const { name, version } of locked) if (version !== undefined && !update.has(name)) kept.set(name, version);
  }
  return new Map([...kept, ...(installed ?? [])]);
}

/** What of the entries `locked` may stand in for the index, by key: nothing where everything is to be asked for again. */
export function reusableCandidates(
  { update, installed, refetch, append }: LockRequest,
  locked: readonly LockedPackage[],
): Map<string, LockedCandidate> {
  // Another target may need other files.
  if (update === 'all' || installed !== undefined || refetch === true || append === true) return new Map();
  const repository = lockedRepository(locked);
  for (const key of update) repository.delete(key);
  return repository;
}
