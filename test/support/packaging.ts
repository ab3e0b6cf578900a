/** The reference implementation of the standards, the package `packaging`, to be asked beside our own. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { devNull, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { testPython } from './python.ts';

/** Rules changed with each release up to this one, so an older reference is no judge. */
const OLDEST = 26.3;
const A_DAY = 86_400_000;
const PROGRAM = join(import.meta.dirname, 'reference.py');

/** A folder that holds `packaging`, or why there is none. */
export type PackagingFound =
  | { readonly kind: 'found'; readonly version: string; readonly folder: string }
  | { readonly kind: 'absent'; readonly reason: string };

/**
 * The newest `packaging` of PyPI, kept for a day in the system's temporary directory; an older copy when PyPI cannot be reached.
 * Nothing of it is taken into the product.
 */
export function findPackaging(): PackagingFound {
  const prefix = `tspm-test-packaging-${createHash('sha256').update(testPython()).digest('hex').slice(0, 12)}-`;
  const kept = newestCopy(prefix);
  if (kept !== undefined && Date.now() - lstatSync(kept.folder).mtimeMs < A_DAY) return kept;
  const problem = installNewest(prefix);
  const found = newestCopy(prefix);
  if (found !== undefined) return found;
  return { kind: 'absent', reason: problem ?? `PyPI has no packaging ${OLDEST} for this Python` };
}

/**
 * The answers of the reference to questions of one topic, in their order; `reference.py` has the topics. It runs in the Python of the tests
 * unless told.
 */
export function askPackaging(
  found: PackagingFound,
  topic: string,
  questions: readonly unknown[],
  python = testPython(),
): unknown[] {
  if (found.kind === 'absent') throw new Error(found.reason);
  const output = execFileSync(python, ['-I', PROGRAM, found.folder], {
    input: JSON.stringify([topic, questions]),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  // The program above prints exactly this shape.
  return (JSON.parse(output) as { readonly answers: unknown[] }).answers;
}

function newestCopy(prefix: string): Extract<PackagingFound, { kind: 'found' }> | undefined {
  const versions = readdirSync(tmpdir())
    .filter((name) => name.startsWith(prefix) && isOwn(join(tmpdir(), name)))
    .map((name) => name.slice(prefix.length))
    .filter((version) => Number.parseFloat(version) >= OLDEST);
  const version = versions.toSorted((a, b) => Number.parseFloat(a) - Number.parseFloat(b)).at(-1);
  return version === undefined ? undefined : { kind: 'found', version, folder: join(tmpdir(), prefix + version) };
}

/** Made in a folder of its own and published by one rename: two test files at once both end with a whole one. */
function installNewest(prefix: string): string | undefined {
  const made = mkdtempSync(join(tmpdir(), 'tspm-test-pip-'));
  try {
    const { PIP_FIND_LINKS: _links, ...env } = process.env;
    const args = ['-m', 'pip', 'install', '--quiet', '--no-input', '--no-deps', '--target', made, 'packaging'];
    const { status, stderr } = spawnSync(testPython(), args, {
      env: { ...env, PIP_CONFIG_FILE: devNull, PIP_DISABLE_PIP_VERSION_CHECK: '1' },
      encoding: 'utf8',
    });
    if (status !== 0) return `packaging cannot be installed from PyPI: ${stderr.trimEnd().split('\n').at(-1) ?? ''}`;
    const record = readdirSync(made).find((name) => name.endsWith('.dist-info')) ?? '';
    const [, version = ''] = /^packaging-(.+)\.dist-info$/.exec(record) ?? [];
    publish(made, join(tmpdir(), prefix + version));
    return undefined;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

function publish(made: string, home: string): void {
  if (isOwn(home)) {
    const now = new Date();
    utimesSync(home, now, now);
    return;
  }
  try {
    renameSync(made, home);
  } catch (error) {
    if (!isOwn(home)) throw error;
  }
}

/** The temporary directory is everybody's: code in a folder of someone else is not run. */
function isOwn(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  const { uid } = userInfo();
  return found?.isDirectory() === true && (uid < 0 || found.uid === uid);
}
