import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { codeOf, ioFault, ioHint, ioReason } from '../util/io-fault.ts';
import { isTspmError, TspmError } from '../errors.ts';
import { removeTrees } from '../util/remove-trees.ts';
import { repeatable } from '../util/repeatable.ts';
import { makeSharedFolders, shareFile, shareFolder } from '../util/shared-folder.ts';
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
    if (existsSync(tag)) return area;
    writeFileSync(tag, CACHEDIR_TAG);
    shareFile(tag);
  } catch (error) {
    throw unwritable(cacheDir, error);
  }
  return area;
}

/** Creates a directory of the store; says whether it was missing. Throws TSPM_STORE. */
export function ensureDirectory(path: string, cacheDir: string): boolean {
  try {
    return makeSharedFolders(path);
  } catch (error) {
    throw unwritable(cacheDir, error);
  }
}

/** A path in the staging area that nobody else uses, also on other machines; nothing is created there. Throws TSPM_STORE. */
export function stagingPath(cacheDir: string, suffix = ''): string {
  return join(ensureArea(cacheDir, 'staging'), `${randomBytes(16).toString('hex')}${suffix}`);
}

/** Puts a small file in its place by one rename, making its folder. Throws the system's errors, and TSPM_STORE; then nothing stays. */
export function placeFile(cacheDir: string, path: string, text: string): void {
  const temporary = stagingPath(cacheDir, '.tmp');
  try {
    writeFileSync(temporary, text);
    shareFile(temporary);
    makeSharedFolders(dirname(path));
    renameSync(temporary, path);
  } catch (error) {
    removeFileQuietly(temporary);
    throw error;
  }
}

/** Creates a private directory in the staging area. Throws TSPM_STORE. */
export function makeStaging(cacheDir: string): string {
  const path = stagingPath(cacheDir);
  try {
    mkdirSync(path, 0o755);
    shareFolder(path);
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
  await sweepGone(cacheDir);
  for (const name of readdirSync(area)) {
    const path = join(area, name);
    if (/^[0-9a-f]{32}(?:\.|$)/u.test(name) && isOlder(path, now - DAY)) await removeTreeQuietly(path);
  }
}

/** Deletes what earlier runs moved out of the way and could not delete. What cannot be removed stays. */
export async function sweepGone(cacheDir: string): Promise<void> {
  const area = join(cacheDir, STORE_AREAS.staging);
  if (!existsSync(area)) return;
  for (const name of readdirSync(area)) if (name.endsWith(GONE)) await removeTreeQuietly(join(area, name));
}

/** Moves something out of the store and removes it, so that nobody sees it half removed. Throws TSPM_STORE, TSPM_IO. */
export async function discard(path: string, cacheDir: string): Promise<void> {
  const aside = moveAside(path, cacheDir);
  try {
    await rm(aside, { recursive: true, force: true });
  } catch (error) {
    throw ioFault('cannot remove', aside, error);
  }
}

/** The same for what is only in the way: what cannot be deleted now (a file held open on NFS) is left to a later run. Throws TSPM_STORE. */
export async function displace(path: string, cacheDir: string): Promise<void> {
  await removeTreeQuietly(moveAside(path, cacheDir));
}

/** Ends the names of things that nobody needs any more, so that whoever comes by may delete them. */
const GONE = '.gone';

function moveAside(path: string, cacheDir: string): string {
  const aside = stagingPath(cacheDir, GONE);
  try {
    repeatable(() => renameSync(path, aside));
  } catch (error) {
    // A directory from a lower layer of an overlay cannot be renamed.
    if (codeOf(error) === 'EXDEV') rmSync(path, { recursive: true, force: true });
    else if (codeOf(error) !== 'ENOENT') throw unwritable(cacheDir, error);
  }
  return aside;
}

/** Removes a file; one that cannot be deleted now is left to a later run. */
export function removeFileQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
}

/** Removes a tree; what cannot be deleted now is left to a later run. */
export async function removeTreeQuietly(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

/** Removes what {@link makeStaging} made, unless it was published; what a signal leaves no time for may be deleted by whoever comes by. */
export async function removeStaging(path: string, signal: AbortSignal | undefined): Promise<void> {
  if (!existsSync(path)) return;
  const aside = `${path}${GONE}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
  await removeTrees([path, aside], signal);
}

/** The error for a cache directory that cannot be written. */
export function unwritable(cacheDir: string, cause: unknown): unknown {
  if (isTspmError(cause) || codeOf(cause) === undefined) return cause;
  const { hint: need = 'make it writable' } = ioHint(cause, cacheDir);
  return new TspmError('TSPM_STORE', `cannot write in the cache directory ${cacheDir}: ${ioReason(cause, cacheDir)}`, {
    hint: `${need}; or choose another with "tspm config cache_dir PATH"`,
    context: { path: cacheDir, errno: codeOf(cause) },
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
