/** Edits of requirement lines in pyproject.toml; the result is a text, nothing is written here. */
import { isTspmError, TspmError } from '../errors.ts';
import { normalizeName } from '../packaging/name.ts';
import type { TomlChange } from '../toml/change.ts';
import { editToml } from '../toml/edit.ts';
import { isArray, valueAt, type TomlPath, type TomlTable, type TomlValue } from '../toml/value.ts';
import { parseGroupLine } from './group-requirement.ts';
import { normalizeGroup, type Pyproject } from './pyproject.ts';
import {
  formatRequirementLine,
  isEditable,
  parseRequirementLine,
  requirementKey,
  requirementLocation,
  type LineContext,
  type ProjectRequirement,
} from './requirement-line.ts';
import { variableStyle } from './variables.ts';

/** A group that lines are written to. */
export interface TargetGroup {
  /** Normalised. */
  readonly group: string;
  /** The key in the file. */
  readonly written: string;
  readonly species: 'default' | 'optional' | 'dev';
  readonly exists: boolean;
}

/**
 * `-G` and `-d`: an existing group, in whatever spelling, decides where it lives; a new one is written normalised, with
 * `-d` among the development groups.
 */
export function targetGroup(
  project: Pyproject,
  options: { readonly group?: string; readonly dev?: boolean },
): TargetGroup {
  const written = options.group ?? (options.dev === true ? 'dev' : 'default');
  const group = normalizeGroup(written);
  if (group === 'default') return { group, written: 'default', species: 'default', exists: true };
  const optional = [...project.optionalDependencies.keys()].find((name) => normalizeGroup(name) === group);
  if (optional !== undefined) return { group, written: optional, species: 'optional', exists: true };
  if (project.devGroups.has(group)) {
    return { group, written: writtenDevName(project.document, group) ?? group, species: 'dev', exists: true };
  }
  return { group, written: group, species: options.dev === true ? 'dev' : 'optional', exists: false };
}

/**
 * The text with each requirement in its group: in the place of the first line for the same package (extras do not count)
 * or the same location, else at the end. Throws TSPM_USAGE for an editable outside the development groups.
 */
export function putRequirements(
  project: Pyproject,
  target: TargetGroup,
  requirements: readonly ProjectRequirement[],
): string {
  if (target.species !== 'dev' && requirements.some((requirement) => isEditable(requirement))) {
    throw new TspmError('TSPM_USAGE', 'Cannot add editables to the default or optional dependency group', {
      hint: 'add -d or name a development group with -G',
    });
  }
  const lists = openGroup(project, target);
  for (const requirement of requirements) putRequirement(lists, requirement);
  return writeLists(project, lists);
}

/** The text without the lines for `names`. Throws TSPM_USAGE for a name the group does not have. */
export function removeRequirements(project: Pyproject, target: TargetGroup, names: readonly string[]): string {
  const lists = openGroup(project, target);
  for (const name of names) {
    if (!removeName(lists, keyOf(name))) {
      tellBroken(project, lists, keyOf(name));
      throw new TspmError('TSPM_USAGE', `${name} does not exist in ${target.group} dependencies`, {
        context: { name, group: target.group },
      });
    }
  }
  return writeLists(project, lists);
}

/** Throws the reason why a line with this name and a specifier cannot be read, if there is such a line: it was taken for a path. */
function tellBroken(project: Pyproject, { main, older, target, context }: GroupLists, key: string): void {
  for (const { line = '' } of [...main.slots, ...(older?.slots ?? [])]) {
    const [, name] = /^([\w.-]+)[ \t]*(?:\[[^\]]*\][ \t]*)?[<>=!~(]/.exec(line) ?? [];
    if (name === undefined || normalizeName(name) !== key) continue;
    parseGroupLine(project, target.group, { line, context: { ...context, exists: () => false } });
  }
}

/** Whether the group has a line for the package of this name. */
export function hasRequirement(project: Pyproject, target: TargetGroup, name: string): boolean {
  return removeName(openGroup(project, target), keyOf(name));
}

/** The package that a word of the command line names, with or without extras. */
export function keyOf(name: string): string {
  return normalizeName(name.replace(/\[.*\]$/, '').trim());
}

/** How lines of this project are read when no file may be asked: every path counts as existing. */
export function lineContext(project: Pyproject): LineContext {
  return { scope: { root: project.root, env: {}, style: variableStyle(project.buildBackend) }, exists: () => true };
}

/** One element of an array being edited: `index` in the file, none when it is new. */
interface Slot {
  readonly index: number | undefined;
  /** The line; undefined for an item that is none, such as an include. */
  readonly line: string | undefined;
  readonly changed: boolean;
}

interface EditedList {
  readonly path: TomlPath;
  readonly original: readonly TomlValue[] | undefined;
  readonly slots: Slot[];
}

interface GroupLists {
  readonly target: TargetGroup;
  readonly context: LineContext;
  /** Where ordinary lines go. */
  readonly main: EditedList;
  /** `[tool.pdm.dev-dependencies]`: the place of editable lines; undefined but for development groups. */
  readonly older: EditedList | undefined;
}

function openGroup(project: Pyproject, target: TargetGroup): GroupLists {
  const context = lineContext(project);
  const { document } = project;
  if (target.species === 'default')
    return { target, context, main: openList(document, ['project', 'dependencies']), older: undefined };
  if (target.species === 'optional') {
    const main = openList(document, ['project', 'optional-dependencies', target.written]);
    return { target, context, main, older: undefined };
  }
  const main = openList(document, ['dependency-groups', nameIn(document, ['dependency-groups'], target)]);
  const olderTable = ['tool', 'pdm', 'dev-dependencies'];
  const older = openList(document, [...olderTable, nameIn(document, olderTable, target)]);
  const lists = { target, context, main, older };
  moveOrdinaryLines(older, main);
  return lists;
}

