/** Several files of the project folder as one change: a crash in between is finished or dropped by the next command. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PENDING_RECORD } from './pending-record.ts';
import { checkReplaceable, replaceFile, syncFolder } from '../util/replace-file.ts';

/** A file to write; `expected` is the content the new text was made from. */
export interface FileChange {
  readonly path: string;
  readonly text: string;
  readonly expected?: string;
}

/**
 * Replaces the files, all or none as far as later commands can see. Files outside `root` are replaced first, one by one.
 * Throws TSPM_IO and TSPM_BUSY before anything is changed.
 */
export async function replaceTogether(root: string, changes: readonly FileChange[]): Promise<void> {
  const pending: FileChange[] = [];
  for (const change of changes) {
    const current = await checkReplaceable(change.path, optionsOf(change));
    if (current === undefined || digest(current) !== digest(change.text)) pending.push(change);
  }
  const inside = pending.filter((change) => dirname(change.path) === root);
  for (const change of pending) {
    if (!inside.includes(change) || inside.length === 1) await replaceFile(change.path, change.text, optionsOf(change));
  }
  if (inside.length > 1) await replaceByRecord(root, inside);
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
    (file) => digestOf(join(root, file.name)) === file.before && digestOf(stagedPath(root, file.name)) === file.after,
  );
  if (canFinish) for (const file of open) await rename(stagedPath(root, file.name), join(root, file.name));
  await syncFolder(root);
  await rm(record, { force: true });
  for (const file of files) await rm(stagedPath(root, file.name), { force: true });
  return canFinish && files.length > 0 ? 'finished' : 'dropped';
}

interface PendingFile {
  /** In the project folder. */
  readonly name: string;
  /** sha256 of the old content; empty when there was no file. */
  readonly before: string;
  readonly after: string;
}

async function replaceByRecord(root: string, changes: readonly FileChange[]): Promise<void> {
  const files: PendingFile[] = changes.map((change) => ({
    name: basename(change.path),
    before: digestOf(change.path),
    after: digest(change.text),
  }));
  try {
    for (const change of changes) await stage(root, change);
    await replaceFile(join(root, PENDING_RECORD), JSON.stringify({ format: 1, files }));
  } catch (error) {
    for (const file of files) await rm(stagedPath(root, file.name), { force: true });
    throw error;
  }
  await finishPending(root);
}

async function stage(root: string, change: FileChange): Promise<void> {
  const path = stagedPath(root, basename(change.path));
  await replaceFile(path, change.text);
  if (existsSync(change.path)) await chmod(path, (await stat(change.path)).mode);
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
  if (typeof file !== 'object' || file === null || !('name' in file && 'before' in file && 'after' in file))
    return false;
  const { name, before, after } = file;
  if (typeof name !== 'string' || typeof before !== 'string' || typeof after !== 'string') return false;
  return /^[^/\\]+$/.test(name) && !name.startsWith('.');
}

function stagedPath(root: string, name: string): string {
  return join(root, `.${name}.tspm-new`);
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
