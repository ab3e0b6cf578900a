/** Resolves one target of a lock, in as many parts as its markers ask for. */
import { exempting } from '../index/file-rules.ts';
import type { LockedPackage } from '../lockfile/model.ts';
import {
  ALWAYS,
  markerAnd,
  markerNot,
  markerSetOf,
  NEVER,
  pythonRangeOf,
  type MarkerSet,
} from '../packaging/marker-set.ts';
import { parseMarker } from '../packaging/marker.ts';
import type { ResolutionOutcome, ResolutionRequest, ResolvedPackage } from '../resolver/model.ts';
import type { ResolvedPart } from '../resolver/split.ts';
import { keysBelow } from './dependencies.ts';
import type { LockGoal } from './lock-goals.ts';
import { preferredVersions, reusableCandidates, type LockRequest } from './lock-request.ts';
import type { LockedCandidate } from './locked-repository.ts';
import type { Overrides } from './overrides.ts';
import { resolutionFailed } from './resolution-failed.ts';
import { resolutionServices } from './resolution-services.ts';
import type { Session } from './session.ts';

/** A part of a target with what of the old lock it rests on. */
export interface LockedOutcome extends ResolvedPart {
  readonly reuse: ReadonlyMap<string, LockedCandidate>;
}

/** What a target is resolved for. */
export interface TargetQuestion {
  readonly request: LockRequest;
  readonly goal: LockGoal;
  /** Everything but what depends on the target. */
  readonly question: Omit<ResolutionRequest, 'target' | 'preferences' | 'kept'>;
  readonly overrides: Overrides;
  /** Whether the lock is for other targets too. */
  readonly isOneOfSeveral: boolean;
}

/**
 * One version of each package for every environment of the target, where possible the same. First with the lock's versions as
 * the only ones of what is kept; only when that has no solution, with everything there is. An eager update is asked for again
 * until it covers all that its packages come to depend on. Throws as {@link resolutionFailed}. See docs/resolver.md, "Targets and parts".
 */
export async function resolveTarget(session: Session, asked: TargetQuestion): Promise<LockedOutcome[]> {
  const outcomes = await resolveOnce(session, asked);
  const { request } = asked;
  const { eager, update: tracked, old } = request;
  if (eager !== true || tracked === 'all') return outcomes;
  const chosen = outcomes.flatMap(({ packages }) => packages);
  const update = keysBelow(tracked, chosen);
  const isComplete = (old?.packages ?? []).every(({ name }) => !update.has(name) || tracked.has(name));
  if (isComplete) return outcomes;
  return resolveTarget(session, { ...asked, request: { ...request, update } });
}

async function resolveOnce(session: Session, asked: TargetQuestion): Promise<LockedOutcome[]> {
  const { resolveInParts } = await import('../resolver/split.ts');
  const { request, goal } = asked;
  const whole = goal.resolution.environment;
  const reused = new Map<MarkerSet, ReadonlyMap<string, LockedCandidate>>();
  const outcome = await resolveInParts(knownParts(whole, request), async (environment, agreed) => {
    const { result, reuse } = await resolvePart(session, asked, { environment, agreed });
    reused.set(environment, reuse);
    return result;
  });
  if (outcome.kind === 'solved') {
    return outcome.parts.map((part) => ({ ...part, reuse: reused.get(part.environment) ?? new Map() }));
  }
  const part = outcome.environment === whole ? undefined : outcome.environment;
  throw await resolutionFailed(session, outcome.failure, {
    target: asked.isOneOfSeveral ? goal.target : undefined,
    part: part === undefined ? undefined : { environment: part, within: whole },
  });
}

/** The entries of a lock that count for some of the environments. */
export function packagesWithin(packages: readonly LockedPackage[], environment: MarkerSet): LockedPackage[] {
  return packages.filter(({ marker }) => markerAnd(markerOfText(marker), environment) !== NEVER);
}

interface Part {
  readonly environment: MarkerSet;
  readonly agreed: ReadonlyMap<string, string>;
}

async function resolvePart(
  session: Session,
  { request, goal, question, overrides }: TargetQuestion,
  { environment, agreed }: Part,
): Promise<{ readonly result: ResolutionOutcome; readonly reuse: ReadonlyMap<string, LockedCandidate> }> {
  const { resolve } = await import('../resolver/resolve.ts');
  const { resolution } = goal;
  const target =
    environment === resolution.environment
      ? resolution
      : { ...resolution, environment, python: pythonRangeOf(environment) };
  const old = packagesWithin(request.old?.packages ?? [], request.append === true ? ALWAYS : environment);
  const kept = preferredVersions(request, old);
  const preferences = new Map([...agreed, ...kept]);
  const resolutionRequest = { ...question, target, preferences, kept: new Set(kept.keys()) };
  const reuse = reusableCandidates(request, old);
  for (const key of overrides.placed) reuse.delete(key);
  for (const { requirement } of question.roots) if (!knowsExtras(reuse, requirement)) reuse.delete(requirement.key);
  if (reuse.size > 0) {
    const kept = { ...resolutionRequest, files: exempting(question.files, reuse.keys()) };
    const result = await resolve(kept, resolutionServices(session, overrides, reuse));
    if (result.kind === 'solved' && result.packages.every((resolved) => knowsExtras(reuse, resolved)))
      return { result, reuse };
  }
  return {
    result: await resolve(resolutionRequest, resolutionServices(session, overrides, new Map())),
    reuse: new Map(),
  };
}

function knowsExtras(
  reuse: ReadonlyMap<string, LockedCandidate>,
  { key, extras }: Pick<ResolvedPackage, 'key' | 'extras'>,
): boolean {
  const candidate = reuse.get(key);
  return candidate === undefined || extras.every((extra) => candidate.extras.has(extra));
}

/** The parts that the old lock was made in, seen from the markers of packages it has in several versions. */
function knownParts(whole: MarkerSet, { old, update }: LockRequest): MarkerSet[] {
  if (old === undefined || update === 'all') return [whole];
  const names = old.packages.filter(({ extras = [] }) => extras.length === 0).map(({ name }) => name);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  const markers = old.packages.filter(({ name }) => repeated.has(name)).map(({ marker }) => markerOfText(marker));
  return markers.reduce<MarkerSet[]>(
    (parts, marker) =>
      parts
        .flatMap((part) => [markerAnd(part, marker), markerAnd(part, markerNot(marker))])
        .filter((part) => part !== NEVER),
    [whole],
  );
}

function markerOfText(marker: string | undefined): MarkerSet {
  return marker === undefined ? ALWAYS : markerSetOf(parseMarker(marker));
}
