import { existsSync } from 'node:fs';
import type { MemberContent } from '../lockfile/content-hash.ts';
import { expandGroup } from '../project/group-lines.ts';
import { parseGroupLine } from '../project/group-requirement.ts';
import { sortGroups } from '../project/groups.ts';
import type { Pyproject } from '../project/pyproject.ts';
import { formatRequirementLine, type ProjectRequirement } from '../project/requirement-line.ts';
import { variableStyle, type Environment } from '../project/variables.ts';
import { memberRequirements, workspaceMembers } from '../project/workspace.ts';

/** A requirement line of the project and the group it was reached from. */
export interface GroupRequirement {
  readonly group: string;
  /** As written. */
  readonly line: string;
  readonly requirement: ProjectRequirement;
}

/** Everything the project asks for in some groups. */
export interface ProjectRequirements {
  readonly requirements: readonly GroupRequirement[];
  /** The groups asked for and those they include, `default` first: what the lock records. */
  readonly groups: readonly string[];
  readonly warnings: readonly string[];
}

/** The project files of members that a lock of this project depends on beside its own. Throws as `workspaceMembers`. */
export function memberContents(project: Pyproject): readonly MemberContent[] {
  return workspaceMembers(project).map(({ path, project: { document } }) => ({ path, document }));
}

/** The requirements on members of the workspace, whether they are part of a group or not. */
export function workspaceRequirements(project: Pyproject): (GroupRequirement & { readonly isDefault: boolean })[] {
  const scope = { root: project.root, env: {}, style: variableStyle(project.buildBackend) };
  return memberRequirements(project).map(({ isDefault, requirement }) => ({
    isDefault,
    group: 'default',
    line: formatRequirementLine(requirement, scope),
    requirement,
  }));
}

/** Reads the requirement lines of `groups` (normalised). Throws TSPM_INVALID_REQUIREMENT (with the place) or TSPM_INVALID_GROUP. */
export function projectRequirements(
  project: Pyproject,
  groups: readonly string[],
  env: Environment,
): ProjectRequirements {
  const context = {
    scope: { root: project.root, env, style: variableStyle(project.buildBackend) },
    exists: (path: string) => existsSync(path),
  };
  const requirements: GroupRequirement[] = [];
  const warnings = new Set<string>();
  // A group that another one includes is locked under its own name too, so that it can be installed alone.
  const reached = sortGroups(new Set(groups.flatMap((group) => expandGroup(project, group).reached)));
  for (const group of reached) {
    const expanded = expandGroup(project, group);
    for (const warning of expanded.warnings) warnings.add(warning);
    for (const line of expanded.lines) {
      const requirement = parseGroupLine(project, group, { line, context });
      if (requirement.kind === 'named' && requirement.requirement.key === 'python') continue;
      requirements.push({ group, line, requirement });
    }
  }
  if (reached.includes('default')) {
    requirements.push(...workspaceRequirements(project).filter(({ isDefault }) => isDefault));
  }
  return { requirements, groups: reached, warnings: [...warnings] };
}
