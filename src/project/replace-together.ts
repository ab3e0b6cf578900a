/** Several files of the project folder as one change: a crash in between is finished or dropped by the next command. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, link, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TspmError } from '../errors.ts';
import { PENDING_RECORD } from './pending-record.ts';
import { checkReplaceable, replaceFile, syncFolder } from '../util/replace-file.ts';

/** A file to write; `expected` is the content the new text was made from. */
export interface FileChange {
  readonly path: string;
  readonly text: string;
  readonly expected?: string;
}

/**
 * Replaces the files, all or none as far as later commands can see, and returns the paths of those that had another content.
 * Files outside `root` are replaced first, one by one. Throws TSPM_IO and TSPM_BUSY, also when another process changes the files at the same time: one of the two then has its way.
 */
export async function replaceTogether(root: string, changes: readonly FileChange[]): Promise<readonly string[]> {
  const pending: FileChange[] = [];
  for (const change of changes) {
    const current = await checkReplaceable(change.path, optionsOf(change));
    if (current === undefined || digest(current) !== digest(change.text)) pending.push(change);
  }
  await sweepStaged(root);
  const inside = pending.filter((change) => dirname(change.path) === root);
  for (const change of pending) {
    if (!inside.includes(change) || inside.length === 1) await replaceFile(change.path, change.text, optionsOf(change));
  }
  if (inside.length > 1) await replaceByRecord(root, inside);
  return pending.map(({ path }) => path);
}

/**
 * Finishes what {@link replaceTogether} left behind when it was interrupted. Files that somebody changed since are left
 * alone, and so are all the others.
 */
export async function finishPending(root: string): Promise<'nothing' | 'finished' | 'dropped'> {
  const record = join(root, PENDING_RECORD);
  if (!existsSync(record)) return 'nothing';
  const files = readRecord(record);
  const open = files.filter((file) => digestOf(join(root, file.name)) !== file.after);
  const canFinish = open.every(
    (file) => digestOf(join(root, file.name)) === file.before && digestOf(join(root, file.staged)) === file.after,
  );
  if (canFinish) for (const file of open) await bringIn(root, file);
  await syncFolder(root);
  await rm(record, { force: true });
  await removeStaged(root, files);
  return canFinish && files.length > 0 ? 'finished' : 'dropped';
}

interface PendingFile {
  /** In the project folder. */
  readonly name: string;
  /** sha256 of the old content; empty when there was no file. */
  readonly before: string;
  readonly after: string;
  /** Name of the file with the new content. */
  readonly staged: string;
}

async function replaceByRecord(root: string, changes: readonly FileChange[]): Promise<void> {
  const nonce = randomBytes(6).toString('hex');
  const files: PendingFile[] = changes.map(({ path, text, expected }) => ({
    name: basename(path),
    before: expected === undefined ? digestOf(path) : digest(expected),
    after: digest(text),
    staged: `.${basename(path)}.${nonce}.tspm-new`,
  }));
  try {
    for (const [index, change] of changes.entries()) await stage(join(root, files[index]?.staged ?? ''), change);
    await publish(root, nonce, JSON.stringify({ format: 1, files }));
    await finishPending(root);
  } finally {
    await removeStaged(root, files);
  }
  if (files.some((file) => digestOf(join(root, file.name)) !== file.after)) throw changedByOther();
}

async function stage(path: string, change: FileChange): Promise<void> {
  await replaceFile(path, change.text);
  if (existsSync(change.path)) await chmod(path, (await stat(change.path)).mode);
}

/** The record appears complete, and never in the place of another one. */
async function publish(root: string, nonce: string, text: string): Promise<void> {
  const [candidate, record] = [join(root, `${PENDING_RECORD}.${nonce}`), join(root, PENDING_RECORD)];
  await replaceFile(candidate, text);
  try {
    await link(candidate, record).catch(async (error: unknown) => {
      if (codeOf(error) === 'EEXIST') throw error;
      // No hard links here. A record cut short by a crash counts as none.
      await writeFile(record, text, { flag: 'wx', flush: true });
    });
    await syncFolder(root);
  } catch (error) {
    throw codeOf(error) === 'EEXIST' ? changedByOther() : error;
  } finally {
    await rm(candidate, { force: true });
  }
}

/** Another process may be finishing the same change. */
async function bringIn(root: string, file: PendingFile): Promise<void> {
  const path = join(root, file.name);
  await rename(join(root, file.staged), path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT' || digestOf(path) !== file.after) throw error;
  });
}

async function removeStaged(root: string, files: readonly PendingFile[]): Promise<void> {
  for (const { staged } of files) await rm(join(root, staged), { force: true });
}

/** Removes what processes that were killed before their record left behind, once no living one can still mean to use it. */
async function sweepStaged(root: string): Promise<void> {
  const names = (await readdir(root)).filter((name) => /^\..+\.[0-9a-f]{12}\.tspm-new$/.test(name));
  for (const name of names) {
    const path = join(root, name);
    const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Infinity);
    if (age > STAGED_LIFE) await rm(path, { force: true });
  }
}

/** Milliseconds. */
const STAGED_LIFE = 3_600_000;

function changedByOther(): TspmError {
  return new TspmError('TSPM_BUSY', 'another process is changing the files of this project', {
    hint: 'run the command again',
  });
}

/** Names with a folder in them are not ours: nobody can make this code rename files elsewhere. */
function readRecord(path: string): PendingFile[] {
  let record: unknown;
  try {
    record = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return [];
  }
  if (typeof record !== 'object' || record === null || !('files' in record) || !Array.isArray(record.files)) return [];
  const files = record.files.filter((file: unknown) => isPendingFile(file));
  return files.length === record.files.length ? files : [];
}

function isPendingFile(file: unknown): file is PendingFile {
  if (
    typeof file !== 'object' ||
    file === null ||
    !('name' in file && 'before' in file && 'after' in file && 'staged' in file)
  )
    return false;
  const { name, before, after, staged } = file;
  if (typeof name !== 'string' || typeof before !== 'string' || typeof after !== 'string') return false;
  if (typeof staged !== 'string' || !/^\.[^/\\]+\.tspm-new$/.test(staged)) return false;
  return /^[^/\\]+$/.test(name) && !name.startsWith('.');
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function digestOf(path: string): string {
  return existsSync(path) ? digest(readFileSync(path)) : '';
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function optionsOf(change: FileChange): { expected?: string } {
  return change.expected === undefined ? {} : { expected: change.expected };
}
