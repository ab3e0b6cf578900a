import { isTspmError, TspmError } from '../errors.ts';
import { requireObject, requireTexts, showInput } from './input.ts';
import { normalizeName } from './name.ts';
import { parseRequirement } from './requirement.ts';

/**
 * The requirements of the named groups of a `[dependency-groups]` table as written, with included groups in place; order and repetitions
 * are kept (dependency groups, PEP 735). Groups that are not reached may be malformed. Throws TSPM_INVALID_GROUP.
 */
export function expandDependencyGroups(
  groups: Readonly<Record<string, unknown>>,
  ...names: readonly string[]
): string[] {
  requireObject(groups, 'TSPM_INVALID_GROUP', 'dependency groups');
  const known = groupsByKey(groups);
  return requireTexts(names, 'TSPM_INVALID_GROUP', 'names of groups').flatMap((name) => expand(known, name, []));
}

function expand(groups: ReadonlyMap<string, NamedGroup>, name: string, path: readonly string[]): string[] {
  const key = normalizeName(name);
  const group = groups.get(key);
  if (group === undefined) {
    const includer = path.at(-1);
    throw invalid(`dependency group ${name} ${includer === undefined ? '' : `included by ${includer} `}does not exist`);
  }
  if (path.includes(key)) throw invalid(`dependency groups include each other: ${[...path, key].join(' -> ')}`);
  if (!Array.isArray(group.content)) throw invalid(`dependency group ${group.name} must be an array`);
  const items: readonly unknown[] = group.content;
  return items.flatMap((item) => {
    if (typeof item === 'string') return [checkedRequirement(item, group.name)];
    const included = includedGroup(item);
    if (included !== undefined) return expand(groups, included, [...path, key]);
    throw invalid(
      `dependency group ${group.name} has the item ${showInput(item)}, expected a requirement or {include-group = "name"}`,
    );
  });
}

function checkedRequirement(text: string, group: string): string {
  try {
    parseRequirement(text);
    return text;
  } catch (error) {
    if (isTspmError(error)) throw invalid(`dependency group ${group} cannot be read: ${error.message}`, error);
    throw error;
  }
}

interface NamedGroup {
  readonly name: string;
  readonly content: unknown;
}

function groupsByKey(groups: Readonly<Record<string, unknown>>): Map<string, NamedGroup> {
  const byKey = new Map<string, NamedGroup>();
  for (const [name, content] of Object.entries(groups)) {
    const key = normalizeName(name);
    const other = byKey.get(key);
    if (other !== undefined) throw invalid(`dependency groups ${other.name} and ${name} have the same name`);
    byKey.set(key, { name, content });
  }
  return byKey;
}

function includedGroup(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
  const [entry, ...rest] = Object.entries(item);
  return entry?.[0] === 'include-group' && typeof entry[1] === 'string' && rest.length === 0 ? entry[1] : undefined;
}

function invalid(message: string, cause?: unknown): TspmError {
  return new TspmError('TSPM_INVALID_GROUP', message, { cause });
}
