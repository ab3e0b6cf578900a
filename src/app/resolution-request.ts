import { exempting, undated } from '../index/file-rules.ts';
import { normalizeExtras, normalizeName } from '../packaging/name.ts';
import { ANY_VERSION } from '../packaging/specifier.ts';
import type { DirectCandidate, ResolutionRequest, RootRequirement } from '../resolver/model.ts';
import type { DirectSources } from './direct-candidates.ts';
import type { GroupRequirement } from './lock-inputs.ts';
import type { LockRequest } from './lock-request.ts';
import type { Overrides } from './overrides.ts';
import type { Session } from './session.ts';

/** What a resolution is asked for beside the project's own rules. */
export interface ResolutionParts {
  readonly requirements: readonly GroupRequirement[];
  /** The candidates of requirements that name a place. */
  readonly direct: DirectSources;
  readonly request: LockRequest;
  readonly overrides: Overrides;
}

/** The question for the resolver, but for what depends on the target. Throws as `fileRules`. */
export function resolutionRequest(
  session: Session,
  { requirements, direct, request, overrides }: ResolutionParts,
): Omit<ResolutionRequest, 'target' | 'preferences' | 'kept'> {
  const { name, resolution } = session.pyproject;
  const { sourceOrder } = session;
  return {
    roots: requirements.map((one) => rootOf(one, direct.byLine.get(one.line), request)),
    direct: overrides.amend(direct.byKey),
    projectName: name === undefined ? undefined : normalizeName(name),
    overrides: overrides.specifiers,
    excludes: new Set(resolution.excludes),
    allowPrereleases: resolution.allowPrereleases,
    minimalDirect: request.strategy.includes('direct_minimal_versions'),
    files: exempting(request.refetch === true ? undated(session.fileRules) : session.fileRules, overrides.placed),
    ...(sourceOrder === undefined ? {} : { sourceOrder }),
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
  const { extras: written, marker } = requirement;
  const extras = normalizeExtras(written);
  const named = {
    name,
    key: normalizeName(name),
    extras,
    writtenExtras: written,
    specifier: ANY_VERSION,
    url: undefined,
    marker,
  };
  return { requirement: named, group, origin: line };
}
