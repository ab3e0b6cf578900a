/** A real PDM beside the command line under test, to prove that each tool accepts what the other one wrote. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { devNull } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonIdent } from './catalogue.ts';
import { pypiPrograms } from './pypi-programs.ts';
import { testPython } from './python.ts';
import { type Project, runCommand, type RunOptions, type RunResult, type Sandbox } from './tspm.ts';

/** The release these tests were written against. */
export const PDM_VERSION = '2.29.3';

/** A PDM as the command that starts it, or why there is none. */
export type PdmFound =
  | { readonly kind: 'found'; readonly command: readonly [string, ...string[]] }
  | { readonly kind: 'absent'; readonly reason: string };

/**
 * The PDM that TSPM_TEST_PDM names, else one installed from PyPI into a folder of the system's temporary directory, where later
 * runs find it again. Absent when PyPI cannot be reached.
 */
export function findPdm(): PdmFound {
  const asked = process.env['TSPM_TEST_PDM'];
  if (asked !== undefined && asked !== '') return { kind: 'found', command: [asked] };
  const found = pypiPrograms(`pdm-${PDM_VERSION}`, [`pdm[locked]==${PDM_VERSION}`]);
  return found.kind === 'found' ? { kind: 'found', command: [found.python, '-m', 'pdm'] } : found;
}

/** Runs PDM in a project with the project's own HOME, its packages in `__pypackages__`; never throws for a non-zero status. */
export function runPdm(pdm: PdmFound, project: Project, args: readonly string[]): Promise<RunResult> {
  if (pdm.kind === 'absent') throw new Error(pdm.reason);
  const [program, ...before] = pdm.command;
  return runCommand(program, [...before, ...args], { cwd: project.folder, env: environmentOf(project) });
}

function environmentOf({ env }: Pick<Sandbox, 'env'>): NodeJS.ProcessEnv {
  return { ...env, PDM_CHECK_UPDATE: 'false', PDM_USE_VENV: 'false', PIP_CONFIG_FILE: devNull };
}

/** One run of PDM; without `cwd` in the root of the sandbox. */
export interface PdmRun extends Pick<RunOptions, 'cwd' | 'env' | 'input'> {
  readonly args: readonly string[];
}

/** Runs PDM many times, each in a fork of one process: a few milliseconds a run in place of half a second. */
export async function runPdmOften(
  pdm: PdmFound,
  sandbox: Sandbox,
  runs: readonly (readonly string[] | PdmRun)[],
): Promise<RunResult[]> {
  const asked = runs.map((run) => ('args' in run ? run : { args: run }));
  const { status, stdout, stderr } = await runWithPdm(pdm, sandbox, 'pdm_runs.py', JSON.stringify(asked));
  if (status !== 0) throw new Error(stderr);
  // The script's own JSON.
  return JSON.parse(stdout) as RunResult[];
}

/** Runs a script of this folder with the Python that PDM is installed for. */
export function runWithPdm(pdm: PdmFound, sandbox: Sandbox, script: string, input = ''): Promise<RunResult> {
  if (pdm.kind === 'absent') throw new Error(pdm.reason);
  const [program, ...before] = pdm.command;
  const python = before.length > 0 ? program : join(dirname(program), 'python');
  const path = fileURLToPath(new URL(script, import.meta.url));
  return runCommand(python, [path], { cwd: sandbox.root, env: environmentOf(sandbox), input });
}

/** Runs PDM and throws with its output unless it ends with status 0. */
export async function pdmOk(pdm: PdmFound, project: Project, args: readonly string[]): Promise<RunResult> {
  const result = await runPdm(pdm, project, args);
  if (result.status === 0) return result;
  throw new Error(
    `pdm ${args.join(' ')} ended with ${result.status ?? result.signal}\n${result.stdout}\n${result.stderr}`,
  );
}

/** Whether PyPI answers, with the proxies and certificates that Python finds in the environment. */
export function reachesPypi(): boolean {
  const code = "import urllib.request as u; u.urlopen('https://pypi.org/simple/six/', timeout=15)";
  return spawnSync(testPython(), ['-c', code], { stdio: 'ignore' }).status === 0;
}

/**
 * What both tools must install alike: each file below `lib` by its path with the digest of its bytes, each command of `bin` by name.
 * Left out is what names the installer or its time: INSTALLER, REQUESTED, RECORD, direct_url.json, and the text of launchers.
 */
export function installedFiles(project: Project): Record<string, string> {
  const base = project.path('__pypackages__', pythonIdent());
  const files: Record<string, string> = {};
  for (const path of filesBelow(join(base, 'lib'))) {
    if (OF_THE_INSTALLER.has(basename(path)) || path.includes('__pycache__')) continue;
    files[`lib/${path}`] = createHash('sha256')
      .update(readFileSync(join(base, 'lib', path)))
      .digest('hex');
  }
  for (const path of filesBelow(join(base, 'bin')))
    files[`bin/${path}`] = (statSync(join(base, 'bin', path)).mode & 0o111) === 0 ? 'plain' : 'executable';
  return files;
}

/** `name version` of each `.dist-info` folder, sorted. */
export function installedVersions(project: Project): string[] {
  const lib = project.path('__pypackages__', pythonIdent(), 'lib');
  const names = existsSync(lib) ? readdirSync(lib).filter((name) => name.endsWith('.dist-info')) : [];
  return names.map((name) => name.slice(0, -'.dist-info'.length).replace('-', ' ')).toSorted();
}

const OF_THE_INSTALLER: ReadonlySet<string> = new Set(['INSTALLER', 'REQUESTED', 'RECORD', 'direct_url.json']);

function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const found = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return found.filter((path) => !lstatSync(join(directory, path)).isDirectory()).toSorted();
}
