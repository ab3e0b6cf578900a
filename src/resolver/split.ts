import { markerAnd, markerNot, markersDisjoint, NEVER, type MarkerSet } from '../packaging/marker-set.ts';
import type { Condition, FailedResolution, ResolutionOutcome, ResolvedPackage } from './model.ts';

/** The packages for some of the environments of a target. */
export interface ResolvedPart {
  readonly environment: MarkerSet;
  readonly packages: readonly ResolvedPackage[];
}

/** One version of each package in every part; or the environments for which there is none, and why. */
export type SplitOutcome =
  | { readonly kind: 'solved'; readonly parts: readonly ResolvedPart[] }
  | { readonly kind: 'unsolvable'; readonly failure: FailedResolution; readonly environment: MarkerSet };

/** Resolves for some environments; `agreed` are the versions chosen for others, by key: to be tried first. */
export type ResolvePart = (environment: MarkerSet, agreed: ReadonlyMap<string, string>) => Promise<ResolutionOutcome>;

/** More parts than this are no lock that anybody could read. */
const MOST_PARTS = 100;

/**
 * Resolves for all environments of `parts`, which are disjoint. Where one has no solution although each of its environments may have
 * one, because no environment is in all the conditions its proof depends on, it is split by one of them. Every refusal therefore
 * holds in some real environment. Rejects as `resolvePart` does. See docs/resolver.md, "Targets and parts".
 */
export async function resolveInParts(parts: readonly MarkerSet[], resolvePart: ResolvePart): Promise<SplitOutcome> {
  const solved: ResolvedPart[] = [];
  const agreed = new Map<string, string>();
  const pending = [...parts];
  for (let environment = pending.shift(); environment !== undefined; environment = pending.shift()) {
    const outcome = await resolvePart(environment, agreed);
    if (outcome.kind === 'solved') {
      solved.push({ environment, packages: outcome.packages });
      for (const { key, version } of outcome.packages) if (!agreed.has(key)) agreed.set(key, version.text);
      continue;
    }
    const condition = dividingCondition(outcome.conditions, environment);
    if (condition === undefined || solved.length + pending.length >= MOST_PARTS) {
      return { kind: 'unsolvable', failure: outcome, environment };
    }
    pending.unshift(markerAnd(environment, condition), markerAnd(environment, markerNot(condition)));
  }
  return { kind: 'solved', parts: solved };
}

/**
 * The condition to split an environment by: one that excludes another on the same package if there is one, else any other. Absent
 * when the proof holds in one of the environments.
 */
export function dividingCondition(conditions: readonly Condition[], environment: MarkerSet): MarkerSet | undefined {
  const within = conditions.map((one) => ({ ...one, environment: markerAnd(one.environment, environment) }));
  const common = within.map((one) => one.environment).reduce(markerAnd, environment);
  if (common !== NEVER) return undefined;
  const dividing = within.filter((one) => one.environment !== NEVER && one.environment !== environment);
  const excludes = (one: Condition, other: Condition): boolean => markersDisjoint(one.environment, other.environment);
  const sameKey = dividing.find((one) => dividing.some((other) => other.key === one.key && excludes(one, other)));
  const chosen = sameKey ?? dividing.find((one) => dividing.some((other) => excludes(one, other))) ?? dividing[0];
  return chosen?.environment;
}
