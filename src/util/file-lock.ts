import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fdatasyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { TspmError } from '../errors.ts';
import { makeSharedFolders, shareFile } from './shared-folder.ts';
import { codeOf, ioFault } from './io-fault.ts';
import { descendsFrom, isAlive, parseIdentity, thisProcess, type ProcessIdentity } from './machine.ts';
import { repeatable } from './repeatable.ts';
import { monotonic } from './clock.ts';

/** What is to be locked, and what happens while another process has it. */
export interface LockWish {
  /** The lock file; its folder is made. */
  readonly path: string;
  /** What the holder does with it, as in "changing the packages of this project". */
  readonly work: string;
  /** Told once of each process that is waited for. */
  readonly onWait: (message: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** The right to do something alone. Kept alive by writing to the lock file; no kernel lock, so it works on any file system. */
export class FileLock {
  readonly #path: string;
  readonly #content: string;
  readonly #descriptor: number;
  readonly #timer: NodeJS.Timeout;
  #written = monotonic();
  #looked = monotonic();

  constructor(path: string, content: string) {
    this.#path = path;
    this.#content = content;
    this.#descriptor = openSync(path, 'r+');
    this.#timer = setInterval(() => this.beat(), HEARTBEAT_MS).unref();
  }

  /**
   * Tells other hosts that the holder lives, at most every few seconds: a write takes the file system's own time, also on a network disk,
   * which learns of it by the flush. To be called wherever work keeps the timer from doing so.
   */
  beat(): void {
    if (monotonic() - this.#written < HEARTBEAT_MS / 2) return;
    this.#written = monotonic();
    try {
      writeSync(this.#descriptor, this.#content, 0);
      fdatasyncSync(this.#descriptor);
    } catch {
      // A missed beat is no fault of the work in hand; `assertHeld` notices a lost lock.
    }
  }

  /** Whether no other process has taken the lock over. */
  isHeld(): boolean {
    this.#looked = monotonic();
    return textOf(this.#path) === this.#content;
  }

  /** Throws TSPM_BUSY when another process has taken the lock over; called just before the point of no return. */
  assertHeld(): void {
    if (this.isHeld()) return;
    throw new TspmError('TSPM_BUSY', `another process took over ${this.#path} while this one stood still`, {
      hint: 'run the command again',
      context: { path: this.#path },
    });
  }

  /** For work that lets no timer run, before each of its parts: beats, and looks now and then, as {@link assertHeld}, whether it may go on. */
  keep(): void {
    if (monotonic() - this.#looked < LOOK_MS) return;
    this.beat();
    this.assertHeld();
  }

  release(): void {
    clearInterval(this.#timer);
    closeSync(this.#descriptor);
    if (textOf(this.#path) === this.#content) removeIfAny(this.#path);
  }
}

/**
 * Takes a lock: waits for a living holder, and takes over from a dead one (its process is gone; or, on another machine or in another
 * container, it has not written for 60 s of the file system's time). `isDone` is asked while waiting: true ends the wait without the lock,
 * because what it was wanted for has been done. Throws TSPM_IO when the folder cannot be written to, TSPM_INTERRUPTED when the signal ends
 * the wait, TSPM_BUSY when the holder waits for this process: it is a hook of the holder's.
 */
export async function lockFile(wish: LockWish): Promise<FileLock>;
export async function lockFile(wish: LockWish, isDone: () => boolean): Promise<FileLock | undefined>;
export async function lockFile(
  { path, work, onWait, signal }: LockWish,
  isDone: () => boolean = () => false,
): Promise<FileLock | undefined> {
  const self = thisProcess();
  const nonce = randomBytes(12).toString('hex');
  const content = `${JSON.stringify({ ...self, nonce })}\n`;
  const announced = new Set<string>();
  const watch: Watch = { written: 0, since: 0 };
  for (let wait = 25; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    const held = textOf(path);
    if (held === undefined) {
      // A holder that gave up takes away the folder, too, if it made it.
      makeParent(path);
      if (take(path, nonce, content)) return new FileLock(path, content);
      continue;
    }
    if (isDone()) return undefined;
    const holder = parseHolder(held);
    if (isDead({ path, nonce, self, watch }, holder)) {
      breakLock(path, nonce, held);
      continue;
    }
    if (holder !== undefined && waitsForThis(holder, self)) throw ownChild(holder, work, path);
    const name = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
    if (!announced.has(name)) onWait(`Waiting for ${name}, which is ${work}`);
    announced.add(name);
    await pause(wait, signal);
  }
}

const HEARTBEAT_MS = 10_000;
const SILENCE_MS = 60_000;
const LOOK_MS = 250;
const LONGEST_WAIT_MS = 250;

function makeParent(path: string): void {
  const folder = dirname(path);
  try {
    makeSharedFolders(folder);
  } catch (error) {
    throw ioFault('cannot create', folder, error);
  }
}

/** One `link` publishes the complete lock file, so nobody ever reads half of it. */
function take(path: string, nonce: string, content: string): boolean {
  const candidate = `${path}.${nonce}`;
  try {
    writeFileSync(candidate, content);
    shareFile(candidate);
    linkSync(candidate, path);
    return true;
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    if (NO_HARD_LINKS.has(code) && statSync(candidate, { throwIfNoEntry: false }) !== undefined) {
      return takeWithoutLink(path, content);
    }
    throw ioFault('cannot create', path, error);
  } finally {
    removeIfAny(candidate);
  }
}

const NO_HARD_LINKS: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EXDEV',
  'EINVAL',
]);

function takeWithoutLink(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw ioFault('cannot create', path, error);
  }
}

interface Judge {
  readonly path: string;
  readonly nonce: string;
  readonly self: ProcessIdentity;
  readonly watch: Watch;
}

/** When the holder wrote last, and since when, by this process's own clock, that is known. Milliseconds. */
interface Watch {
  written: number;
  since: number;
}

function isDead(judge: Judge, holder: ProcessIdentity | undefined): boolean {
  const alive = holder === undefined ? undefined : isAlive(holder, judge.self);
  return alive === undefined ? silence(judge) > SILENCE_MS : !alive;
}

/**
 * Milliseconds since the holder last wrote, by the clock of the file system: a fresh file tells its present time. Where that clock is each
 * host's own, and the holder's was ahead, it is as long as this process has seen nothing new.
 */
function silence({ path, nonce, watch }: Judge): number {
  const probe = `${path}.${nonce}`;
  try {
    writeFileSync(probe, '');
    const written = statSync(path).mtimeMs;
    if (watch.written !== written) Object.assign(watch, { written, since: monotonic() });
    return Math.max(statSync(probe).mtimeMs - written, monotonic() - watch.since);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw ioFault('cannot create', probe, error);
  } finally {
    removeIfAny(probe);
  }
}

/** Moves the dead holder's file away. Should a new holder have come in between, its file is put back. */
function breakLock(path: string, nonce: string, dead: string): void {
  if (textOf(path) !== dead) return;
  const aside = `${path}.${nonce}.broken`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw ioFault('cannot remove', path, error);
  }
  if (textOf(aside) !== dead) {
    try {
      linkSync(aside, path);
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
    }
  }
  removeIfAny(aside);
}

function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    return parseIdentity(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A hook of the holder's would wait for it for ever. */
function waitsForThis(holder: ProcessIdentity, self: ProcessIdentity): boolean {
  return isAlive(holder, self) === true && descendsFrom(holder.pid);
}

function ownChild({ pid }: ProcessIdentity, work: string, path: string): TspmError {
  return new TspmError('TSPM_BUSY', `process ${pid}, which started this command, is ${work}`, {
    hint: 'in a hook change packages only from post_install on',
    context: { path },
  });
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted === true) throw new TspmError('TSPM_INTERRUPTED', 'interrupted', { cause: error });
    throw error;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw ioFault('cannot read', path, error);
  }
}

function removeIfAny(path: string): void {
  try {
    repeatable(() => unlinkSync(path));
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
}
