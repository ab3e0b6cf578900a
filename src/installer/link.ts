import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  openSync,
  readSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';

import type { Reporter } from '../ports.ts';
import { errnoOf } from './files.ts';
import type { LinkMethod } from './state.ts';

/** What a copy depends on. */
export interface FileFacts {
  /** Bytes. */
  readonly size: number;
  readonly executable: boolean;
}

/** Brings files of a store entry to the places where they are staged. Paths are absolute; the target must be absent. */
export interface Linker {
  /** A plain file, by the link method. */
  file(source: string, target: string, facts: FileFacts): void;
  /** A file that must not be a symbolic link: a hard link, or a copy. */
  program(source: string, target: string, facts: FileFacts): void;
  /** A file that works as a symbolic link, but better as a hard link: with symlinks the symbolic one is for a store on another file system. */
  library(source: string, target: string, facts: FileFacts): void;
  /** A whole folder, by a symbolic link; false where the file system has none. */
  folder(source: string, target: string): boolean;
  /** Copies the large files that were only noted so far, piece by piece with a pause after each: what `pause` throws ends it. */
  finish(pause: () => Promise<void>): Promise<void>;
}

/** A kind of link that the file system refuses. */
export interface Refusal {
  readonly kind: 'symlink' | 'hardlink';
  readonly errno: string;
}

/** A linker of one thread. Where the file system refuses a kind of link it copies instead; `onRefused` hears of each refusal. */
export function createLinker(wish: LinkMethod, onRefused: (refusal: Refusal) => void): Linker {
  const method = plainMethod(wish);
  const refused = new Set<LinkMethod>();
  const large: Copying[] = [];
  function attempt(kind: Refusal['kind'], source: string, target: string): boolean {
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
      onRefused({ kind, errno });
      return false;
    }
  }
  function program(source: string, target: string, facts: FileFacts): void {
    if (method === 'copy' || !attempt('hardlink', source, target)) copySoon(source, target, facts);
  }
  function copySoon(source: string, target: string, { size, executable }: FileFacts): void {
    if (size < LARGE) copy(source, target, executable);
    else large.push({ source, target, executable });
  }
  return {
    program,
    file(source, target, facts) {
      if (method !== 'symlink') program(source, target, facts);
      else if (!attempt('symlink', source, target)) copySoon(source, target, facts);
    },
    library(source, target, facts) {
      if (method === 'symlink' && attempt('hardlink', source, target)) return;
      this.file(source, target, facts);
    },
    folder: (source, target) => attempt('symlink', source, target),
    async finish(pause) {
      for (const copying of large.splice(0)) await copyLarge(copying, pause);
    },
  };
}

interface Copying {
  readonly source: string;
  readonly target: string;
  readonly executable: boolean;
}

/** Bytes; less is copied in one call, in which no signal can come in. */
export const LARGE = 32 * 1024 * 1024;
const PIECE = 4 * 1024 * 1024;

async function copyLarge({ source, target, executable }: Copying, pause: () => Promise<void>): Promise<void> {
  await pause();
  if (!sharesBlocks(source, target)) await copyPieces(source, target, pause);
  chmodSync(target, executable ? 0o755 : 0o644);
}

function sharesBlocks(source: string, target: string): boolean {
  try {
    copyFileSync(source, target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (!REFUSALS.has(errnoOf(error))) throw error;
    return false;
  }
}

async function copyPieces(source: string, target: string, pause: () => Promise<void>): Promise<void> {
  const from = openSync(source, 'r');
  try {
    const to = openSync(target, 'wx');
    try {
      const piece = Buffer.allocUnsafe(PIECE);
      for (let size = readSync(from, piece); size > 0; size = readSync(from, piece)) {
        writeFileSync(to, piece.subarray(0, size));
        await pause();
      }
    } finally {
      closeSync(to);
    }
  } finally {
    closeSync(from);
  }
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

/** Tells the user of the first refusal of what the method wishes for; further ones are the same. */
export function refusalTeller(wish: LinkMethod, reporter: Reporter): (refusal: Refusal) => void {
  const method = plainMethod(wish);
  let told = false;
  return (refusal) => {
    if (told || refusal.kind !== method || refusal.errno === 'EMLINK') return;
    reporter.emit(refusalNote(refusal));
    told = true;
  };
}

function plainMethod(wish: LinkMethod): Exclude<LinkMethod, 'pth'> {
  return wish === 'pth' ? 'symlink' : wish;
}

function refusalNote({ kind, errno }: Refusal): Parameters<Reporter['emit']>[0] {
  const reason = errno === 'EXDEV' ? 'the cache is on another file system' : `the file system refuses it (${errno})`;
  const what = kind === 'symlink' ? 'symbolic links' : 'hard links';
  return { kind: 'note', level: 'warning', message: `Files are copied instead of linked: no ${what}, ${reason}` };
}
