/** Where the groups of a project and their lines are written, for messages. */
import { isArray, tableAt, type TomlValue } from '../toml/value.ts';
import { normalizeGroup, type Pyproject } from './pyproject.ts';

/** A list of requirement lines as it is written: `[dependency-groups].Test`. */
interface WrittenGroup {
  readonly group: string;
  readonly place: string;
  readonly items: readonly TomlValue[];
}

/** The place of a group (normalised name); its name alone when it is not written. */
export function placeOfGroup(project: Pyproject, group: string): string {
  return writtenGroups(project).find((written) => written.group === group)?.place ?? group;
}

/** The place of a requirement line, that of the group it was reached from when it stands in several; undefined when it stands nowhere. */
export function placeOfLine(project: Pyproject, line: string, group: string): string | undefined {
  const holders = writtenGroups(project).filter(({ items }) => items.includes(line));
  const holder = holders.find((written) => written.group === group) ?? holders[0];
  return holder === undefined ? undefined : `${holder.place}[${holder.items.indexOf(line)}]`;
}

function writtenGroups({ document, dependencies }: Pyproject): WrittenGroup[] {
  const headers = ['project.optional-dependencies', 'dependency-groups', 'tool.pdm.dev-dependencies'];
  const tables = headers.flatMap((header) =>
    Object.entries(tableAt(document, header.split('.')) ?? {}).map(([name, value]) => ({
      group: normalizeGroup(name),
      place: `[${header}].${name}`,
      items: isArray(value) ? value : [],
    })),
  );
  return [{ group: 'default', place: '[project].dependencies', items: dependencies }, ...tables];
}
