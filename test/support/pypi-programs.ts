/** Real Python programs from PyPI for tests, each set in a virtual environment that later runs find again. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { devNull, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { testPython } from './python.ts';

/** The Python of an environment that has the programs, or why there is none. */
export type ProgramsFound =
  | { readonly kind: 'found'; readonly python: string }
  | { readonly kind: 'absent'; readonly reason: string };

/** An environment with `requirements` in a folder of the system's temporary directory. Absent when PyPI cannot be reached. */
export function pypiPrograms(name: string, requirements: readonly string[]): ProgramsFound {
  const home = join(tmpdir(), `tspm-test-${name}-${keyOf(testPython())}`);
  const reason = isOurs(home) ? undefined : install(home, requirements);
  return reason === undefined ? { kind: 'found', python: pythonOf(home) } : { kind: 'absent', reason };
}

/** Made in a folder of its own and published by one rename: two test files at once both end with a whole one. */
function install(home: string, requirements: readonly string[]): string | undefined {
  const made = mkdtempSync(`${home}-`);
  try {
    execFileSync(testPython(), ['-m', 'venv', made], { stdio: 'pipe' });
    const { PIP_FIND_LINKS: _links, ...env } = process.env;
    const args = ['-m', 'pip', 'install', '--quiet', '--no-input', ...requirements];
    const { status, stderr } = spawnSync(pythonOf(made), args, {
      env: { ...env, PIP_CONFIG_FILE: devNull },
      encoding: 'utf8',
    });
    if (status !== 0)
      return `${requirements.join(', ')} cannot be installed from PyPI: ${stderr.trimEnd().split('\n').at(-1) ?? ''}`;
    publish(made, home);
    return undefined;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

function publish(made: string, home: string): void {
  try {
    renameSync(made, home);
  } catch (error) {
    if (!isOurs(home)) throw error;
  }
}

/** The temporary directory is everybody's: a folder of someone else is not run. */
function isOurs(home: string): boolean {
  const found = lstatSync(home, { throwIfNoEntry: false });
  const { uid } = userInfo();
  return found?.isDirectory() === true && (uid < 0 || found.uid === uid) && existsSync(pythonOf(home));
}

function pythonOf(home: string): string {
  return process.platform === 'win32' ? join(home, 'Scripts', 'python.exe') : join(home, 'bin', 'python');
}

function keyOf(python: string): string {
  return createHash('sha256').update(python).digest('hex').slice(0, 12);
}
