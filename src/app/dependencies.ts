/** The rules of `add`, `remove` and `update`: which requirements, versions and groups a change is about. */
import { existsSync } from 'node:fs';
import { TspmError } from '../errors.ts';
import { parseMetadataRequirement } from '../packaging/requirement.ts';
import { parseSpecifierSet } from '../packaging/specifier.ts';
import { parseVersion } from '../packaging/version.ts';
import type { TargetGroup } from '../project/edit-dependencies.ts';
import { expandGroup } from '../project/group-lines.ts';
import { parseGroupLine } from '../project/group-requirement.ts';
import { allGroups, groupNames } from '../project/groups.ts';
import type { Pyproject } from '../project/pyproject.ts';
import {
  parseRequirementLine,
  requirementKey,
  type LineContext,
  type ProjectRequirement,
} from '../project/requirement-line.ts';
import { savedSpecifier, type SaveStrategy } from '../project/save-strategy.ts';
import { variableStyle, type Environment } from '../project/variables.ts';
import type { Session } from './session.ts';

/** How much of the old lock an update leaves alone. */
export type UpdateStrategy = 'reuse' | 'eager' | 'all' | 'reuse-installed';

/** Reads requirements as they are typed: paths start from `cwd`. Throws TSPM_INVALID_REQUIREMENT. */
export function typedRequirements(
  project: Pyproject,
  lines: readonly string[],
  place: { readonly cwd: string; readonly env: Environment },
): ProjectRequirement[] {
  const context = contextIn(project, place);
  return lines.map((line) => parseRequirementLine(line, context));
}

function contextIn(project: Pyproject, { cwd, env }: { readonly cwd: string; readonly env: Environment }): LineContext {
  const scope = { root: project.root, env, style: variableStyle(project.buildBackend) };
  return { scope, base: cwd, exists: (path) => existsSync(path) };
}

/** The requirements of a group (normalised) with those it includes, none when there is no such group. */
export function requirementsOf({ pyproject, root, settings }: Session, group: string): ProjectRequirement[] {
  if (!allGroups(groupNames(pyproject)).includes(group)) return [];
  const context = contextIn(pyproject, { cwd: root, env: settings.env });
  return expandGroup(pyproject, group).lines.map((line) => parseGroupLine(pyproject, group, { line, context }));
}

/** Requirements without a version get the one that was resolved, as the strategy says; those with one, and places, stay. */
export function withSavedVersions(
  requirements: readonly ProjectRequirement[],
  versions: ReadonlyMap<string, string>,
  strategy: SaveStrategy,
): ProjectRequirement[] {
  return requirements.map((found) => {
    if (found.kind !== 'named' || found.requirement.specifier.clauses.length > 0) return found;
    const version = versions.get(found.requirement.key);
    if (version === undefined) return found;
    const specifier = parseSpecifierSet(savedSpecifier(strategy, parseVersion(version)));
    return { kind: 'named', requirement: { ...found.requirement, specifier } };
  });
}

/** The same requirements without their versions (`--unconstrained`). */
export function unconstrained(requirements: readonly ProjectRequirement[]): ProjectRequirement[] {
  const any = parseSpecifierSet('');
  return requirements.map((found) =>
    found.kind === 'named' ? { kind: 'named', requirement: { ...found.requirement, specifier: any } } : found,
  );
}

/** Normalised names of requirements; places without a name have none. */
export function requirementKeys(requirements: readonly ProjectRequirement[]): string[] {
  return requirements.map((found) => requirementKey(found)).filter((key) => key !== undefined);
}

/** Normalised names of `keys` and of everything below them in the requirements of `packages`. */
export function keysBelow(
  keys: Iterable<string>,
  packages: readonly { readonly key: string; readonly dependencies: readonly string[] }[],
): ReadonlySet<string> {
  const reached = new Set(keys);
  for (const key of reached) {
    const lines = packages.filter((one) => one.key === key).flatMap(({ dependencies }) => dependencies);
    for (const line of lines) reached.add(parseMetadataRequirement(line).key);
  }
  return reached;
}

/** Groups that `add` and `remove` install: the group itself and, unless it is one, the locked development groups. */
export function syncedGroups(project: Pyproject, target: TargetGroup, locked: readonly string[]): string[] {
  const dev = target.species === 'dev' ? [] : locked.filter((group) => project.devGroups.has(group));
  return [target.group, ...dev.filter((group) => group !== target.group)];
}

/** The strategy a configuration value names. Throws TSPM_CONFIG_INVALID. */
export function updateStrategyOf(word: string): UpdateStrategy {
  const known = ['reuse', 'eager', 'all', 'reuse-installed'] as const;
  const found = known.find((strategy) => strategy === word);
  if (found !== undefined) return found;
  throw new TspmError('TSPM_CONFIG_INVALID', `config strategy.update: "${word}" is none of ${known.join(', ')}`);
}
