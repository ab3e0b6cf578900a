/** Puts what another tool's file says into pyproject.toml; the result is a text, nothing is written here. */
import { existsSync } from 'node:fs';
import { TspmError } from '../errors.ts';
import { putRequirements, targetGroup, type TargetGroup } from '../project/edit-dependencies.ts';
import { parsePyproject, type Pyproject } from '../project/pyproject.ts';
import { isEditable, parseRequirementLine, type ProjectRequirement } from '../project/requirement-line.ts';
import { variableStyle, type Environment } from '../project/variables.ts';
import type { TomlChange } from '../toml/change.ts';
import { editToml } from '../toml/edit.ts';
import { parseToml } from '../toml/parse.ts';
import { formatBasicString, valueAt } from '../toml/value.ts';
import type { Imported, ImportedLine, ImportedSource } from './imported.ts';

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
  const main = targetGroup(parsePyproject(text, root), target);
  const lines = typed(parsePyproject(text, root), imported.requirements, request);
  const dev = typed(parsePyproject(text, root), imported.devRequirements, request);
  const toMain = lines.filter((line) => main.species === 'dev' || !isEditable(line));
  const toDev = [...lines.filter((line) => !toMain.includes(line)), ...dev];
  let project = put(parsePyproject(text, root), main, toMain);
  project = put(project, targetGroup(project, { dev: true }), toDev);
  return { text: withSources(project, imported.sources), chosenPython };
}

function put(project: Pyproject, target: TargetGroup, requirements: readonly ProjectRequirement[]): Pyproject {
  if (requirements.length === 0) return project;
  return parsePyproject(putRequirements(project, target, requirements), project.root);
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
  const set = (path: readonly string[], value: string | boolean | readonly string[]): void => {
    if (lacks(...path)) changes.push({ kind: 'set', path, value });
  };
  const isOpen = lacks('project', 'requires-python');
  const chosenPython = isOpen && imported.requiresPython === undefined ? await requiresPython() : undefined;
  set(['project', 'dependencies'], []);
  // The one value that the file decides, as in PDM: its requirements were chosen for that range.
  const python = imported.requiresPython ?? chosenPython;
  if (python !== undefined) changes.push({ kind: 'set', path: ['project', 'requires-python'], value: python });
  if (imported.allowPrereleases) set(['tool', 'pdm', 'resolution', 'allow-prereleases'], true);
  if (lacks('build-system')) {
    set(['build-system', 'requires'], ['pdm-backend']);
    set(['build-system', 'build-backend'], 'pdm.backend');
  }
  return { text: editToml(text, changes), chosenPython };
}

function withSources({ text, sources }: Pyproject, imported: readonly ImportedSource[]): string {
  const fresh = imported.filter(({ name }) => !sources.some((source) => source.name === name));
  const names = fresh.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TspmError('TSPM_USAGE', `two sources are called "${twice}"`, { hint: 'keep one' });
  return text + fresh.map(sourceTable).join('');
}

function sourceTable({ name, url, verifySsl, type }: ImportedSource): string {
  const rows = [`name = ${formatBasicString(name)}`, `url = ${formatBasicString(url)}`, `verify_ssl = ${verifySsl}`];
  if (type === 'find_links') rows.push('type = "find_links"');
  return `\n[[tool.pdm.source]]\n${rows.join('\n')}\n`;
}
