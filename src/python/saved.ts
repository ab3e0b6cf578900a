import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TspmError } from '../errors.ts';

const SAVED_NAME = '.pdm-python';
const VERSION_NAME = '.python-version';

/** The interpreter path in `<root>/.pdm-python`; undefined when there is none. */
export function readSavedPython(root: string): string | undefined {
  return readText(join(root, SAVED_NAME))?.trim() || undefined;
}

/** Writes `<root>/.pdm-python` (the path, no newline). Throws TSPM_IO when it is a symlink or cannot be written. */
export function writeSavedPython(root: string, path: string): void {
  writeText(join(root, SAVED_NAME), path);
}

/** Removes `<root>/.pdm-python`; a folder that cannot be written keeps it. */
export function dropSavedPython(root: string): void {
  try {
    rmSync(join(root, SAVED_NAME), { force: true });
  } catch {
    // The next search overrules it anyway.
  }
}

/** The first line of `<root>/.python-version` that is no comment. */
export function readPythonVersionFile(root: string): string | undefined {
  const lines = readText(join(root, VERSION_NAME))?.split(/\r?\n/) ?? [];
  return lines.map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('#'));
}

/** Writes `<root>/.python-version` (`X.Y` and a newline). Throws as {@link writeSavedPython}. */
export function writePythonVersionFile(root: string, version: readonly [number, number, number]): void {
  writeText(join(root, VERSION_NAME), `${version[0]}.${version[1]}\n`);
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function writeText(file: string, text: string): void {
  if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    throw new TspmError('TSPM_IO', `${file} is a symbolic link and is not written through`, {
      hint: 'replace the link by a file, or remove it',
    });
  }
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new TspmError('TSPM_IO', `${file} cannot be written: ${errorText(error)}`, { cause: error });
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
