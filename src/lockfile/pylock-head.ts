/** What can be told of a pylock.toml from the part before its packages. */
import { normalizeName } from '../packaging/name.ts';
import { isArray, textAt, valueAt, type TomlTable } from '../toml/value.ts';

/** What PDM goes by; the name decides only for a text that names no format. */
export function isPylock(document: TomlTable, file: string): boolean {
  const version = valueAt(document, ['metadata', 'lock_version']) ?? '';
  return version === '' && ('lock-version' in document || /^pylock\.(?:[^.]+\.)?toml$/.test(file));
}

/**
 * The groups that can be asked for; undefined when the file names none, which is then for no group in particular. What other tools
 * lock without naming a group counts as `default`.
 */
export function groupsOfPylock(document: TomlTable): readonly string[] | undefined {
  const named = ['dependency-groups', 'extras'].map((key) => textsOf(document, key));
  const defaults = textsOf(document, 'default-groups');
  if (defaults === undefined && named.every((names) => names === undefined)) return undefined;
  const groups = new Set(named.flatMap((names) => names ?? []).map(normalizeName));
  const isComplete = ['pdm', 'tspm'].includes(textAt(document, ['created-by']) ?? '');
  if (!isComplete || defaults?.includes('default') === true) return [...new Set(['default', ...groups])];
  return [...groups];
}

function textsOf(document: TomlTable, key: string): string[] | undefined {
  const value = document[key];
  return isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}
