import { TspmError } from '../errors.ts';
import { sortedText } from '../util/collections.ts';
import { normalizeGroup, type Pyproject } from './pyproject.ts';

/** What the group options of a command say. */
export interface GroupFlags {
  /** `-G`: names as typed, `:all` for every optional group. */
  readonly groups?: readonly string[];
  /** `--without`. */
  readonly without?: readonly string[];
  /** False with `--no-default`. */
  readonly default?: boolean;
  /** True with `-d`, false with `--prod`. */
  readonly dev?: boolean;
}

/** The groups there are, normalised. */
export interface GroupNames {
  readonly optional: readonly string[];
  readonly dev: readonly string[];
}

/** The chosen groups, `default` first, and the names asked for that do not exist. */
export interface GroupSelection {
  readonly groups: readonly string[];
  readonly unknown: readonly string[];
}

const ALL = ':all';
const DEFAULT = 'default';

/** The optional and the development groups of a project. */
export function groupNames(project: Pyproject): GroupNames {
  return {
    optional: [...project.optionalDependencies.keys()].map((name) => normalizeGroup(name)),
    dev: [...project.devGroups.keys()],
  };
}

/** Every group of a project: `default`, the optional ones, the development ones. */
export function allGroups({ optional, dev }: GroupNames): string[] {
  return [DEFAULT, ...optional, ...dev];
}

/**
 * The groups a command works on. `locked`: the groups a lock records, undefined without a lock or without a record; they
 * decide when no option is given. Throws TSPM_USAGE for `--prod` together with a development group.
 */
export function selectGroups(
  flags: GroupFlags,
  names: GroupNames,
  locked: readonly string[] | undefined,
): GroupSelection {
  const without = expandNames(flags.without);
  let asked = expandNames(flags.groups);
  const withDefault = flags.default ?? true;
  if (without.length > 0 && asked.length === 0 && flags.dev === undefined) asked = [ALL];
  const known = new Set(allGroups(names));
  if (withDefault && flags.dev === undefined && asked.length === 0 && locked !== undefined) {
    return { groups: locked.filter((group) => known.has(group)), unknown: [] };
  }
  const selected = new Set(asked);
  addDevGroups(selected, names, flags.dev ?? true);
  if (selected.delete(ALL)) for (const group of names.optional) selected.add(group);
  if (withDefault) selected.add(DEFAULT);
  for (const group of without) selected.delete(group);
  return {
    groups: sortGroups([...selected].filter((group) => known.has(group))),
    unknown: sortedText([...selected].filter((group) => !known.has(group))),
  };
}

/** Throws TSPM_USAGE when a lock that records its groups lacks one of the selected. */
export function requireLockedGroups(selected: readonly string[], locked: readonly string[] | undefined): void {
  if (locked === undefined) return;
  const missing = selected.filter((group) => !locked.includes(group));
  if (missing.length === 0) return;
  throw new TspmError('TSPM_USAGE', `Requested groups not in lockfile: ${missing.join(',')}`, {
    hint: `run \`tspm lock -G ${missing.join(',')}\``,
    context: { groups: missing },
  });
}

/** `default` first, the others by code point, each once. */
export function sortGroups(groups: Iterable<string>): string[] {
  const unique = new Set(groups);
  const first = unique.delete(DEFAULT) ? [DEFAULT] : [];
  return [...first, ...sortedText(unique)];
}

function addDevGroups(selected: Set<string>, names: GroupNames, dev: boolean): void {
  const named = names.dev.filter((group) => selected.has(group));
  if (named.length > 0 && !dev) {
    throw new TspmError('TSPM_USAGE', '--prod is not allowed with dev groups and should be left', {
      context: { groups: named },
    });
  }
  if (named.length === 0 && dev) for (const group of names.dev) selected.add(group);
}

function expandNames(names: readonly string[] | undefined): string[] {
  return (names ?? [])
    .flatMap((name) => name.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => (name === ALL ? name : normalizeGroup(name)));
}
