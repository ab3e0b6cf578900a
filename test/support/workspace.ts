/** What end to end tests say about projects: their files as text, their state as data. */
import { existsSync, rmSync } from 'node:fs';
import { pythonIdent } from './catalogue.ts';
import { runPython } from './python.ts';
import { readTree } from './tree.ts';
import { cliPath, nodeUnderTest, type Project, runCommand, type RunResult } from './tspm.ts';

/** Parts of a pyproject.toml. */
export interface ProjectText {
  readonly dependencies?: readonly string[];
  readonly requiresPython?: string;
  /** Tables of `[[tool.pdm.source]]`; strings are quoted, arrays written as arrays. */
  readonly sources?: readonly Readonly<Record<string, string | readonly string[]>>[];
  /** More tables, as they are. */
  readonly more?: string;
}

/** The text of an application's pyproject.toml. */
export function projectText(parts: ProjectText): string {
  const { dependencies = [], requiresPython = '>=3.9', sources = [], more = '' } = parts;
  const list = dependencies.map((line) => `    ${JSON.stringify(line)},\n`).join('');
  const project = `[project]\nname = "demo"\nversion = "0.1.0"\nrequires-python = "${requiresPython}"\ndependencies = [\n${list}]\n`;
  const tables = sources.map((source) => {
    const rows = Object.entries(source).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
    return `\n[[tool.pdm.source]]\n${rows.join('')}`;
  });
  return `${project}\n[tool.pdm]\ndistribution = false\n${tables.join('')}${more === '' ? '' : `\n${more}`}`;
}

/** A source that takes the place of the default index. */
export function onlySource(url: string): Readonly<Record<string, string>> {
  return { name: 'pypi', url };
}

/** Everything in the folder of a project: bytes, names, links and modes. */
export function stateOf(project: Project): Record<string, string> {
  return readTree(project.folder);
}

/** Everything in `__pypackages__`, without what Python itself compiled there and the stamps for a start without Node, which follow the commands given. */
export function packagesOf(project: Project): Record<string, string> {
  const tree = existsSync(project.path('__pypackages__')) ? readTree(project.path('__pypackages__')) : {};
  return Object.fromEntries(Object.entries(tree).filter(([name]) => !/__pycache__|\/\.tspm\/(?:run|sync)$/.test(name)));
}

export function dropPackages(project: Project): void {
  rmSync(project.path('__pypackages__'), { recursive: true, force: true });
}

/** Lines of standard error that tell of a problem: all but those that tell what is going on. */
export function problems({ stderr }: RunResult): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !/^(?:STATUS|INFO): /.test(line));
}

/** What Python code prints when it has the packages of the project, without tspm. */
export function importing(project: Project, code: string): string {
  return runPython(code, project.path('__pypackages__', pythonIdent(), 'lib'));
}

/** What Python code prints under `tspm run`. */
export async function runCode(project: Project, code: string): Promise<string> {
  return (await project.ok(['run', 'python', '-c', code])).stdout.trimEnd();
}

/** `name version` of what is installed, sorted. */
export async function installed(project: Project): Promise<string[]> {
  const { stdout } = await project.ok(['list', '--json']);
  // The command's own JSON; a test fails loudly on another shape.
  const rows = JSON.parse(stdout) as readonly { readonly name: string; readonly version: string }[];
  return rows.map(({ name, version }) => `${name} ${version}`);
}

/** Runs tspm without root's right to write where the mode of a folder forbids it. */
export function withoutPrivilege(
  project: Project,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunResult> {
  const drop = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override', '--'] : [];
  const [command = '', ...rest] = [...drop, nodeUnderTest, cliPath, ...args];
  return runCommand(command, rest, { cwd: project.folder, env: { ...project.env, ...env } });
}
