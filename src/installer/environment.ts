import { renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { TspmError } from '../errors.ts';
import { errnoOf, kindOf, listFolder } from './files.ts';
import { makeFolders } from '../util/file-system.ts';
import { ioFault } from '../util/io-fault.ts';

/** The folders of one interpreter's packages (PDM's PEP 582 layout): `base` is `<root>/__pypackages__/<ident>`. */
export interface PackagesPaths {
  readonly base: string;
  readonly lib: string;
  readonly bin: string;
  readonly include: string;
}

/** tspm's own files inside `base`; see docs/install.md for what each is for. */
export interface ControlPaths {
  readonly directory: string;
  readonly state: string;
  readonly journal: string;
  readonly staging: string;
  readonly trash: string;
  readonly lock: string;
}

/** Name of tspm's own folder inside `base`. */
export const CONTROL_NAME = '.tspm';

/** The scripts folder inside `base`; `Scripts` on Windows. */
export const BIN_NAME = process.platform === 'win32' ? 'Scripts' : 'bin';

/** Folders of `base` that are always real folders and never removed. */
export const SCHEME_ROOTS: readonly string[] = ['lib', BIN_NAME, 'include'];

/** Where the packages of the interpreter `ident` ('3.11', '3.13t') of the project at `root` lie. Touches nothing. */
export function packagesPaths(root: string, ident: string): PackagesPaths {
  const base = join(root, '__pypackages__', ident);
  return { base, lib: join(base, 'lib'), bin: join(base, BIN_NAME), include: join(base, 'include') };
}

/** Where tspm keeps its own files for the packages in `base`. Touches nothing. */
export function controlPaths(base: string): ControlPaths {
  const directory = join(base, CONTROL_NAME);
  return {
    directory,
    state: join(directory, 'state.json'),
    journal: join(directory, 'journal.json'),
    staging: join(directory, 'staging'),
    trash: join(directory, 'trash'),
    lock: join(directory, 'lock'),
  };
}

/**
 * Makes `lib`, `bin` and `include`, and `__pypackages__/.gitignore` when `__pypackages__` is new or empty.
 * Throws TSPM_IO when a missing folder cannot be made, or when one of them is a symbolic link or a file.
 */
export function ensurePackagesLayout(paths: PackagesPaths): void {
  const home = dirname(paths.base);
  if (kindOf(home) === 'absent') makeFolder(home);
  // Also where whoever made it was killed before the file had its name.
  if (listFolder(home).every((name) => name === STAGED_IGNORE)) ignoreInGit(home);
  for (const folder of [paths.lib, paths.bin, paths.include]) {
    const kind = kindOf(folder);
    if (kind === 'absent') makeFolder(folder);
    else if (kind !== 'directory') throw notAFolder(folder);
  }
}

function makeFolder(folder: string): void {
  try {
    makeFolders(folder);
  } catch (error) {
    throw ioFault('cannot create', folder, error);
  }
}

const STAGED_IGNORE = '.gitignore.tspm-new';

function ignoreInGit(home: string): void {
  const [staged, file] = [join(home, STAGED_IGNORE), join(home, '.gitignore')];
  try {
    writeFileSync(staged, '*\n!.gitignore\n');
    renameSync(staged, file);
  } catch (error) {
    // Another command, which makes the folder at the same time, was faster.
    if (errnoOf(error) === 'ENOENT' && kindOf(file) !== 'absent') return;
    // Where __pypackages__ has something in it the file is never written: with nothing in it yet it goes too.
    takeBack(staged, home);
    throw ioFault('cannot write', file, error);
  }
}

/** Never what another command has put there meanwhile. Where nothing can be removed, what is told is why nothing could be written. */
function takeBack(staged: string, home: string): void {
  try {
    rmSync(staged, { force: true });
    rmdirSync(home);
  } catch (error) {
    if (errnoOf(error) === '') throw error;
  }
}

function notAFolder(folder: string): TspmError {
  return new TspmError('TSPM_IO', `${folder} is not a real folder, and tspm installs only into real folders`, {
    hint: 'move it away; to keep packages on another disk, link the whole of __pypackages__ there',
    context: { path: folder },
  });
}
