/** Puts what another tool's file says into pyproject.toml; the result is a text, nothing is written here. */
import { existsSync } from 'node:fs';
import { TspmError } from '../errors.ts';
import { putRequirements, targetGroup, type TargetGroup } from '../project/edit-dependencies.ts';
import { parsePyproject, type Pyproject } from '../project/pyproject.ts';
import {
  formatRequirementLine,
  isEditable,
  parseRequirementLine,
  requirementKey,
  type ProjectRequirement,
} from '../project/requirement-line.ts';
import { variableStyle, type Environment } from '../project/variables.ts';
import type { NewValue, TomlChange } from '../toml/change.ts';
import { editToml } from '../toml/edit.ts';
import { parseToml } from '../toml/parse.ts';
import { formatBasicString, isArray, valueAt, type TomlPath } from '../toml/value.ts';
import type { Imported, ImportedLine, ImportedPerson, ImportedSource } from './imported.ts';

/** What an import is made from. */
export interface ImportRequest {
  /** Absolute. */
  readonly root: string;
  /** The project file as it is; undefined when there is none. */
  readonly text: string | undefined;
  readonly imported: Imported;
  /** `-G` and `-d`. */
  readonly target: { readonly group?: string; readonly dev: boolean };
  /** `>=X.Y` of the project's Python, for a project that does not say. */
  readonly requiresPython: () => Promise<string>;
  readonly env: Environment;
}

/** The new text, and the `requires-python` that was chosen for want of one. */
export interface ImportResult {
  readonly text: string;
  readonly chosenPython: string | undefined;
}

/**
 * The project file with what was imported: a requirement takes the place of the line for the same package, editable ones go to the
 * development packages, a source whose name is taken is left out, and values
 * that are there stay, but for the range of Pythons. Throws TSPM_INVALID_REQUIREMENT and what
 * reading the project throws.
 */
export async function importIntoProject(request: ImportRequest): Promise<ImportResult> {
  const { root, imported, target } = request;
  const { text, chosenPython } = await withHead(request);
  if (imported.asWritten) return { text: asWritten(parsePyproject(text, root), imported), chosenPython };
  const main = targetGroup(parsePyproject(text, root), target);
  const lines = typed(parsePyproject(text, root), imported.requirements, request);
  const isMain = (line: ProjectRequirement): boolean => main.species === 'dev' || !isEditable(line);
  let project = put(parsePyproject(text, root), main, lines.filter(isMain));
  project = put(
    project,
    targetGroup(project, { dev: true }),
    lines.filter((line) => !isMain(line)),
  );
  for (const { name, isDev, requirements } of imported.groups) {
    const found = targetGroup(project, { group: name, dev: isDev });
    const group = found.exists ? found : { ...found, written: name };
    project = put(project, group, typed(project, requirements, request));
  }
  return { text: withPeople(project, imported) + newSources(project, imported.sources), chosenPython };
}

/** Files that are about a package: its requirements in the order and words they have there, unless the project has them. */
function asWritten({ text, document, root }: Pyproject, imported: Imported): string {
  const main = { path: ['project', 'dependencies'], lines: imported.requirements };
  const groups = imported.groups.map(({ name, requirements }) => {
    return { path: ['project', 'optional-dependencies', name], lines: requirements };
  });
  const lists = main.lines.length === 0 ? groups : [main, ...groups];
  const missing = lists
    .filter(({ path }) => valueAt(document, path) === undefined)
    .map(({ path }) => ({ kind: 'set', path, value: [], layout: 'block' }) as const);
  const withLists = editToml(text, missing);
  const filled = lists.reduce(
    (before, { path, lines }) =>
      withLines(
        before,
        path,
        lines.map(({ line }) => line),
      ),
    withLists,
  );
  return withPeople(parsePyproject(filled, root), imported);
}

/**
 * Of several requirements on one package (under markers that differ) the first takes the place of a line that is there, the others are
 * added; a list that was empty has them in their order.
 */
function put(project: Pyproject, target: TargetGroup, requirements: readonly ProjectRequirement[]): Pyproject {
  if (requirements.length === 0) return project;
  const keys = requirements.map((one) => requirementKey(one));
  const isFirst = (_: unknown, index: number): boolean =>
    keys[index] === undefined || keys.indexOf(keys[index]) === index;
  const text = putRequirements(project, target, requirements.filter(isFirst));
  const others = requirements.filter((one, index) => !isFirst(one, index));
  if (others.length === 0) return parsePyproject(text, project.root);
  const path = arrayOf(target);
  const before = valueAt(project.document, path);
  const listed = (list: readonly ProjectRequirement[]): string[] => list.map((one) => lineIn(project, one));
  if (before !== undefined && isArray(before) && before.length > 0)
    return parsePyproject(withLines(text, path, listed(others)), project.root);
  const value = [...new Set(listed(requirements.filter((one) => !isEditable(one))))];
  return parsePyproject(editToml(text, [{ kind: 'set', path, value, layout: 'block' }]), project.root);
}

