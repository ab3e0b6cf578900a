import { TspmError } from '../errors.ts';
import { normalizeName } from '../packaging/name.ts';
import { isTable, type TomlValue } from '../toml/value.ts';
import { placeOfGroup } from './group-places.ts';
import { sortGroups } from './groups.ts';
import { normalizeGroup, type Pyproject } from './pyproject.ts';

/** The requirement lines of a group with everything it refers to, in order. */
export interface GroupLines {
  readonly lines: readonly string[];
  /** The groups met on the way, the group itself included, `default` first. */
  readonly reached: readonly string[];
  /** Lines that cannot be used where they stand, with the reason. */
  readonly warnings: readonly string[];
}

/**
 * Collects a group (normalised name): `{include-group = …}` items and lines on the project itself with extras stand for
 * other groups. Throws TSPM_INVALID_GROUP for a missing group, a cycle or an item of another form (PEP 735).
 */
export function expandGroup(project: Pyproject, group: string): GroupLines {
  const collected: Collected = { lines: [], reached: new Set(), warnings: [] };
  collect(project, group, { trail: [], collected });
  return { lines: collected.lines, reached: sortGroups(collected.reached), warnings: collected.warnings };
}

interface Collected {
  readonly lines: string[];
  readonly reached: Set<string>;
  readonly warnings: string[];
}

interface Walk {
  readonly trail: readonly string[];
  readonly collected: Collected;
}

function collect(project: Pyproject, group: string, { trail, collected }: Walk): void {
  if (trail.includes(group)) {
    const place = placeOfGroup(project, group);
    throw groupError(place, `the groups include each other: ${[...trail, group].join(' -> ')}`);
  }
  const items = itemsOf(project, group, trail);
  collected.reached.add(group);
  const isDev = project.devGroups.has(group);
  for (const item of items) {
    const includes = groupsIn(project, group, item);
    if (includes !== undefined) {
      for (const include of includes) collect(project, include, { trail: [...trail, group], collected });
    } else if (typeof item === 'string') {
      if (!isDev && item.startsWith('-e ')) {
        collected.warnings.push(`Skipping editable dependency ${item} in the ${group} dependency group`);
      } else {
        collected.lines.push(item);
      }
    }
  }
}

function itemsOf(project: Pyproject, group: string, trail: readonly string[]): readonly TomlValue[] {
  if (group === 'default') return project.dependencies;
  const dev = project.devGroups.get(group);
  if (dev !== undefined) return dev;
  for (const [name, lines] of project.optionalDependencies) if (normalizeGroup(name) === group) return lines;
  const origin = trail.at(-1);
  if (origin === undefined) throw new TspmError('TSPM_INVALID_GROUP', `dependency group "${group}" does not exist`);
  throw missing(project, origin, group);
}

/** The groups an item stands for; undefined for an ordinary requirement line. */
function groupsIn(project: Pyproject, group: string, item: TomlValue): string[] | undefined {
  if (typeof item === 'string') {
    const extras = selfReference(project, item);
    if (group !== 'default') return extras;
    // The project's own extras are resolved with it, but only those that there are.
    const optional = [...project.optionalDependencies.keys()].map((name) => normalizeGroup(name));
    const unknown = extras?.find((extra) => !optional.includes(extra));
    if (unknown !== undefined) throw missing(project, group, unknown);
    return undefined;
  }
  const keys = isTable(item) ? Object.keys(item) : [];
  const include = isTable(item) ? item['include-group'] : undefined;
  if (keys.length === 1 && typeof include === 'string') {
    const name = normalizeGroup(include);
    if (!project.devGroups.has(name)) {
      throw missing(project, group, include);
    }
    return [name];
  }
  throw groupError(placeOfGroup(project, group), 'expected an array of strings and { include-group = "name" } only');
}

/** The extras of a line on the project itself, as groups; the plain project name stands for nothing. */
function selfReference(project: Pyproject, line: string): string[] | undefined {
  if (project.name === undefined) return undefined;
  const match = /^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*(?:;.*)?$/.exec(line);
  if (match?.[1] === undefined || normalizeName(match[1]) !== normalizeName(project.name)) return undefined;
  const extras = (match[2] ?? '').split(',').map((extra) => extra.trim());
  return extras.filter((extra) => extra !== '').map((extra) => normalizeGroup(extra));
}

function missing(project: Pyproject, group: string, included: string): TspmError {
  return groupError(placeOfGroup(project, group), `the included group "${included}" does not exist`);
}

function groupError(place: string, message: string): TspmError {
  return new TspmError('TSPM_INVALID_GROUP', `${place}: ${message}`, { context: { place } });
}
