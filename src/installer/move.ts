import {
  chmodSync,
  copyFileSync,
  lstatSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';

import { errnoOf, kindOf, listFolder } from './files.ts';
import { makeFolders } from '../util/file-system.ts';

/** A folder that takes in whatever is moved out of the way; see {@link openTrash}. */
export interface Trash {
  /** Moves `path` away, a symbolic link itself and never its target; nothing happens when it is absent. */
  take(path: string): void;
}

/** A trash folder (made on first use); names inside are numbered on, so that taking again after a crash disturbs nothing. */
export function openTrash(folder: string): Trash {
  let next: number | undefined;
  return {
    take(path) {
      if (kindOf(path) === 'absent') return;
      if (next === undefined) {
        makeFolders(folder);
        next = listFolder(folder).length;
      }
      relocate(path, join(folder, String(next++)));
    },
  };
}

/**
 * Moves `from` to `to`: real folders are merged, anything else is replaced in one rename; what cannot be replaced that way
 * (a folder where a file comes, or the reverse) goes to the trash first. Repeating it after a crash finishes the rest.
 * A second hard link of the file already at `to` may stay behind in `from`, as rename(2) leaves it there.
 */
export function moveInto(from: string, to: string, trash: Trash): void {
  try {
    renameSync(from, to);
  } catch (error) {
    const errno = errnoOf(error);
    const source = kindOf(from);
    if (source === 'absent') return;
    if (!IN_THE_WAY.has(errno)) throw error;
    const target = kindOf(to);
    if (source === 'directory' && target === 'directory') {
      mergeFolder(from, to, trash);
      return;
    }
    if (source === 'directory' || target === 'directory') trash.take(to);
    relocate(from, to);
  }
}

/** Removes a folder if nothing is in it; one that is used stays. */
export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!STAYS.has(errnoOf(error))) throw error;
  }
}

const IN_THE_WAY: ReadonlySet<string> = new Set([
  'ENOTEMPTY',
  'EEXIST',
  'ENOTDIR',
  'EISDIR',
  'EXDEV',
  'EPERM',
  'EACCES',
]);

function mergeFolder(from: string, to: string, trash: Trash): void {
  for (const name of listFolder(from)) moveInto(join(from, name), join(to, name), trash);
  removeIfEmpty(from);
}

/**
 * A rename that also works where the system refuses it: folders of a lower overlayfs layer and bind mounts (EXDEV).
 * `to` must be absent, or no folder when `from` is none.
 */
function relocate(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' && kindOf(from) === 'absent') return;
    if (errno !== 'EXDEV') throw error;
    relocateAcross(from, to);
  }
}

function relocateAcross(from: string, to: string): void {
  const stats = lstatSync(from);
  if (stats.isDirectory()) {
    makeFolders(to);
    for (const name of listFolder(from)) relocate(join(from, name), join(to, name));
    removeIfEmpty(from);
    return;
  }
  const partial = `${to}.tspm-partial`;
  removeFile(partial);
  if (stats.isSymbolicLink()) {
    symlinkSync(readlinkSync(from), partial);
  } else {
    copyFileSync(from, partial);
    chmodSync(partial, stats.mode & 0o777);
  }
  renameSync(partial, to);
  unlinkSync(from);
}

const STAYS: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EBUSY']);

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
