import { normalizeName } from '../packaging/name.ts';
import { ANY_VERSION } from '../packaging/specifier.ts';
import type { Pyproject } from '../project/pyproject.ts';
import type { DirectCandidate, ResolutionRequest, RootRequirement } from '../resolver/model.ts';
import type { DirectSources } from './direct.ts';
import { overrideSpecifiers, type GroupRequirement } from './lock-inputs.ts';
import type { LockRequest } from './lock-request.ts';

/** What a resolution is asked for beside the project's own rules. */
export interface ResolutionParts {
  readonly requirements: readonly GroupRequirement[];
  /** The candidates of requirements that name a place. */
  readonly direct: DirectSources;
  readonly request: LockRequest;
}

/** The question for the resolver, but for what depends on the target. Throws as {@link overrideSpecifiers}. */
export function resolutionRequest(
  project: Pyproject,
  { requirements, direct, request }: ResolutionParts,
): Omit<ResolutionRequest, 'target' | 'preferences'> {
  const { name, resolution } = project;
  return {
    roots: requirements.map((one) => rootOf(one, direct.byLine.get(one.line), request)),
    direct: direct.byKey,
    projectName: name === undefined ? undefined : normalizeName(name),
    overrides: overrideSpecifiers(resolution.overrides),
    excludes: new Set(resolution.excludes),
    allowPrereleases: resolution.allowPrereleases,
    minimalDirect: request.strategy.includes('direct_minimal_versions'),
  };
}

function rootOf(
  { group, line, requirement }: GroupRequirement,
  direct: DirectCandidate | undefined,
  { update, prereleases }: LockRequest,
): RootRequirement {
  if (requirement.kind === 'named') {
    const tracked = update !== 'all' && update.has(requirement.requirement.key);
    const choice = tracked && prereleases !== undefined ? { prereleases } : {};
    return { requirement: requirement.requirement, group, origin: line, ...choice };
  }
  if (direct === undefined) throw new Error(`no candidate for ${line}`);
  const { name } = direct.metadata;
  const { extras, marker } = requirement;
  const named = { name, key: normalizeName(name), extras, specifier: ANY_VERSION, url: undefined, marker };
  return { requirement: named, group, origin: line };
}
