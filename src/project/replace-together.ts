/** Files of the project folder as one change: a crash in between is finished or dropped by the next command. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, type Stats, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TspmError } from '../errors.ts';
import { codeOf, ioFault } from '../util/io-fault.ts';
import { isAlive, parseIdentity, type ProcessIdentity, thisProcess } from '../util/machine.ts';
import { type Need, withNeed } from '../util/need.ts';
import { repeatableAsync } from '../util/repeatable.ts';
import { checkReplaceable, replaceFile, syncFolder } from '../util/replace-file.ts';
import { PENDING_RECORD } from './pending-record.ts';

/** A file to write; `expected` is the content the new text was made from. */
export interface FileChange {
  readonly path: string;
  readonly text: string;
  readonly expected?: string;
}

/**
 * Replaces the files, all or none as far as later commands can see, and returns the paths of those that had another content.
 * Files outside `root` are replaced first, one by one. Throws TSPM_IO and TSPM_BUSY, also when another process changes the files at the
 * same time: one of the two then has its way. A file that keeps its content is named in the record too, so that the others are not
 * written for one that another process has just changed.
 */
export async function replaceTogether(root: string, changes: readonly FileChange[]): Promise<readonly string[]> {
  const pending: FileChange[] = [];
  for (const change of changes) {
    const current = await checkReplaceable(change.path, optionsOf(change));
    if (current === undefined || digest(current) !== digest(change.text)) pending.push(change);
  }
  const isInside = ({ path }: FileChange): boolean => dirname(path) === root;
  for (const change of pending) {
    if (!isInside(change)) await replaceFile(change.path, change.text, optionsOf(change));
  }
  if (pending.some(isInside)) await replaceByRecord(root, changes.filter(isInside));
  return pending.map(({ path }) => path);
}

/**
 * Finishes or drops what {@link replaceTogether} left behind when it was interrupted; what a living process is still preparing is left to it.
 * Files that somebody changed since are left alone, and so are all the others.
 */
export async function finishPending(root: string): Promise<'nothing' | 'finished' | 'dropped'> {
  const path = join(root, PENDING_RECORD);
  if (!existsSync(path)) return 'nothing';
  const record = readRecord(path);
  return isReady(root, record) || isAbandoned(path, record) ? await conclude(root, record) : 'nothing';
}

/** Written before anything else, so that whatever an interrupted change left is known. */
interface PendingRecord {
  /** Undefined in the record of an earlier version, and in one that was cut short. */
  readonly owner: ProcessIdentity | undefined;
  readonly files: readonly PendingFile[];
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
  const record = { owner: thisProcess(), files };
  await publish(root, JSON.stringify({ format: 1, ...record }));
  try {
    for (const [index, { path, text }] of changes.entries()) {
      const { before, after, staged } = files[index] ?? {};
      if (staged === undefined || before === after) continue;
      await writeNew(join(root, staged), text, statSync(path, { throwIfNoEntry: false }));
    }
    await syncFolder(root);
  } catch (error) {
    await withdraw(root, files);
    throw withNeed(ioFault('cannot write', root, error), () => needOf(changes));
  }
  try {
    await conclude(root, record);
  } catch (error) {
    // When this fails half way, the record stays for the next command.
    if (files.every((file) => digestOf(join(root, file.name)) === file.before)) await withdraw(root, files);
    throw error;
  }
  if (files.some((file) => digestOf(join(root, file.name)) !== file.after)) throw changedByOther();
}

function needOf(changes: readonly FileChange[]): Need {
  const work = `writing ${changes.map(({ path }) => basename(path)).join(' and ')}`;
  const bytes = changes.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  return { work, bytes, inodes: changes.length };
}

/** Never in the place of another record. A crash may cut it short: then nothing has been staged. */
async function publish(root: string, text: string): Promise<void> {
  const path = join(root, PENDING_RECORD);
  try {
    await writeNew(path, text);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw changedByOther();
    await rm(path, { force: true });
    throw ioFault('cannot write', path, error);
  }
  // Whoever came by while it was being written took it for one that was cut short.
  if (contentOf(path)?.toString() !== text) throw changedByOther();
}

/** A file that was not there, with mode and owner of the one it shall replace, on the disk when this resolves. Throws the system's errors. */
async function writeNew(path: string, text: string, old?: Stats): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    if (old !== undefined) {
      // Only root may give files away.
      await file.chown(old.uid, old.gid).catch(() => undefined);
      await file.chmod(old.mode & 0o7777);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Every file that is not new yet has its new content waiting, and is still the one that it was made from. */
function isReady(root: string, { files }: PendingRecord): boolean {
  return files.every(
    ({ name, before, after, staged }) =>
      digestOf(join(root, name)) === after ||
      (digestOf(join(root, name)) === before && digestOf(join(root, staged)) === after),
  );
}

/** Its owner is gone or, where that cannot be told from here, has had more than the time it takes. */
function isAbandoned(path: string, { owner }: PendingRecord): boolean {
  const alive = owner === undefined ? false : isAlive(owner, thisProcess());
  if (alive !== undefined) return !alive;
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > SILENCE;
}

/** Milliseconds. */
const SILENCE = 60_000;

/** Brings all files in, or none; the record and what was staged go. Throws TSPM_IO. */
async function conclude(root: string, record: PendingRecord): Promise<'finished' | 'dropped'> {
  const { files } = record;
  try {
    const ready = isReady(root, record);
    if (ready) for (const file of files) await bringIn(root, file);
    await syncFolder(root);
    await withdraw(root, files);
    return ready && files.length > 0 ? 'finished' : 'dropped';
  } catch (error) {
    throw ioFault('cannot write', root, error);
  }
}

/** The record goes last: until then it tells of what is left. */
async function withdraw(root: string, files: readonly PendingFile[]): Promise<void> {
  for (const { staged } of files) await rm(join(root, staged), { force: true });
  await rm(join(root, PENDING_RECORD), { force: true });
}

/** Another process may be finishing the same change. */
async function bringIn(root: string, file: PendingFile): Promise<void> {
  const path = join(root, file.name);
  if (digestOf(path) === file.after) return;
  await repeatableAsync(() => rename(join(root, file.staged), path)).catch((error: unknown) => {
    // Another process has finished it, and maybe a further change since.
    if (codeOf(error) !== 'ENOENT') throw ioFault('cannot write', path, error);
  });
}

function changedByOther(): TspmError {
  return new TspmError('TSPM_BUSY', 'another process is changing the files of this project', {
    hint: 'run the command again',
    context: { changed: true },
  });
}

/** Names with a folder in them are not ours: nobody can make this code rename files elsewhere. */
function readRecord(path: string): PendingRecord {
  const none = { owner: undefined, files: [] };
  let record: unknown;
  try {
    record = JSON.parse(contentOf(path)?.toString() ?? '');
  } catch {
    return none;
  }
  if (typeof record !== 'object' || record === null || !('files' in record) || !Array.isArray(record.files))
    return none;
  const files = record.files.filter((file: unknown) => isPendingFile(file));
  if (files.length < record.files.length) return none;
  return { owner: 'owner' in record ? parseIdentity(record.owner) : undefined, files };
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

function digestOf(path: string): string {
  const content = contentOf(path);
  return content === undefined ? '' : digest(content);
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function optionsOf(change: FileChange): { expected?: string } {
  return change.expected === undefined ? {} : { expected: change.expected };
}
