import { contentHash } from '../lockfile/content-hash.ts';
import { mergeParts, type LockedPart } from '../lockfile/merge.ts';
import { LOCK_VERSION, packageIdentity, PYLOCK_VERSION, type LockedPackage, type Lockfile } from '../lockfile/model.ts';
import {
  ALWAYS,
  markerAnd,
  markerGiven,
  markerOr,
  markerSetOf,
  markerSetOfPython,
  NEVER,
} from '../packaging/marker-set.ts';
import { parseMarker } from '../packaging/marker.ts';
import { parsePythonRange } from '../packaging/python-range.ts';
import { parseMetadataRequirement } from '../packaging/requirement.ts';
import type { SpecifierSet } from '../packaging/specifier.ts';
import type { ResolutionRequest, ResolvedPackage } from '../resolver/model.ts';
import { noteContested } from './contested.ts';
import { directCandidates } from './direct-candidates.ts';
import type { DirectSource } from './direct.ts';
import { lockEntries } from './lock-entries.ts';
import { goalOf, lockGoals, type LockGoal } from './lock-goals.ts';
import { memberContents, projectRequirements, workspaceRequirements } from './lock-inputs.ts';
import { lockedDigests } from './locked-digests.ts';
import { writesPylock, type LockRequest } from './lock-request.ts';
import { resolveTarget, type LockedOutcome } from './lock-target.ts';
import { type Overrides, projectOverrides } from './overrides.ts';
import { pylockHead } from './pylock-head.ts';
import { resolutionRequest } from './resolution-request.ts';
import type { Session } from './session.ts';

/** A new lock, not written yet. */
export interface NewLock {
  readonly lock: Lockfile;
  /** Versions chosen, by key. */
  readonly versions: ReadonlyMap<string, string>;
}

/**
 * Resolves the project's requirements for every target and describes the lock. Where the old lock already answers everything, no
 * request is made. Throws TSPM_RESOLUTION_FAILED or TSPM_PACKAGE_NOT_FOUND with the proof, TSPM_NETWORK and its like,
 * TSPM_UNSUPPORTED, and as {@link lockGoals}.
 */
export async function resolveLock(session: Session, asked: LockRequest): Promise<NewLock> {
  const { pyproject, settings } = session;
  const pylock = writesPylock(asked.old, settings.config) ? pylockHead(pyproject) : undefined;
  const request =
    pylock === undefined ? asked : { ...asked, strategy: [...new Set([...asked.strategy, ...OF_PYLOCK])] };
  const found = projectRequirements(pyproject, request.groups, settings.env);
  for (const warning of found.warnings) session.note('warning', warning);
  const kept = request.append === true ? (request.old?.targets ?? []).map(goalOf) : [];
  const goals = lockGoals(session, request.old, request.target);
  session.reporter.emit({ kind: 'phase', text: 'Resolving dependencies' });
  const direct = await directCandidates(session, [...found.requirements, ...workspaceRequirements(pyproject)], request);
  const overrides = await projectOverrides(session, request);
  const question = resolutionRequest(session, { requirements: found.requirements, direct, request, overrides });
  const parts = kept.length === 0 ? [] : [keptPart(kept, request.old?.packages ?? [])];
  const chosen: ResolvedPackage[] = [];
  for (const [place, goal] of goals.entries()) {
    const isOneOfSeveral = kept.length + goals.length > 1;
    for (const outcome of await resolveTarget(session, { request, goal, question, overrides, isOneOfSeveral })) {
      chosen.push(...outcome.packages);
      parts.push(
        await lockedPart(session, {
          place: kept.length + place,
          goal,
          outcome,
          question,
          direct: overrides.amend(direct.byKey),
          request,
          asPylock: pylock !== undefined,
        }),
      );
    }
  }
  noteIdleOverrides(session, overrides, chosen);
  noteContested(session, chosen);
  const packages = mergeParts(parts, markerSetOfPython(parsePythonRange(pyproject.requiresPython)));
  const lock: Lockfile = {
    groups: found.groups,
    strategy: [...request.strategy].sort(),
    lockVersion: pylock === undefined ? LOCK_VERSION : PYLOCK_VERSION,
    contentHash: contentHash(pyproject.document, memberContents(pyproject)),
    targets: [...kept, ...goals].map(({ target }) => target),
    packages: request.strategy.includes('inherit_metadata') ? packages : withoutInherited(packages),
    ...(pylock === undefined ? {} : { pylock }),
  };
  return { lock, versions: onlyVersions(chosen) };
}

