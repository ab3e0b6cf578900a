import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { codeOf, ioReason } from '../util/io-fault.ts';
import { TspmError } from '../errors.ts';
import { makeFolders } from '../util/file-system.ts';
import { STORE_AREAS, type StoreKind } from './layout.ts';

const DAY = 24 * 60 * 60 * 1000;

/** Makes backup tools pass the area by (Cache Directory Tagging Specification). */
const CACHEDIR_TAG = 'Signature: 8a477f597d28d172789f06886806bc55\n# Made by tspm; can be removed and made anew.\n';

/** Creates an area of the store where it is missing and gives its path. Throws TSPM_STORE naming the path and what is needed. */
export function ensureArea(cacheDir: string, kind: StoreKind): string {
  const area = join(cacheDir, STORE_AREAS[kind]);
  ensureDirectory(area, cacheDir);
  const tag = join(area, 'CACHEDIR.TAG');
  try {
    if (!existsSync(tag)) writeFileSync(tag, CACHEDIR_TAG);
  } catch (error) {
    throw unwritable(cacheDir, error);
  }
  return area;
}

/** Creates a directory of the store; says whether it was missing. Throws TSPM_STORE. */
export function ensureDirectory(path: string, cacheDir: string): boolean {
  try {
    return makeFolders(path);
  } catch (error) {
    throw unwritable(cacheDir, error);
  }
}

/** A path in the staging area that nobody else uses, also on other machines; nothing is created there. Throws TSPM_STORE. */
export function stagingPath(cacheDir: string, suffix = ''): string {
  return join(ensureArea(cacheDir, 'staging'), `${randomBytes(16).toString('hex')}${suffix}`);
}

/** Creates a private directory in the staging area. Throws TSPM_STORE. */
export function makeStaging(cacheDir: string): string {
  const path = stagingPath(cacheDir);
  try {
    mkdirSync(path, 0o755);
  } catch (error) {
    throw unwritable(cacheDir, error);
  }
  return path;
}

/**
 * Removes what runs left behind that died more than a day ago, by the clock of the file system: `fresh` was just created there.
 * What cannot be removed stays.
 */
export async function sweepStaging(cacheDir: string, fresh: string): Promise<void> {
  const area = join(cacheDir, STORE_AREAS.staging);
  const now = lstatSync(fresh).mtimeMs;
  for (const name of readdirSync(area)) {
    const path = join(area, name);
    if (!/^[0-9a-f]{32}(?:\.|$)/u.test(name) || !isOlder(path, now - DAY)) continue;
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Moves something damaged or unwanted out of the store and removes it, so that nobody sees it half removed. */
export async function discard(path: string, cacheDir: string): Promise<void> {
  const aside = stagingPath(cacheDir);
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    // A directory from a lower layer of an overlay cannot be renamed.
    if (codeOf(error) !== 'EXDEV') throw unwritable(cacheDir, error);
    rmSync(path, { recursive: true, force: true });
  }
  await rm(aside, { recursive: true, force: true });
}

/** The error for a cache directory that cannot be written. */
export function unwritable(cacheDir: string, cause: unknown): unknown {
  if (codeOf(cause) === undefined) return cause;
  return new TspmError('TSPM_STORE', `cannot write in the cache directory ${cacheDir}: ${ioReason(cause)}`, {
    hint: 'make it writable for this user, or choose another with "tspm config cache_dir PATH"',
    context: { path: cacheDir },
    cause,
  });
}

function isOlder(path: string, time: number): boolean {
  try {
    return lstatSync(path).mtimeMs < time;
  } catch {
    return false;
  }
}
