import { allGroups, groupNames, sortGroups } from '../project/groups.ts';
import { requirementKey, type ProjectRequirement } from '../project/requirement-line.ts';
import { projectRequirements } from './lock-inputs.ts';
import type { Session } from './session.ts';

/** What a project itself asks of a package, over all its groups. */
export interface DirectRequirement {
  /** `default` first. */
  readonly groups: readonly string[];
  /** Normalised. */
  readonly extras: readonly string[];
  /** The specifier of its first group; empty for any version and for places. */
  readonly specifier: string;
}

/** The packages the project itself asks for, by key. Throws as `projectRequirements`. */
export function directRequirements(session: Session): Map<string, DirectRequirement> {
  const { pyproject, settings } = session;
  const found = new Map<string, DirectRequirement>();
  for (const group of sortGroups(allGroups(groupNames(pyproject)))) {
    for (const { requirement } of projectRequirements(pyproject, [group], settings.env).requirements) {
      const key = requirementKey(requirement);
      if (key === undefined) continue;
      const { groups = [], extras = [], specifier = specifierOf(requirement) } = found.get(key) ?? {};
      found.set(key, {
        groups: [...new Set([...groups, group])],
        extras: [...new Set([...extras, ...extrasOf(requirement)])],
        specifier,
      });
    }
  }
  return found;
}

function specifierOf(requirement: ProjectRequirement): string {
  return requirement.kind === 'named' ? requirement.requirement.specifier.toString() : '';
}

function extrasOf(requirement: ProjectRequirement): readonly string[] {
  return requirement.kind === 'named' ? requirement.requirement.extras : requirement.extras;
}
