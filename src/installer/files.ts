import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';

import { isTspmError } from '../errors.ts';
import { sortedText } from '../util/collections.ts';
import { ioFault } from '../util/io-fault.ts';

/** What lies at a path, itself and not what it points to; `dangling` is a symbolic link without a target. */
export type PathKind = 'absent' | 'file' | 'directory' | 'link' | 'dangling';

/** What lies at `path`. Other than files, folders and links counts as a file. */
export function kindOf(path: string): PathKind {
  const stats = lstatIfAny(path);
  if (stats === undefined) return 'absent';
  if (stats.isDirectory()) return 'directory';
  if (!stats.isSymbolicLink()) return 'file';
  return targetExists(path) ? 'link' : 'dangling';
}

/** The facts of what lies at `path`, links not followed; undefined when nothing does, also for a file or a link to itself on the way. */
export function lstatIfAny(path: string): Stats | undefined {
  return ifAny(() => lstatSync(path, { throwIfNoEntry: false }));
}

/** The same of what `path` leads to. */
export function statIfAny(path: string): Stats | undefined {
  return ifAny(() => statSync(path, { throwIfNoEntry: false }));
}

/** What `look` finds; undefined when nothing is there to look at. */
export function ifAny<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (ABSENT.has(errnoOf(error))) return undefined;
    throw error;
  }
}

/** Whether there is a folder at `path`, links followed. */
export function isFolder(path: string): boolean {
  return statIfAny(path)?.isDirectory() ?? false;
}

/** The system's error name ('ENOENT'), or '' when `error` carries none. */
export function errnoOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** Runs file operations; a system error of theirs becomes TSPM_IO naming the path it carries, or `path`. */
export function guardIo<T>(action: string, path: string, operate: () => T): T {
  try {
    return operate();
  } catch (error) {
    throw ioFault(action, pathOf(error) ?? path, error);
  }
}

/** The same for work that is under way. */
export async function guardIoOf<T>(action: string, path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw ioFault(action, pathOf(error) ?? path, error);
  }
}

/** Whether `error` says that the place cannot be written to at all: a read-only file system or missing rights. */
export function isReadOnlyError(error: unknown): boolean {
  const errno = isTspmError(error) && error.code === 'TSPM_IO' ? error.context['errno'] : errnoOf(error);
  return errno === 'EROFS' || errno === 'EACCES' || errno === 'EPERM';
}

/** The text of a file, or undefined when it is not there or not readable as a file. Never waits for the writer of a pipe. */
export function readTextIfAny(path: string): string | undefined {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return readFileSync(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (ABSENT.has(errnoOf(error))) return undefined;
    throw ioFault('cannot read', path, error);
  }
}

/** Names in a folder in code point order; none when the folder is absent. */
export function listFolder(path: string): string[] {
  try {
    return sortedText(readdirSync(path));
  } catch (error) {
    if (ABSENT.has(errnoOf(error))) return [];
    throw ioFault('cannot read', path, error);
  }
}

/** The same names, each with whether it is a symbolic link. */
export function listLinks(path: string): ReadonlyMap<string, boolean> {
  const entries = ifAny(() => readdirSync(path, { withFileTypes: true })) ?? [];
  return new Map(entries.map((entry) => [entry.name, entry.isSymbolicLink()]));
}

/** The folder part of a '/'-separated relative path; '' for a single name. */
export function parentOf(relative: string): string {
  const cut = relative.lastIndexOf('/');
  return cut === -1 ? '' : relative.slice(0, cut);
}

/** Writes a new file and flushes it to the disk. */
export function writeDurably(path: string, text: string): void {
  const descriptor = openSync(path, 'wx');
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Deletes a tree of tspm's own; what cannot be deleted now (a file held open on NFS) is left to a later run. */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (errnoOf(error) === '') throw error;
  }
}

const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENXIO']);

function targetExists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function pathOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // rename, link and symlink carry both ends; the far one is the one being written.
  if ('dest' in error && typeof error.dest === 'string') return error.dest;
  return 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

/** Neither `folder` nor one above it, up to `base`, is a symbolic link. `real` remembers those known. */
export function hasRealParents(base: string, folder: string, real: Set<string>): boolean {
  if (real.has(folder)) return true;
  if (!hasRealParents(base, parentOf(folder), real) || kindOf(join(base, folder)) !== 'directory') return false;
  real.add(folder);
  return true;
}
