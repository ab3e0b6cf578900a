import { basename } from 'node:path';
import { parseToml } from '../toml/parse.ts';
import { isArray, valueAt, type TomlTable } from '../toml/value.ts';
import { groupsOfPylock, isPylock } from './pylock-head.ts';

/**
 * The groups a lock text records, undefined when it records none. Only the part before the first array of tables is parsed when
 * the groups are there, which is where the current formats have them. Throws TSPM_LOCK_SYNTAX.
 */
export function groupsOfLock(text: string, path: string): readonly string[] | undefined {
  const file = basename(path);
  const end = text.search(/^\[\[/m);
  const head = parseToml(end < 0 ? text : text.slice(0, end), file, 'TSPM_LOCK_SYNTAX');
  if (isPylock(head, file)) return groupsOfPylock(head);
  return groupsIn(head) ?? (end < 0 ? undefined : groupsIn(parseToml(text, file, 'TSPM_LOCK_SYNTAX')));
}

function groupsIn(document: TomlTable): readonly string[] | undefined {
  const groups = valueAt(document, ['metadata', 'groups']);
  return isArray(groups) ? groups.filter((group) => typeof group === 'string') : undefined;
}
