import { TspmError } from '../errors.ts';
import type { SyncResult } from '../installer/sync.ts';
import type { Lockfile } from '../lockfile/model.ts';
import { normalizeName } from '../packaging/name.ts';
import { targetGroup, type TargetGroup } from '../project/edit-dependencies.ts';
import { allGroups, groupNames, requireLockedGroups, sortGroups } from '../project/groups.ts';
import { requirementKey, type ProjectRequirement } from '../project/requirement-line.ts';
import { changeProject, type CurrentLock, type Extent, type VersionChoices } from './change-project.ts';
import { requirementKeys, requirementsOf, unconstrained } from './dependencies.ts';
import type { Session } from './session.ts';

/** What an update is about. */
export interface UpdateScope {
  /** Groups to install. */
  readonly groups: readonly string[];
  /** The group whose lines `unconstrained` rewrites, and those lines. */
  readonly target: TargetGroup;
  readonly requirements: readonly ProjectRequirement[];
  /** Normalised names of the packages that may move. */
  readonly keys: readonly string[];
}

/** What `update` is called for. */
export interface UpdateRequest {
  readonly scope: UpdateScope;
  readonly current: CurrentLock;
  readonly choices: VersionChoices;
  /** pyproject.toml gets the versions that were found. */
  readonly unconstrained: boolean;
}

/** All direct dependencies of the groups. Throws TSPM_USAGE for a group that is not locked. */
export function wholeScope(session: Session, groups: readonly string[], old: Lockfile | undefined): UpdateScope {
  const { pyproject } = session;
  requireLockedGroups(groups, old?.groups);
  const keys = requirementKeys(groups.flatMap((group) => requirementsOf(session, group)));
  return { groups, target: targetGroup(pyproject, {}), requirements: requirementsOf(session, 'default'), keys };
}

/** Named packages of one group, or ones that others depend on. Throws TSPM_USAGE for a name that is neither. */
export function namedScope(
  session: Session,
  names: readonly string[],
  { target, old }: { readonly target: TargetGroup; readonly old: Lockfile | undefined },
): UpdateScope {
  const direct = requirementsOf(session, target.group);
  for (const name of names) if (!hasKey(direct, keyOf(name))) requireKnown(session, name, { target, old });
  const keys = names.map(keyOf);
  const requirements = direct.filter((found) => keys.includes(requirementKey(found) ?? ''));
  return { groups: [target.group], target, requirements, keys };
}

/** Locks anew what may move and installs the groups. Throws as {@link changeProject}. */
export async function updatePackages(
  session: Session,
  { scope, current, choices, unconstrained: rewrites }: UpdateRequest,
  extent: Extent,
): Promise<SyncResult | undefined> {
  const { target, keys } = scope;
  const change = {
    current,
    target,
    requirements: rewrites ? unconstrained(scope.requirements) : [],
    groups: sortGroups([...(current.old?.groups ?? ['default']), ...scope.groups]),
    keys,
    choices,
    installed: () => scope.groups,
  };
  return changeProject(session, change, extent);
}

/** The key of a name as typed, which may carry extras. */
function keyOf(name: string): string {
  return normalizeName(name.replace(/\[.*\]$/, ''));
}

function hasKey(requirements: readonly ProjectRequirement[], key: string): boolean {
  return requirements.some((found) => requirementKey(found) === key);
}

/** A name that the group does not have must be in the lock, and in no other group. */
function requireKnown(
  session: Session,
  name: string,
  { target, old }: { readonly target: TargetGroup; readonly old: Lockfile | undefined },
): void {
  const key = keyOf(name);
  const others = allGroups(groupNames(session.pyproject)).filter((group) => group !== target.group);
  const holder = others.find((group) => hasKey(requirementsOf(session, group), key));
  if (holder !== undefined) {
    throw new TspmError('TSPM_USAGE', `${name} is not in ${target.group} but in ${holder} dependencies`, {
      hint: `add -G ${holder}`,
    });
  }
  if (old?.packages.some((locked) => locked.name === key) === true) return;
  throw new TspmError(
    'TSPM_USAGE',
    `${name} does not exist in ${target.group} dependencies nor is a transitive dependency`,
  );
}
