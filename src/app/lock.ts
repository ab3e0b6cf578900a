import { TspmError } from '../errors.ts';
import { contentHash } from '../lockfile/content-hash.ts';
import { LOCK_VERSION, type Lockfile, type LockedPackage, type LockTarget } from '../lockfile/model.ts';
import { markerSetOfPython } from '../packaging/marker-set.ts';
import { normalizeName } from '../packaging/name.ts';
import {
  formatTargetPython,
  intersectPython,
  isEmptyPython,
  parsePythonRange,
  type PythonRange,
} from '../packaging/python-range.ts';
import { parseMetadataRequirement } from '../packaging/requirement.ts';
import { ANY_VERSION, type SpecifierSet } from '../packaging/specifier.ts';
import type {
  DirectCandidate,
  ResolutionOutcome,
  ResolutionRequest,
  ResolvedPackage,
  RootRequirement,
} from '../resolver/model.ts';
import { directCandidates } from './direct.ts';
import { lockEntries } from './lock-entries.ts';
import { overrideSpecifiers, projectRequirements, type GroupRequirement } from './lock-inputs.ts';
import { lockedRepository, type LockedCandidate } from './locked-repository.ts';
import { resolutionFailed } from './resolution-failed.ts';
import { resolutionServices } from './resolution-services.ts';
import type { Session } from './session.ts';

/** What to lock and how much of the old lock to keep. */
export interface LockRequest {
  /** Normalised groups, `default` first. */
  readonly groups: readonly string[];
  /** The lock there is. */
  readonly old: Lockfile | undefined;
  /** Keys whose locked version is not kept; `all` keeps none. */
  readonly update: ReadonlySet<string> | 'all';
  /** Versions to try first in place of the locked ones, by key (update-reuse-installed). */
  readonly installed?: ReadonlyMap<string, string>;
  /** Keep the versions but ask the sources for everything else again. */
  readonly refetch?: true;
  /** Tri-state of `--pre/--stable` for the keys in `update`. */
  readonly prereleases?: boolean;
  /** Strategy flags to write. */
  readonly strategy: readonly string[];
}

/** A new lock, not written yet. */
export interface NewLock {
  readonly lock: Lockfile;
  /** Versions chosen, by key. */
  readonly versions: ReadonlyMap<string, string>;
}

/** The flags a lock gets when nothing else is said: those of the old lock, or `inherit_metadata`. */
export function defaultStrategy(old: Lockfile | undefined): readonly string[] {
  return old?.strategy?.filter((flag) => flag !== 'cross_platform') ?? ['inherit_metadata'];
}

/**
 * Resolves the project's requirements and describes the lock. Where the old lock already answers everything, no request is made.
 * Throws TSPM_RESOLUTION_FAILED or TSPM_PACKAGE_NOT_FOUND with the proof, TSPM_NETWORK and its like, TSPM_UNSUPPORTED.
 */
export async function resolveLock(session: Session, request: LockRequest): Promise<NewLock> {
  const { pyproject, settings } = session;
  const found = projectRequirements(pyproject, request.groups, settings.env);
  for (const warning of found.warnings) session.note('warning', warning);
  const target = lockTarget(session, request.old);
  const python = parsePythonRange(target.requiresPython);
  session.reporter.emit({ kind: 'phase', text: 'Resolving dependencies' });
  const direct = await directCandidates(session, found.requirements);
  const roots = found.requirements.flatMap((one) => rootOf(one, direct.byLine.get(one.line), request));
  const resolution = resolutionRequest(session, { roots, python, direct: direct.byKey, request });
  const { outcome, reuse } = await resolveWithLock(session, resolution, request);
  if (outcome.kind === 'unsolvable') throw await resolutionFailed(session, outcome.proof);
  const packages = await lockEntries(session, {
    packages: outcome.packages,
    python,
    reuse,
    direct: direct.byKey,
    pinnedLocal: pinnedLocal(resolution, outcome.packages),
    staticUrls: request.strategy.includes('static_urls'),
  });
  const lock: Lockfile = {
    groups: found.groups,
    strategy: [...request.strategy].sort(),
    lockVersion: LOCK_VERSION,
    contentHash: contentHash(pyproject.document),
    targets: [target],
    packages: request.strategy.includes('inherit_metadata') ? packages : packages.map(withoutInherited),
  };
  return { lock, versions: new Map(outcome.packages.map(({ key, version }) => [key, version.text])) };
}

/** The old lock's only target, which stays until the lock is made anew, else the project's whole Python range. */
function lockTarget(session: Session, old: Lockfile | undefined): LockTarget {
  const range = parsePythonRange(session.pyproject.requiresPython);
  const [target, ...others] = old?.targets ?? [];
  if (target === undefined) return { requiresPython: formatTargetPython(range) };
  if (others.length > 0 || target.platform !== undefined || target.implementation !== undefined) {
    throw new TspmError(
      'TSPM_UNSUPPORTED',
      'the lock has several targets or one for a certain platform, which tspm cannot lock yet',
      {
        hint: 'delete the lock file to lock for every platform at once',
      },
    );
  }
  if (isEmptyPython(intersectPython(parsePythonRange(target.requiresPython), range))) {
    throw new TspmError(
      'TSPM_USAGE',
      `The target requires Python ${target.requiresPython} which is not compatible with the project's requires-python ${session.pyproject.requiresPython}`,
      { hint: 'delete the lock file to lock for the new range' },
    );
  }
  const wanted = formatTargetPython(range);
  if (wanted !== target.requiresPython) {
    session.note(
      'info',
      `the lock stays limited to Python ${target.requiresPython}, requires-python says ${wanted || 'any'}; delete the lock file to widen it`,
    );
  }
  return target;
}

