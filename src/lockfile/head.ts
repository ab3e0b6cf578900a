import { parseToml } from '../toml/parse.ts';
import { isArray, valueAt } from '../toml/value.ts';

/**
 * The groups a lock text records, undefined when it records none. Only the part before the first array of tables is parsed when
 * the groups are there, which is where the current format has them. Throws TSPM_LOCK_SYNTAX.
 */
export function groupsOfLock(text: string, file: string): readonly string[] | undefined {
  const end = text.search(/^\[\[/m);
  return groupsIn(end < 0 ? text : text.slice(0, end), file) ?? (end < 0 ? undefined : groupsIn(text, file));
}

function groupsIn(text: string, file: string): readonly string[] | undefined {
  const groups = valueAt(parseToml(text, file, 'TSPM_LOCK_SYNTAX'), ['metadata', 'groups']);
  return isArray(groups) ? groups.filter((group) => typeof group === 'string') : undefined;
}