function noteIdleOverrides(session: Session, overrides: Overrides, chosen: readonly ResolvedPackage[]): void {
  const used = new Set(chosen.map(({ key }) => key));
  for (const key of overrides.specifiers.keys()) {
    if (used.has(key)) continue;
    session.note('info', `the override of ${key} changes nothing: no package of the lock has this name`);
  }
}

/** What a pylock.toml cannot be without. */
const OF_PYLOCK = ['inherit_metadata', 'static_urls'] as const;

interface PartToLock {
  readonly place: number;
  readonly goal: LockGoal;
  readonly outcome: LockedOutcome;
  readonly question: Pick<ResolutionRequest, 'roots' | 'overrides' | 'files'>;
  readonly direct: ReadonlyMap<string, DirectSource>;
  readonly request: LockRequest;
  /** There one local variant is locked, not all of a version. */
  readonly asPylock: boolean;
}

async function lockedPart(session: Session, parts: PartToLock): Promise<LockedPart> {
  const { place, goal, outcome, question, direct, request, asPylock } = parts;
  const { packages: resolved } = outcome;
  const entries = await lockEntries(session, {
    packages: resolved,
    target: goal.resolution,
    reuse: outcome.reuse,
    digests: lockedDigests(request),
    direct,
    rules: question.files,
    pinnedLocal: pinnedLocal(question, resolved),
    keepLocal: asPylock,
    refetch: request.refetch === true,
    staticUrls: request.strategy.includes('static_urls'),
  });
  const packages = entries.map((locked, index) => {
    const { needed = NEVER, wordings = [] } = resolved[index] ?? {};
    return { locked, needed, stated: markerGiven(needed, goal.assumed), wordings };
  });
  return { target: place, environment: outcome.environment, assumed: goal.assumed, packages };
}

/** The entries of a lock that gets another target. */
function keptPart(goals: readonly LockGoal[], packages: readonly LockedPackage[]): LockedPart {
  const environment = goals.map(({ resolution }) => resolution.environment).reduce(markerOr, NEVER);
  return {
    target: 0,
    environment,
    assumed: goals.map(({ assumed }) => assumed).reduce(markerOr, NEVER),
    packages: packages.map(({ marker, ...locked }) => {
      const stated = marker === undefined ? ALWAYS : markerSetOf(parseMarker(marker));
      return { locked, needed: markerAnd(stated, environment), stated, wordings: marker === undefined ? [] : [marker] };
    }),
  };
}

/** The version of each package that has only one. */
function onlyVersions(packages: readonly ResolvedPackage[]): Map<string, string> {
  const versions = new Map<string, Set<string>>();
  for (const { key, version } of packages) versions.set(key, (versions.get(key) ?? new Set()).add(version.text));
  return new Map(
    [...versions].flatMap(([key, [version, other]]) =>
      version === undefined || other !== undefined ? [] : [[key, version]],
    ),
  );
}

/** Packages that some requirement pins to a version with a local part: only those keep it in the lock. */
function pinnedLocal(
  resolution: Pick<ResolutionRequest, 'roots' | 'overrides'>,
  packages: readonly ResolvedPackage[],
): Set<string> {
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

/** Groups and markers are left out; only what tells several versions of one package apart stays. */
function withoutInherited(packages: readonly LockedPackage[]): LockedPackage[] {
  const identities = packages.map(packageIdentity);
  return packages.map(({ groups: _groups, marker, ...locked }) => {
    const isOneOfSeveral = identities.filter((identity) => identity === packageIdentity(locked)).length > 1;
    return isOneOfSeveral && marker !== undefined ? { ...locked, marker } : locked;
  });
}