/** Only editable lines stay in the older table once a group is edited. */
function moveOrdinaryLines(from: EditedList, to: EditedList): void {
  const ordinary = from.slots.filter((slot) => !isEditableText(slot.line));
  for (const slot of ordinary) {
    from.slots.splice(from.slots.indexOf(slot), 1);
    to.slots.push({ index: undefined, line: slot.line, changed: true });
  }
}

function isEditableText(line: string | undefined): boolean {
  return line !== undefined && /^\s*(?:-e|--editable)[\s=]/.test(line);
}

function openList(document: TomlTable, path: TomlPath): EditedList {
  const value = valueAt(document, path);
  const original = isArray(value) ? value : undefined;
  const slots = (original ?? []).map((item, index) => ({
    index,
    line: typeof item === 'string' ? item : undefined,
    changed: false,
  }));
  return { path, original, slots };
}

function nameIn(document: TomlTable, table: TomlPath, target: TargetGroup): string {
  return keysOf(document, table).find((name) => normalizeGroup(name) === target.group) ?? target.written;
}

function writtenDevName(document: TomlTable, group: string): string | undefined {
  const tables = [['dependency-groups'], ['tool', 'pdm', 'dev-dependencies']];
  return tables.flatMap((table) => keysOf(document, table)).find((name) => normalizeGroup(name) === group);
}

function keysOf(document: TomlTable, table: TomlPath): string[] {
  const value = valueAt(document, table);
  return typeof value === 'object' && !isArray(value) ? Object.keys(value) : [];
}

function putRequirement(lists: GroupLists, requirement: ProjectRequirement): void {
  const line = formatRequirementLine(requirement, lists.context.scope);
  const home = isEditable(requirement) && lists.older !== undefined ? lists.older : lists.main;
  for (const list of [lists.main, lists.older]) {
    const place = list?.slots.findIndex((slot) => isSamePackage(lists.context, slot.line, requirement)) ?? -1;
    const slot = list?.slots[place];
    if (list === undefined || slot === undefined) continue;
    if (list === home) {
      if (slot.line !== line) list.slots[place] = { index: slot.index, line, changed: true };
      return;
    }
    list.slots.splice(place, 1);
  }
  home.slots.push({ index: undefined, line, changed: true });
}

/** Whether there was such a line. */
function removeName(lists: GroupLists, key: string): boolean {
  let isFound = false;
  for (const list of [lists.main, lists.older]) {
    const kept = list?.slots.filter((slot) => {
      const found = readLine(lists.context, slot.line);
      if (found === undefined || requirementKey(found) !== key) return true;
      isFound = true;
      return false;
    });
    if (kept !== undefined) list?.slots.splice(0, list.slots.length, ...kept);
  }
  return isFound;
}

function isSamePackage(context: LineContext, line: string | undefined, requirement: ProjectRequirement): boolean {
  const found = readLine(context, line);
  if (found === undefined) return false;
  const [key, other] = [requirementKey(found), requirementKey(requirement)];
  if (key !== undefined && other !== undefined) return key === other;
  if (found.kind === 'named' || requirement.kind === 'named') return false;
  // One repository or archive may hold several packages.
  return (
    requirementLocation(found) === requirementLocation(requirement) && found.subdirectory === requirement.subdirectory
  );
}

/** A line nobody can read is no match: it is left for the command that resolves to complain about. */
function readLine(context: LineContext, line: string | undefined): ProjectRequirement | undefined {
  if (line === undefined) return undefined;
  try {
    return parseRequirementLine(line, context);
  } catch (error) {
    if (isTspmError(error)) return undefined;
    throw error;
  }
}

function writeLists(project: Pyproject, lists: GroupLists): string {
  const changes = [lists.main, lists.older].flatMap((list) =>
    list === undefined ? [] : listChanges(list, lists.target.species === 'default'),
  );
  return editToml(project.text, changes);
}

function listChanges(list: EditedList, isDefault: boolean): TomlChange[] {
  const { path, original, slots } = list;
  if (original === undefined) {
    if (slots.length === 0) return [];
    const value = slots.flatMap((slot) => slot.line ?? []);
    const after = path[1] === 'optional-dependencies' ? { after: ['project'] } : {};
    return [{ kind: 'set', path, value, layout: isDefault ? 'line' : 'block', ...after }];
  }
  if (slots.length === 0 && original.length > 0 && !isDefault) {
    return [
      { kind: 'delete', path },
      { kind: 'prune', path: path.slice(0, -1) },
    ];
  }
  const kept = new Set(slots.map((slot) => slot.index));
  const replaced = slots.filter((slot) => slot.changed && slot.index !== undefined);
  const removed = [...original.keys()].filter((index) => !kept.has(index)).reverse();
  const added = slots.filter((slot) => slot.index === undefined);
  return [
    ...replaced.map((slot): TomlChange => ({
      kind: 'replace',
      path,
      index: slot.index ?? 0,
      item: slot.line ?? '',
    })),
    ...removed.map((index): TomlChange => ({ kind: 'remove', path, index })),
    ...added.map((slot): TomlChange => ({ kind: 'append', path, item: slot.line ?? '' })),
  ];
}
