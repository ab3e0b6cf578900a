import type { PylockHead } from '../lockfile/model.ts';
import { parseSpecifierSet } from '../packaging/specifier.ts';
import { groupNames } from '../project/groups.ts';
import type { Pyproject } from '../project/pyproject.ts';

/** What a pylock.toml says of the project it is made for. */
export function pylockHead(project: Pyproject): PylockHead {
  return {
    requiresPython: parseSpecifierSet(project.requiresPython).toString(),
    environments: undefined,
    extras: groupNames(project).optional,
    defaultGroups: ['default'],
  };
}
