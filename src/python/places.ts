import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sortedText } from '../util/collections.ts';
import { pathFolders, searchProgram, type Environment } from '../util/search-path.ts';

/** Where to look for Pythons. */
export interface SearchPlaces {
  readonly env: Environment;
  /** Whether the Python that pyenv has made current comes first (`python.use_pyenv`). */
  readonly usePyenv: boolean;
}

const WINDOWS = process.platform === 'win32';
const PYTHON_NAME = /^python(?:3(?:\.\d+t?)?)?(?:\.exe)?$/;

/** The Pythons a user most likely means, best first: pyenv's current one, then `python` and `python3` on PATH. */
export function preferredPythons({ env, usePyenv }: SearchPlaces): readonly string[] {
  const shim = usePyenv ? pyenvShim(env) : undefined;
  const named = ['python', 'python3'].map((name) => findProgram(name, env));
  return [shim, ...named].filter((path) => path !== undefined);
}

/**
 * Every Python 3 in the places where they are installed, in the order of the places, without those whose file or version folder
 * has a name that `isRuledOut` refuses (`python3.9`, `3.9.18`).
 */
export function installedPythons(env: Environment, isRuledOut: (name: string) => boolean): readonly string[] {
  const pyenv = pyenvRoot(env);
  const shims = pyenv && join(pyenv, 'shims');
  const onPath = [...pathFolders({ env, windows: WINDOWS }), ...systemFolders()]
    .filter((folder) => folder !== shims)
    .flatMap((folder) => pythonsIn(folder, isRuledOut));
  const managed = managerFolders(env).flatMap((folder) =>
    namesIn(folder)
      .filter((version) => !isRuledOut(version))
      .map((version) => pythonOfFolder(join(folder, version))),
  );
  return [...onPath, ...managed.filter((path) => path !== undefined)];
}

/** The program `name` on PATH, also for names of other programs than Python. */
export function findProgram(name: string, env: Environment): string | undefined {
  return searchProgram(name, { env, windows: WINDOWS, isExecutable });
}

/** Whether there is a file at `path` that may be executed. */
function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The Python of a folder such as `/opt/python-3.11` or a virtual environment: the one in its `bin`. */
export function pythonOfFolder(folder: string): string | undefined {
  const bin = WINDOWS ? [folder, join(folder, 'Scripts')] : [join(folder, 'bin')];
  const names = WINDOWS ? ['python.exe'] : ['python3', 'python'];
  const usual = bin.flatMap((parent) => names.map((name) => join(parent, name))).find(isExecutable);
  return usual ?? bin.flatMap((parent) => pythonsIn(parent, () => false))[0];
}

function pyenvRoot(env: Environment): string | undefined {
  const home = homeFolder(env);
  return env['PYENV_ROOT'] || (home && join(home, '.pyenv'));
}

function pyenvShim(env: Environment): string | undefined {
  const root = pyenvRoot(env);
  if (root === undefined) return undefined;
  const shim = join(root, 'shims', WINDOWS ? 'python3.bat' : 'python3');
  return isExecutable(shim) ? shim : undefined;
}

/** The folders of version managers: each child is one Python. */
function managerFolders(env: Environment): readonly string[] {
  const home = homeFolder(env);
  const pyenv = pyenvRoot(env);
  const data = env['XDG_DATA_HOME'] || (home && join(home, '.local/share'));
  const folders = [
    pyenv && join(pyenv, 'versions'),
    inManager(env['ASDF_DATA_DIR'] || (home && join(home, '.asdf')), 'installs/python'),
    env['RYE_PY_ROOT'] || (home && join(home, '.rye/py')),
    env['UV_PYTHON_INSTALL_DIR'] || inManager(data, 'uv/python'),
    inManager(data, 'pdm/python'),
    '/Library/Frameworks/Python.framework/Versions',
  ];
  return folders.filter((folder): folder is string => folder !== undefined && folder !== '');
}

function inManager(root: string | undefined, folder: string): string | undefined {
  return root && join(root, folder);
}

function systemFolders(): readonly string[] {
  return WINDOWS ? [] : ['/usr/local/bin', '/usr/bin', '/bin'];
}

function homeFolder(env: Environment): string | undefined {
  return env['HOME'] || env['USERPROFILE'] || undefined;
}

function pythonsIn(folder: string, isRuledOut: (name: string) => boolean): readonly string[] {
  return namesIn(folder)
    .filter((name) => PYTHON_NAME.test(name) && !isRuledOut(name))
    .map((name) => join(folder, name))
    .filter(isExecutable);
}

function namesIn(folder: string): readonly string[] {
  try {
    return sortedText(readdirSync(folder));
  } catch {
    return [];
  }
}