function withLines(text: string, path: TomlPath, lines: readonly string[]): string {
  const present = valueAt(parseToml(text, 'pyproject.toml'), path);
  const absent = lines.filter((line) => !(present !== undefined && isArray(present) && present.includes(line)));
  return editToml(
    text,
    absent.map((item) => ({ kind: 'append', path, item })),
  );
}

function arrayOf({ species, written }: TargetGroup): TomlPath {
  if (species === 'default') return ['project', 'dependencies'];
  return species === 'dev' ? ['dependency-groups', written] : ['project', 'optional-dependencies', written];
}

function lineIn({ root, buildBackend }: Pyproject, requirement: ProjectRequirement): string {
  return formatRequirementLine(requirement, { root, env: {}, style: variableStyle(buildBackend) });
}

function typed(project: Pyproject, lines: readonly ImportedLine[], { env }: ImportRequest): ProjectRequirement[] {
  const scope = { root: project.root, env, style: variableStyle(project.buildBackend) };
  return lines.map(({ line, base }) => parseRequirementLine(line, { scope, base, exists: (path) => existsSync(path) }));
}

/** A project file that has what every one needs. */
async function withHead({ text = '', imported, requiresPython }: ImportRequest): Promise<ImportResult> {
  const document = parseToml(text, 'pyproject.toml');
  const lacks = (...path: string[]): boolean => valueAt(document, path) === undefined;
  const changes: TomlChange[] = [];
  const set = (path: readonly string[], value: NewValue): void => {
    if (lacks(...path)) changes.push({ kind: 'set', path, value });
  };
  const isOpen = lacks('project', 'requires-python');
  const chosenPython = isOpen && imported.requiresPython === undefined ? await requiresPython() : undefined;
  if (!imported.asWritten) set(['project', 'dependencies'], []);
  // The one value that the file decides, as in PDM: its requirements were chosen for that range.
  const python = imported.requiresPython ?? chosenPython;
  if (python !== undefined) changes.push({ kind: 'set', path: ['project', 'requires-python'], value: python });
  if (imported.allowPrereleases !== undefined)
    set(['tool', 'pdm', 'resolution', 'allow-prereleases'], imported.allowPrereleases);
  for (const { path, value } of imported.metadata?.values ?? []) set(path, value);
  if (lacks('build-system') || imported.metadata !== undefined) {
    changes.push({ kind: 'set', path: ['build-system', 'requires'], value: ['pdm-backend'] });
    changes.push({ kind: 'set', path: ['build-system', 'build-backend'], value: 'pdm.backend' });
  }
  return { text: editToml(text, changes), chosenPython };
}

/** Authors and maintainers, unless the project names its own. */
function withPeople({ text, document }: Pyproject, { metadata }: Imported): string {
  const { authors = [], maintainers = [] } = metadata ?? {};
  const tables = Object.entries({ authors, maintainers }).flatMap(([key, people]) =>
    valueAt(document, ['project', key]) === undefined ? people.map((person) => personTable(key, person)) : [],
  );
  return text + tables.join('');
}

function personTable(key: string, { name, email }: ImportedPerson): string {
  const rows = Object.entries({ name, email }).flatMap(([field, value]) =>
    value === undefined ? [] : [`${field} = ${formatBasicString(value)}\n`],
  );
  return `\n[[project.${key}]]\n${rows.join('')}`;
}

function newSources({ sources }: Pyproject, imported: readonly ImportedSource[]): string {
  const fresh = imported.filter(({ name }) => !sources.some((source) => source.name === name));
  const names = fresh.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TspmError('TSPM_USAGE', `two sources are called "${twice}"`, { hint: 'keep one' });
  return fresh.map(sourceTable).join('');
}

function sourceTable({ name, url, verifySsl, type }: ImportedSource): string {
  const rows = [`name = ${formatBasicString(name)}`, `url = ${formatBasicString(url)}`, `verify_ssl = ${verifySsl}`];
  if (type === 'find_links') rows.push('type = "find_links"');
  return `\n[[tool.pdm.source]]\n${rows.join('\n')}\n`;
}
