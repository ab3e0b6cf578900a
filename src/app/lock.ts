import { TspmError } from '../errors.ts';
import { contentHash } from '../lockfile/content-hash.ts';
import { LOCK_VERSION, type LockedPackage, type Lockfile, type LockTarget } from '../lockfile/model.ts';
import { formatTargetPython, intersectPython, isEmptyPython, parsePythonRange } from '../packaging/python-range.ts';
import { parseMetadataRequirement } from '../packaging/requirement.ts';
import type { SpecifierSet } from '../packaging/specifier.ts';
import type { ResolutionOutcome, ResolutionRequest, ResolvedPackage } from '../resolver/model.ts';
import { directCandidates } from './direct.ts';
import { lockEntries } from './lock-entries.ts';
import { projectRequirements } from './lock-inputs.ts';
import { reusableCandidates, type LockRequest } from './lock-request.ts';
import type { LockedCandidate } from './locked-repository.ts';
import { resolutionFailed } from './resolution-failed.ts';
import { resolutionRequest } from './resolution-request.ts';
import { resolutionServices } from './resolution-services.ts';
import type { Session } from './session.ts';

/** A new lock, not written yet. */
export interface NewLock {
  readonly lock: Lockfile;
  /** Versions chosen, by key. */
  readonly versions: ReadonlyMap<string, string>;
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
  const { requirements } = found;
  const resolution = resolutionRequest(pyproject, { requirements, direct, python, request });
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
  const reuse = reusableCandidates(request);
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
