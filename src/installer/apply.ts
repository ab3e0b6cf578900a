import { existsSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

import { TspmError } from '../errors.ts';
import { controlPaths, type ControlPaths } from './environment.ts';
import { exchangeFolders, hasCome, unmark, type Applying } from './exchange.ts';
import { errnoOf, guardIo, hasRealParents, kindOf, listFolder, parentOf, removeTree, type PathKind } from './files.ts';
import { changeFolders, publishDecided, readJournal, type ChangeFolders, type Journal } from './journal.ts';
import type { ProjectLock } from './lock.ts';
import { moveInto, openTrash, removeIfEmpty, type Trash } from './move.ts';
import { makeFolders } from '../util/file-system.ts';
import { removeTrees } from '../util/remove-trees.ts';
import { repeatable } from '../util/repeatable.ts';

/**
 * Carries out a journal that is on disk, from wherever an earlier attempt stopped; `onStep` hears of each finished step. Then the new
 * state takes its place and the journal goes. With an `interpreter` real folders are replaced in one operation where the system can. Throws TSPM_IO;
 * the journal then stays for the next try. Throws TSPM_BUSY where another process took the lock over: it finishes the change.
 */
export function applyJournal(base: string, journal: Journal, { interpreter, lock, onStep }: Application): void {
  const control = controlPaths(base);
  const folders = changeFolders(control, journal.id);
  let told = 0;
  const carryOut = (): void => {
    const trash = openTrash(folders.trash);
    const applying = { base, journal, folders, trash };
    lock.keep();
    if (interpreter !== undefined) exchangeFolders(applying, interpreter);
    for (const [index, { discard }] of journal.steps.entries()) {
      if (existsSync(folders.fresh(index))) clearFor(applying, { discard, index, lock });
      lock.keep();
      if (existsSync(folders.going(index))) bringIn(base, folders.going(index), trash);
      for (const path of discard) unmark(join(base, path), journal.id);
      if (index >= told) onStep(index);
      told = Math.max(told, index + 1);
    }
    for (const name of listFolder(folders.pth)) moveInto(join(folders.pth, name), join(base, 'lib', name), trash);
    for (const folder of journal.thinned) removeIfEmpty(join(base, folder));
    lock.keep();
    finish(control, folders);
  };
  guardIo('cannot finish the change of', base, () => repeatable(carryOut));
}

interface Application {
  readonly interpreter: string | undefined;
  readonly lock: Pick<ProjectLock, 'keep'>;
  readonly onStep: (index: number) => void;
}

/** Deletes what a finished change leaves: what it replaced, and the folders in which it was staged. */
export async function clearAway(base: string, signal: AbortSignal | undefined): Promise<void> {
  const { staging, trash } = controlPaths(base);
  await removeTrees([staging, trash], signal);
}

/**
 * Finishes the change that an earlier process left behind, if any, and removes what else it left. Gives its journal. Throws TSPM_IO, TSPM_BUSY.
 */
export async function finishInterrupted(
  base: string,
  lock: Pick<ProjectLock, 'keep'>,
  signal: AbortSignal | undefined,
): Promise<Journal | undefined> {
  const control = controlPaths(base);
  const journal = readJournal(control) ?? publishDecided(base, control);
  if (journal !== undefined) applyJournal(base, journal, { interpreter: undefined, lock, onStep: () => {} });
  await removeLeftovers(control, signal);
  return journal;
}

interface Clearing {
  readonly discard: readonly string[];
  readonly index: number;
  readonly lock: Pick<ProjectLock, 'keep'>;
}

/**
 * Only once everything is out of the way does the staging folder change its name: after that, what lies there is new. A file or a link that
 * another one comes for stays until the rename that replaces it, so that whoever imports it finds the old or the new one.
 */
function clearFor({ base, journal, folders, trash }: Applying, { discard, index, lock }: Clearing): void {
  const fresh = folders.fresh(index);
  const [real, realFresh] = [new Set(['']), new Set([''])];
  const isReplaced = (path: string): boolean => {
    if (!IN_ONE_PIECE.has(kindOf(join(base, path)))) return false;
    if (hasRealParents(fresh, parentOf(path), realFresh) && IN_ONE_PIECE.has(kindOf(join(fresh, path)))) return true;
    return parentOf(path) === 'lib' && kindOf(join(folders.pth, path.slice('lib/'.length))) !== 'absent';
  };
  for (const path of discard) {
    lock.keep();
    if (!hasRealParents(base, parentOf(path), real) || isReplaced(path)) continue;
    const has = hasCome(join(base, path), journal.id);
    trash.take(join(has ? fresh : base, path));
  }
  renameSync(fresh, folders.going(index));
}

/** What one rename puts in the place of its like. */
const IN_ONE_PIECE: ReadonlySet<PathKind> = new Set(['file', 'link', 'dangling']);

/** dist-info comes last: a distribution that can be seen is complete. */
function bringIn(base: string, going: string, trash: Trash): void {
  const tops = listFolder(going);
  for (const top of tops.filter((name) => name !== 'lib')) moveInto(join(going, top), join(base, top), trash);
  if (tops.includes('lib')) fillLib(join(going, 'lib'), join(base, 'lib'), trash);
}

/** An empty lib is replaced as a whole, in one rename. */
function fillLib(from: string, to: string, trash: Trash): void {
  try {
    renameSync(from, to);
    return;
  } catch (error) {
    // Whatever is in the way of the whole (names, a mount) may let the parts in.
    if (errnoOf(error) === '') throw error;
  }
  const names = listFolder(from);
  makeFolders(to);
  const isDistInfo = (name: string): boolean => name.endsWith('.dist-info');
  for (const name of [...names.filter((item) => !isDistInfo(item)), ...names.filter(isDistInfo)]) {
    moveInto(join(from, name), join(to, name), trash);
  }
}

function finish(control: ControlPaths, folders: ChangeFolders): void {
  try {
    renameSync(folders.state, control.state);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  unlinkSync(control.journal);
}

/** Files on their way to become one of tspm's own. */
const TEMPORARY = /^\.?(?:lock|state\.json|journal\.json|run|sync)\../u;

/** Removes what was not decided. Staged journals go first: a part of staging, left for want of time, must never be taken for a decided change. */
export async function removeLeftovers(control: ControlPaths, signal: AbortSignal | undefined): Promise<void> {
  const { directory, staging, trash } = control;
  for (const id of listFolder(staging)) removeTree(changeFolders(control, id).journal);
  const temporary = listFolder(directory).filter((name) => TEMPORARY.test(name));
  await removeTrees([staging, trash, ...temporary.map((name) => join(directory, name))], signal);
}

/** TSPM_INTERRUPTED when the signal has been given; asked between steps, never after the point of no return. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new TspmError('TSPM_INTERRUPTED', 'interrupted; nothing was changed');
}
