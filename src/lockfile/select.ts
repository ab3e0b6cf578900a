/** Which entries of a lock an environment and a choice of groups need. */
import { isTspmError, TspmError } from '../errors.ts';
import { settleGroups } from '../packaging/marker-groups.ts';
import { parseMarker, type Marker, type MarkerEnvironment } from '../packaging/marker.ts';
import { normalizeName } from '../packaging/name.ts';
import { parseMetadataRequirement, requirementIdentity } from '../packaging/requirement.ts';
import type { SpecifierSet } from '../packaging/specifier.ts';
import { choiceOf } from './pylock-groups.ts';
import { inheritsMetadata, lockedExtras, packageIdentity, type LockedPackage, type Lockfile } from './model.ts';

/** A requirement the walk through a lock without groups starts from. */
export interface RootRequirement {
  /** Normalised name; undefined for a location without a name. */
  readonly key: string | undefined;
  readonly extras: readonly string[];
  /** Undefined for URLs, paths and checkouts. */
  readonly specifier: SpecifierSet | undefined;
  /** URL, path from the root or repository; undefined for named requirements. */
  readonly location: string | undefined;
  readonly marker: Marker | undefined;
}

/** What to select. */
export interface Selection {
  readonly groups: readonly string[];
  readonly environment: MarkerEnvironment;
  /** Normalised names that are never installed. */
  readonly excludes?: readonly string[];
  /** Requirements of the groups: needed only when the lock does not carry groups and markers. */
  readonly roots?: readonly RootRequirement[];
}

/**
 * The entries to install, in lock order, one a package: its entry without extras stands for those with extras. Throws
 * TSPM_LOCK_INVALID for a marker nobody can read or, without groups in the lock, for a requirement without an entry.
 */
export function selectPackages(lock: Lockfile, selection: Selection): LockedPackage[] {
  const excluded = new Set(selection.excludes);
  const packages = inheritsMetadata(lock) ? packagesOfGroups(lock, selection.groups) : lock.packages;
  const candidates = packages.filter((locked) => !excluded.has(locked.name) && applies(locked, selection.environment));
  const chosen = inheritsMetadata(lock) ? candidates : walk(candidates, { ...selection, excluded });
  if (lock.pylock !== undefined) requireOneEach(chosen);
  return onePerPackage(chosen);
}

/**
 * The entries of a lock with inherited metadata that the groups need somewhere; their markers then speak of the environment alone. Throws
 * TSPM_LOCK_INVALID for a marker nobody can read.
 */
export function packagesOfGroups(lock: Lockfile, groups: readonly string[]): LockedPackage[] {
  const { pylock } = lock;
  const members = lock.packages.filter((locked) => inGroups(locked, groups));
  if (pylock === undefined) return members;
  const choice = choiceOf(groups, pylock);
  return members.flatMap((locked) => {
    const settled = withMarker(locked, (marker) => settleGroups(marker, choice)) ?? true;
    if (settled === false) return [];
    const { marker: _marker, ...always } = locked;
    return [settled === true ? always : { ...always, marker: settled.toString() }];
  });
}

function inGroups(locked: LockedPackage, groups: readonly string[]): boolean {
  return (
    locked.groups === undefined || locked.groups.length === 0 || locked.groups.some((group) => groups.includes(group))
  );
}

/** PEP 751: what is left of one name after the markers must be one entry. */
function requireOneEach(chosen: readonly LockedPackage[]): void {
  const names = chosen.filter(({ extras = [] }) => extras.length === 0).map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new TspmError(
    'TSPM_LOCK_INVALID',
    `the lock has several entries of ${twice} for this environment and these groups`,
    {
      hint: 'lock again with the tool that made the file',
      context: { package: twice },
    },
  );
}

function applies(locked: LockedPackage, environment: MarkerEnvironment): boolean {
  return withMarker(locked, (marker) => marker.evaluate(environment)) ?? true;
}

