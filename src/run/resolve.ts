import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { TspmError } from '../errors.ts';
import { nearestName } from '../util/nearest.ts';
import { searchProgram, type Environment } from '../util/search-path.ts';
import { scriptsFolder } from './environment.ts';

/** The file to start and the words that go before the user's arguments. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

/** What a command word can mean in a project. */
export interface CommandPlace {
  /** The environment the program will get; its PATH is searched. */
  readonly env: Environment;
  /** The folder the program will run in. */
  readonly cwd: string;
  readonly packages: string;
  readonly python: { readonly executable: string; readonly version: readonly [number, number, number] };
  /** Names of scripts, for the hint when nothing is found. */
  readonly scripts: Iterable<string>;
  readonly windows: boolean;
}

const PYTHON_WORD = /^python(\d+(?:\.\d+)*)?(?:\.exe)?$/;

/**
 * Finds what a command word stands for: `X.py` and `python`, `python3`, `python3.11` mean the project's Python if its version
 * fits; a path is taken from `cwd`; any other word is looked up in PATH. Throws TSPM_COMMAND_NOT_FOUND.
 */
export function resolveProgram(word: string, place: CommandPlace): Program {
  const home = place.env['HOME'] ?? place.env['USERPROFILE'];
  const text = home !== undefined && /^~(?=[\\/]|$)/.test(word) ? join(home, word.slice(1)) : word;
  if (text.endsWith('.py')) return { file: place.python.executable, args: [text] };
  if (isProjectPython(text, place.python.version)) return { file: place.python.executable, args: [] };
  if (/^\.\.?[\\/]/.test(text)) return { file: localFile(text, word, place.cwd), args: [] };
  const file = /[\\/]/.test(text)
    ? [resolve(place.cwd, text)].find(isExecutableFile)
    : (projectCommand(text, place) ?? searchProgram(text, { ...place, isExecutable: isExecutableFile }));
  if (file === undefined) throw notInPath(word, place.scripts);
  return { file, args: [] };
}

/** A command of the project's packages where `PATH` cannot name their folder, as it has a colon. */
function projectCommand(word: string, { packages, windows }: CommandPlace): string | undefined {
  const folder = scriptsFolder(packages, windows);
  if (windows || !folder.includes(':')) return undefined;
  const file = join(folder, word);
  return isExecutableFile(file) ? file : undefined;
}

/** Whether site-packages is hidden from the program: from Pythons and from the commands of installed packages. */
export function hidesSitePackages(file: string, { packages, windows }: CommandPlace): boolean {
  return dirname(file) === scriptsFolder(packages, windows) || isPython(file);
}

/** Whether the file is a Python interpreter, by the name of what its links lead to. */
export function isPython(file: string): boolean {
  try {
    return basename(realpathSync(file)).startsWith('python');
  } catch {
    return false;
  }
}

function isProjectPython(word: string, version: readonly [number, number, number]): boolean {
  const match = PYTHON_WORD.exec(word);
  if (match === null) return false;
  return (match[1] ?? '')
    .split('.')
    .filter((part) => part !== '')
    .every((part, index) => Number(part) === version[index]);
}

function localFile(text: string, word: string, cwd: string): string {
  const path = resolve(cwd, text);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
  throw new TspmError('TSPM_COMMAND_NOT_FOUND', `Command '${word}' is not a valid executable`, { context: { path } });
}

function notInPath(word: string, scripts: Iterable<string>): TspmError {
  const near = nearestName(word, scripts);
  return new TspmError('TSPM_COMMAND_NOT_FOUND', `Command '${word}' is not found in your PATH`, {
    ...(near !== undefined && { hint: `did you mean the script ${near}` }),
    context: { command: word },
  });
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