function rootOf(one: GroupRequirement, direct: DirectCandidate | undefined, request: LockRequest): RootRequirement[] {
  const { requirement } = one;
  if (requirement.kind === 'named') {
    const tracked = request.update !== 'all' && request.update.has(requirement.requirement.key);
    const prereleases = tracked && request.prereleases !== undefined ? { prereleases: request.prereleases } : {};
    return [{ requirement: requirement.requirement, group: one.group, origin: one.line, ...prereleases }];
  }
  if (direct === undefined) throw new Error(`no candidate for ${one.line}`);
  return [{ requirement: directRequirement(one, direct), group: one.group, origin: one.line }];
}

function directRequirement({ requirement }: GroupRequirement, direct: DirectCandidate): RootRequirement['requirement'] {
  if (requirement.kind === 'named') return requirement.requirement;
  const { name } = direct.metadata;
  return {
    name,
    key: normalizeName(name),
    extras: requirement.extras,
    specifier: ANY_VERSION,
    url: undefined,
    marker: requirement.marker,
  };
}

interface ResolutionParts {
  readonly roots: readonly RootRequirement[];
  readonly python: PythonRange;
  readonly direct: ReadonlyMap<string, DirectCandidate>;
  readonly request: LockRequest;
}

function resolutionRequest(session: Session, { roots, python, direct, request }: ResolutionParts): ResolutionRequest {
  const { pyproject } = session;
  return {
    roots,
    direct,
    target: { python, environment: markerSetOfPython(python) },
    projectName: pyproject.name === undefined ? undefined : normalizeName(pyproject.name),
    overrides: overrideSpecifiers(pyproject.resolution.overrides),
    excludes: new Set(pyproject.resolution.excludes),
    allowPrereleases: pyproject.resolution.allowPrereleases,
    preferences: preferences(request),
    minimalDirect: request.strategy.includes('direct_minimal_versions'),
  };
}

function preferences({ old, update, installed }: LockRequest): Map<string, string> {
  const kept = new Map<string, string>();
  if (update !== 'all') {
    for (const { name, version } of old?.packages ?? [])
      if (version !== undefined && !update.has(name)) kept.set(name, version);
  }
  return new Map([...kept, ...(installed ?? [])]);
}

/** What of the old lock may stand in for the index. */
function reusable({ old, update, installed, refetch }: LockRequest): Map<string, LockedCandidate> {
  if (old === undefined || update === 'all' || installed !== undefined || refetch === true) return new Map();
  const repository = lockedRepository(old.packages);
  for (const key of update) repository.delete(key);
  return repository;
}

interface LockedOutcome {
  readonly outcome: ResolutionOutcome;
  /** What of the old lock the outcome rests on. */
  readonly reuse: ReadonlyMap<string, LockedCandidate>;
}

/** First with the lock's versions as the only ones of what is kept; only when that has no solution, with everything there is. */
async function resolveWithLock(
  session: Session,
  resolution: ResolutionRequest,
  request: LockRequest,
): Promise<LockedOutcome> {
  const { resolve } = await import('../resolver/resolve.ts');
  const reuse = reusable(request);
  if (reuse.size > 0) {
    const outcome = await resolve(resolution, resolutionServices(session, reuse));
    if (outcome.kind === 'solved' && outcome.packages.every((resolved) => knowsExtras(reuse, resolved)))
      return { outcome, reuse };
  }
  return { outcome: await resolve(resolution, resolutionServices(session, new Map())), reuse: new Map() };
}

function knowsExtras(reuse: ReadonlyMap<string, LockedCandidate>, { key, extras }: ResolvedPackage): boolean {
  const candidate = reuse.get(key);
  return candidate === undefined || extras.every((extra) => candidate.extras.has(extra));
}

/** Packages that some requirement pins to a version with a local part: only those keep it in the lock. */
function pinnedLocal(resolution: ResolutionRequest, packages: readonly ResolvedPackage[]): Set<string> {
  const pinned = new Set<string>();
  const look = (key: string, specifier: SpecifierSet) => {
    if (specifier.clauses.some(({ operator, version }) => operator.startsWith('==') && version.includes('+')))
      pinned.add(key);
  };
  for (const { requirement } of resolution.roots) look(requirement.key, requirement.specifier);
  for (const [key, specifier] of resolution.overrides) look(key, specifier);
  for (const { key: parent, dependencies } of packages) {
    for (const line of dependencies.filter((text) => text.includes('+'))) {
      const { key, specifier } = parseMetadataRequirement(line);
      if (key !== parent) look(key, specifier);
    }
  }
  return pinned;
}

function withoutInherited({ groups: _groups, marker: _marker, ...locked }: LockedPackage): LockedPackage {
  return locked;
}