/** What `use` makes of the marker of an entry; undefined for an entry without one. */
function withMarker<T>(locked: LockedPackage, use: (marker: Marker) => T): T | undefined {
  if (locked.marker === undefined) return undefined;
  try {
    return use(parseMarker(locked.marker));
  } catch (error) {
    if (!isTspmError(error)) throw error;
    throw new TspmError('TSPM_LOCK_INVALID', `marker of ${packageIdentity(locked)} in the lock: ${error.message}`, {
      context: { package: packageIdentity(locked) },
      cause: error,
    });
  }
}

/** Of entries with one identity the later wins; entries with extras give way to the plain one. */
function onePerPackage(chosen: readonly LockedPackage[]): LockedPackage[] {
  const byName = new Map<string, LockedPackage>();
  for (const locked of chosen) {
    const before = byName.get(locked.name);
    const hasExtras = (locked.extras ?? []).length > 0;
    if (before === undefined || !hasExtras || (before.extras ?? []).length > 0) byName.set(locked.name, locked);
  }
  const wanted = new Set(byName.values());
  return chosen.filter((locked, index) => wanted.has(locked) && chosen.indexOf(locked) === index);
}

interface Walk extends Selection {
  readonly excluded: ReadonlySet<string>;
}

function walk(candidates: readonly LockedPackage[], { environment, roots, excluded }: Walk): LockedPackage[] {
  const reached = new Set<LockedPackage>();
  const queue: RootRequirement[] = [...(roots ?? [])];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (next.key !== undefined && excluded.has(next.key)) continue;
    if (next.marker !== undefined && !next.marker.evaluate(environment, { extra: '' })) continue;
    const found = entryFor(candidates, next);
    if (found === undefined) throw unresolved(next);
    if (reached.has(found)) continue;
    reached.add(found);
    queue.push(...found.dependencies.map((line) => readDependency(line, found)));
  }
  return candidates.filter((locked) => reached.has(locked));
}

function entryFor(candidates: readonly LockedPackage[], wanted: RootRequirement): LockedPackage | undefined {
  return candidates.findLast((locked) => {
    if (wanted.extras.join() !== lockedExtras(locked).join()) return false;
    if (wanted.location !== undefined && wanted.key === undefined) return locationOf(locked) === wanted.location;
    if (locked.name !== wanted.key) return false;
    // Locks keep no local versions, and a pre-release that was locked is meant.
    return (
      wanted.specifier === undefined ||
      locked.version === undefined ||
      locationOf(locked) !== undefined ||
      wanted.specifier.contains(locked.version, { prereleases: true }) ||
      wanted.specifier.toString().includes('+')
    );
  });
}

function locationOf(locked: LockedPackage): string | undefined {
  return locked.vcs?.url ?? locked.path ?? locked.url;
}

/** `name @ url` and `-e url#egg=name` count by their name; the entry was locked together with this line. */
function readDependency(line: string, parent: LockedPackage): RootRequirement {
  const editable = /^-e\s.*#(?:.*&)?egg=([^&[;\s]+)(?:\[([^\]]*)\])?/.exec(line);
  if (editable?.[1] !== undefined) {
    const extras = (editable[2] ?? '').split(',').filter((extra) => extra !== '');
    return { key: normalizeName(editable[1]), extras, specifier: undefined, location: undefined, marker: undefined };
  }
  try {
    const { key, extras, specifier, url, marker } = parseMetadataRequirement(line);
    return { key, extras, specifier: url === undefined ? specifier : undefined, location: url, marker };
  } catch (error) {
    if (!isTspmError(error)) throw error;
    throw new TspmError(
      'TSPM_LOCK_INVALID',
      `dependency "${line}" of ${packageIdentity(parent)} in the lock: ${error.message}`,
      {
        context: { package: packageIdentity(parent), dependency: line },
        cause: error,
      },
    );
  }
}

function unresolved(wanted: RootRequirement): TspmError {
  const name =
    wanted.key === undefined
      ? (wanted.location ?? '')
      : requirementIdentity({ key: wanted.key, extras: wanted.extras });
  return new TspmError('TSPM_LOCK_INVALID', `Resolving from lockfile failed: no entry for ${name} that fits`, {
    hint: 'run `tspm lock --update-reuse` and retry',
    context: { requirement: name },
  });
}
