import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isTspmError, TspmError } from '../errors.ts';
import { compareText } from '../util/collections.ts';
import { mapLimit } from '../util/limit.ts';
import { probeInterpreter, type Interpreter, type ProbeSettings } from './interpreter.ts';
import { findProgram, installedPythons, preferredPythons, pythonOfFolder, type SearchPlaces } from './places.ts';
import { matchesSpec, nameContradicts, parseVersionSpec, type VersionSpec } from './spec.ts';

/** What a search needs: where to look, where answers are kept, and the folder relative paths start from. */
export interface PythonSearch extends SearchPlaces {
  readonly cacheDir: string | undefined;
  readonly cwd: string;
}

const PROBES_AT_ONCE = 4;

/**
 * All Pythons that `spec` can mean, best first. Without one: pyenv's current one, `python` and `python3` on PATH, then the rest,
 * newest first. A version (`3.11`, `3.13t`, `pypy@3.10`): all that match, newest first. Else a path (an executable, or a folder
 * with `bin/python*`) or the name of a program on PATH; TSPM_PYTHON_BROKEN when that is no Python.
 */
export async function findInterpreters(
  spec: string | undefined,
  search: PythonSearch,
): Promise<readonly Interpreter[]> {
  if (spec === undefined) return findAll(undefined, search);
  const path = /^[\d.]+$/.test(spec) ? undefined : locatePython(spec, search);
  if (path !== undefined) return [await probeInterpreter(path, probeSettings(search))];
  const version = parseVersionSpec(spec);
  if (version === undefined) return [];
  const found = await findAll(version, search);
  return [...found].sort(newestFirst);
}

/**
 * The first Python that `accepts` takes, in the order of {@link findInterpreters}; no more are started than needed.
 * Throws TSPM_PYTHON_NOT_FOUND, listing all there are; `wanted` says what was asked for.
 */
export async function findFirst(
  spec: string | undefined,
  search: PythonSearch,
  { accepts, wanted }: { readonly accepts: (interpreter: Interpreter) => boolean; readonly wanted: string },
): Promise<Interpreter> {
  if (spec === undefined) {
    for (const path of preferredPythons(search)) {
      const interpreter = await tryProbe(path, search);
      if (interpreter !== undefined && accepts(interpreter)) return interpreter;
    }
  }
  const fitting = await findInterpreters(spec, search);
  const first = fitting.find(accepts);
  if (first !== undefined) return first;
  throw notFound(wanted, spec === undefined ? fitting : await findInterpreters(undefined, search));
}

/** The executable that a path, a folder or the name of a program on PATH stands for. */
export function locatePython(text: string, search: Pick<PythonSearch, 'env' | 'cwd'>): string | undefined {
  const home = search.env['HOME'];
  const expanded = home && /^~(?=[\\/]|$)/.test(text) ? join(home, text.slice(1)) : text;
  const path = isAbsolute(expanded) ? expanded : resolve(search.cwd, expanded);
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts?.isFile() === true) return path;
  if (facts?.isDirectory() === true) return pythonOfFolder(path);
  return /[\\/]/.test(text) ? undefined : findProgram(text, search.env);
}

async function findAll(spec: VersionSpec | undefined, search: PythonSearch): Promise<readonly Interpreter[]> {
  const preferred = preferredPythons(search);
  const installed = installedPythons(search.env, (name) => spec !== undefined && nameContradicts(name, spec));
  const first = await probeDistinct(preferred, search);
  const rest = await probeDistinct(installed, search);
  return distinct([...first, ...rest.toSorted(newestFirst)]).filter(
    (one) => spec === undefined || matchesSpec(one, spec),
  );
}

async function probeDistinct(paths: readonly string[], search: PythonSearch): Promise<readonly Interpreter[]> {
  const byFile = new Map<string, string>();
  for (const path of paths) {
    const file = fileKey(path);
    if (!byFile.has(file)) byFile.set(file, path);
  }
  const found = await mapLimit([...byFile.values()], PROBES_AT_ONCE, (path) => tryProbe(path, search));
  return found.filter((one) => one !== undefined);
}

async function tryProbe(path: string, search: PythonSearch): Promise<Interpreter | undefined> {
  try {
    return await probeInterpreter(path, probeSettings(search));
  } catch (error) {
    if (isTspmError(error) && error.code === 'TSPM_PYTHON_BROKEN') return undefined;
    throw error;
  }
}

function probeSettings({ cacheDir, env }: PythonSearch): ProbeSettings {
  return { cacheDir, env: { ...env } };
}

/** One key for all names of one Python; an executable of a virtual environment is a Python of its own. */
function fileKey(path: string): string {
  const folder = dirname(path);
  if (existsSync(join(folder, 'pyvenv.cfg')) || existsSync(join(dirname(folder), 'pyvenv.cfg'))) return path;
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function distinct(interpreters: readonly Interpreter[]): readonly Interpreter[] {
  const seen = new Set<string>();
  return interpreters.filter(({ executable }) => {
    const key = fileKey(executable);
    return !seen.has(key) && seen.add(key);
  });
}

function newestFirst(a: Interpreter, b: Interpreter): number {
  for (const index of [0, 1, 2] as const) {
    if (a.version[index] !== b.version[index]) return b.version[index] - a.version[index];
  }
  return Number(a.freeThreaded) - Number(b.freeThreaded) || compareText(a.executable, b.executable);
}

/** The error for a search that found nothing, naming what is on the machine. */
export function notFound(wanted: string, found: readonly Interpreter[]): TspmError {
  const listed = found.map(({ versionText, freeThreaded, executable }) => ({
    version: freeThreaded ? `${versionText}t` : versionText,
    path: executable,
  }));
  const text = listed.map(({ version, path }) => `${version} (${path})`).join(', ');
  return new TspmError(
    'TSPM_PYTHON_NOT_FOUND',
    `no Python ${wanted} is found; ${text === '' ? 'there is none at all' : `there is ${text}`}`,
    {
      hint: 'install one, or name one with `tspm use PATH` or PDM_PYTHON',
      context: { wanted, found: listed },
    },
  );
}
