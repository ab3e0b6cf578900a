import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { hasRealParents, kindOf, parentOf } from './files.ts';
import type { ChangeFolders, Journal } from './journal.ts';
import type { Trash } from './move.ts';

/** A change in the middle of being applied. */
export interface Applying {
  readonly base: string;
  readonly journal: Journal;
  readonly folders: ChangeFolders;
  readonly trash: Trash;
}

/**
 * Lets staged folders change places with the folders and links that they come for, each in one operation of the system: whoever imports a package finds
 * the old or the new one. Node has no such operation, so a Python makes it; where it cannot, all stay as they are, for two renames. Those that
 * came have a mark, which tells old from new after a kill.
 */
export function exchangeFolders({ base, journal, folders, trash }: Applying, interpreter: string): void {
  if (process.platform !== 'linux' && process.platform !== 'darwin') return;
  const pairs: string[] = [];
  for (const [index, { discard }] of journal.steps.entries()) {
    const fresh = folders.fresh(index);
    if (!existsSync(fresh)) continue;
    const replaced = replacedFolders(base, discard, fresh).filter((path) => !hasCome(join(base, path), journal.id));
    // Without its dist-info a package is not seen while its parts are replaced.
    if (replaced.length > 0) for (const path of discard.filter(isDistInfo)) trash.take(join(base, path));
    for (const path of replaced)
      if (mark(join(fresh, path), journal.id)) pairs.push(join(fresh, path), join(base, path));
  }
  if (pairs.length > 0) exchange(interpreter, pairs);
}

/** Whether the folder is one that has come by {@link exchangeFolders}, and is still marked. */
export function hasCome(folder: string, id: string): boolean {
  return existsSync(markOf(folder, id));
}

/** False where there is no room for a mark: what has been decided never fails for want of space. */
function mark(folder: string, id: string): boolean {
  try {
    writeFileSync(markOf(folder, id), '');
    return true;
  } catch {
    return false;
  }
}

/** Takes the mark of a folder away, if it has one. */
export function unmark(folder: string, id: string): void {
  if (kindOf(folder) === 'directory') rmSync(markOf(folder, id), { force: true });
}

/** Of no wheel: nobody knows the number of a change before. */
function markOf(folder: string, id: string): string {
  return join(folder, `.tspm-${id}`);
}

function isDistInfo(path: string): boolean {
  return path.endsWith('.dist-info');
}

function replacedFolders(base: string, discard: readonly string[], fresh: string): string[] {
  const [real, realFresh] = [new Set(['']), new Set([''])];
  return discard.filter((path) => {
    if (isDistInfo(path) || kindOf(join(base, path)) === 'absent' || kindOf(join(fresh, path)) !== 'directory')
      return false;
    return hasRealParents(base, parentOf(path), real) && hasRealParents(fresh, parentOf(path), realFresh);
  });
}

/** Milliseconds that the Python may take; what it did by then counts. */
const PATIENCE = 10_000;

function exchange(interpreter: string, pairs: readonly string[]): void {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  spawnSync(interpreter, ['-I', '-S', '-B', '-c', EXCHANGE, String(process.pid)], {
    input: pairs.join('\0'),
    stdio: ['pipe', 'ignore', 'ignore'],
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
  });
}

/** Ends with the process that started it, so that nothing changes places while a later one repairs what was left. */
const EXCHANGE = `
import ctypes, os, signal, sys
system = ctypes.CDLL(None)
if sys.platform == "linux":
    PR_SET_PDEATHSIG = 1
    system.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))
def exchange(one, other):
    AT_FDCWD, RENAME_EXCHANGE, RENAME_SWAP = -100, 2, 2
    if sys.platform == "linux":
        system.renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE)
    else:
        system.renamex_np(one, other, RENAME_SWAP)
paths = sys.stdin.buffer.read().split(b"\\0")
for one, other in zip(paths[::2], paths[1::2]):
    if os.getppid() == int(sys.argv[1]):
        exchange(one, other)
`;
