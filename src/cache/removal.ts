/** Taking things out of the store beside processes that may be reaching for them. */
import { renameSync, statSync } from 'node:fs';
import { basename } from 'node:path';

import { isTspmError } from '../errors.ts';
import { codeOf } from '../util/io-fault.ts';
import { repeatable } from '../util/repeatable.ts';
import { discard, removeTreeQuietly, stagingPath, unwritable } from './staging.ts';

/** The digest that an entry or a wheel file is called by. */
export function digestOf(path: string): string {
  return basename(path, '.whl');
}

/**
 * Removes entries and wheel files, but for those whose digest `stillUsed` names when all have been moved aside: a process that wants one notes
 * that before it looks for it, so it either finds nothing, or is seen here and the thing is put back. Gives the paths that are
 * gone. Throws TSPM_STORE, TSPM_IO.
 */
export async function removeUnused(
  cacheDir: string,
  paths: readonly string[],
  stillUsed: () => ReadonlySet<string>,
): Promise<string[]> {
  const moved: { path: string; aside: string }[] = [];
  const gone: string[] = [];
  const failures: unknown[] = [];
  try {
    for (const path of paths) {
      const aside = moveAside(path, cacheDir);
      if (aside === 'stays') {
        // A directory from a lower layer of an overlay cannot be renamed.
        await discard(path, cacheDir);
        gone.push(path);
      } else if (aside !== 'gone') {
        moved.push({ path, aside: aside.path });
      }
    }
  } catch (error) {
    failures.push(error);
  }
  const used = stillUsed();
  for (const { path, aside } of moved) {
    if (used.has(digestOf(path)) && putBack(aside, path)) continue;
    // What was moved aside nobody finds any more, so the others go even if one cannot.
    await discardOwn(aside, cacheDir).catch(async (error: unknown) => {
      failures.push(error);
      await removeTreeQuietly(aside);
    });
    gone.push(path);
  }
  if (failures.length > 0) throw failures[0];
  return gone;
}

/** In a shared cache byte code of another user's may be in it, which is left to a later run of theirs. */
async function discardOwn(aside: string, cacheDir: string): Promise<void> {
  try {
    await discard(aside, cacheDir);
  } catch (error) {
    const isShared = (statSync(cacheDir).mode & 0o020) !== 0;
    if (!isShared || !isTspmError(error) || codeOf(error.cause) !== 'EACCES') throw error;
  }
}

/** `gone`: somebody else took it. */
function moveAside(path: string, cacheDir: string): { readonly path: string } | 'gone' | 'stays' {
  const aside = stagingPath(cacheDir);
  try {
    repeatable(() => renameSync(path, aside));
    return { path: aside };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'gone';
    if (codeOf(error) === 'EXDEV') return 'stays';
    throw unwritable(cacheDir, error);
  }
}

/** Whether it is there again, or another one in its place. */
function putBack(aside: string, path: string): boolean {
  try {
    renameSync(aside, path);
    return true;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return false;
  }
}
