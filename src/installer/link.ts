import { chmodSync, constants, copyFileSync, linkSync, symlinkSync } from 'node:fs';

import type { Reporter } from '../ports.ts';
import { errnoOf } from './files.ts';
import type { LinkMethod } from './state.ts';

/** Brings files of a store entry to the places where they are staged. Paths are absolute; the target must be absent. */
export interface Linker {
  /** A plain file, by the link method. */
  file(source: string, target: string, executable: boolean): void;
  /** A file that must not be a symbolic link: a hard link, or a copy. */
  program(source: string, target: string, executable: boolean): void;
  /** A file that works as a symbolic link, but better as a hard link: with symlinks the symbolic one is for a store on another file system. */
  library(source: string, target: string, executable: boolean): void;
  /** A whole folder, by a symbolic link; false where the file system has none. */
  folder(source: string, target: string): boolean;
}

/** A linker of one run. Where the file system refuses a kind of link it copies instead, and says so once. */
export function createLinker(wish: LinkMethod, reporter: Reporter): Linker {
  const method = wish === 'pth' ? 'symlink' : wish;
  const refused = new Set<LinkMethod>();
  function attempt(kind: 'symlink' | 'hardlink', source: string, target: string): boolean {
    if (refused.has(kind)) return false;
    try {
      if (kind === 'symlink') symlinkSync(source, target);
      else linkSync(source, target);
      return true;
    } catch (error) {
      const errno = errnoOf(error);
      if (!REFUSALS.has(errno)) throw error;
      // Too many links to one file say nothing about the next.
      if (errno !== 'EMLINK') refused.add(kind);
      if (errno !== 'EMLINK' && kind === method) reporter.emit(refusalNote(kind, errno));
      return false;
    }
  }
  function program(source: string, target: string, executable: boolean): void {
    if (method === 'copy' || !attempt('hardlink', source, target)) copy(source, target, executable);
  }
  return {
    program,
    file(source, target, executable) {
      if (method !== 'symlink') program(source, target, executable);
      else if (!attempt('symlink', source, target)) copy(source, target, executable);
    },
    library(source, target, executable) {
      if (method === 'symlink' && attempt('hardlink', source, target)) return;
      this.file(source, target, executable);
    },
    folder: (source, target) => attempt('symlink', source, target),
  };
}

/** Copies a file, sharing its blocks where the file system can; the copy is writable, unlike the store's file. */
export function copy(source: string, target: string, executable: boolean): void {
  copyFileSync(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  chmodSync(target, executable ? 0o755 : 0o644);
}

const REFUSALS: ReadonlySet<string> = new Set([
  'EXDEV',
  'EPERM',
  'EMLINK',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EACCES',
  'EINVAL',
]);

function refusalNote(kind: 'symlink' | 'hardlink', errno: string): Parameters<Reporter['emit']>[0] {
  const reason = errno === 'EXDEV' ? 'the cache is on another file system' : `the file system refuses it (${errno})`;
  const what = kind === 'symlink' ? 'symbolic links' : 'hard links';
  return { kind: 'note', level: 'warning', message: `Files are copied instead of linked: no ${what}, ${reason}` };
}
