import { randomBytes } from 'node:crypto';
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { TspmError } from '../errors.ts';
import type { Reporter } from '../ports.ts';
import type { ControlPaths } from './environment.ts';
import { errnoOf, ioError, readTextIfAny } from './files.ts';
import { descendsFrom, isAlive, parseIdentity, thisProcess, type ProcessIdentity } from '../util/machine.ts';

/** Who may hold up whom: shown while waiting, and where a cancelled wait ends. */
export interface LockRequest {
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
}

/** The right to change one packages folder. Kept alive by writing to the lock file; no kernel lock, so it works on any file system. */
export class ProjectLock {
  readonly #path: string;
  readonly #content: string;
  readonly #descriptor: number;
  readonly #timer: NodeJS.Timeout;
  #beaten = performance.now();

  constructor(path: string, content: string) {
    this.#path = path;
    this.#content = content;
    this.#descriptor = openSync(path, 'r+');
    this.#timer = setInterval(() => this.beat(), HEARTBEAT_MS).unref();
  }

  /** Tells other hosts that the holder lives: a write takes the file system's own time, also on a network disk. */
  beat(): void {
    const now = performance.now();
    if (now - this.#beaten < SHORTEST_BEAT_MS) return;
    this.#beaten = now;
    try {
      writeSync(this.#descriptor, this.#content, 0);
    } catch {
      // A missed beat is no fault of the work in hand; `assertHeld` notices a lost lock.
    }
  }

  /** Throws TSPM_BUSY when another process has taken the lock over; called just before the point of no return. */
  assertHeld(): void {
    if (readTextIfAny(this.#path) === this.#content) return;
    throw new TspmError('TSPM_BUSY', `another process took over ${this.#path}, so no package was changed`, {
      hint: 'run the command again',
      context: { path: this.#path },
    });
  }

  release(): void {
    clearInterval(this.#timer);
    closeSync(this.#descriptor);
    if (readTextIfAny(this.#path) === this.#content) removeIfAny(this.#path);
  }
}

/**
 * Takes the lock of one packages folder: waits for a living holder, naming it once, and takes over from a dead one (its process
 * is gone; or, on another machine or in another container, it has not written for 60 s of the file system's time).
 * Throws TSPM_IO when the folder cannot be written to, TSPM_INTERRUPTED when the signal ends the wait, TSPM_BUSY when the holder waits for
 * this process: it is a hook of the holder's.
 */
export async function acquireLock(control: ControlPaths, request: LockRequest): Promise<ProjectLock> {
  makeControlFolder(control);
  const self = thisProcess();
  const nonce = randomBytes(12).toString('hex');
  const content = `${JSON.stringify({ ...self, nonce })}\n`;
  let announced = false;
  for (let wait = 25; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    const held = readTextIfAny(control.lock);
    if (held === undefined) {
      if (take(control.lock, nonce, content)) return new ProjectLock(control.lock, content);
      continue;
    }
    const holder = parseHolder(held);
    if (isDead({ lock: control.lock, nonce, self }, holder)) {
      breakLock(control.lock, nonce, held);
      continue;
    }
    if (holder !== undefined && waitsForThis(holder, self)) throw ownChild(holder, control);
    if (!announced) request.reporter.emit({ kind: 'note', level: 'info', message: waitingFor(holder, control) });
    announced = true;
    await pause(wait, request.signal);
  }
}

const HEARTBEAT_MS = 10_000;
const SHORTEST_BEAT_MS = 1000;
const SILENCE_MS = 60_000;
const LONGEST_WAIT_MS = 500;

function makeControlFolder(control: ControlPaths): void {
  try {
    mkdirSync(control.directory, { recursive: true });
  } catch (error) {
    throw ioError('cannot create', control.directory, error);
  }
}

/** One `link` publishes the complete lock file, so nobody ever reads half of it. */
function take(lock: string, nonce: string, content: string): boolean {
  const candidate = `${lock}.${nonce}`;
  try {
    writeFileSync(candidate, content);
    linkSync(candidate, lock);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST' || errno === 'ENOENT') return false;
    if (NO_HARD_LINKS.has(errno) && statSync(candidate, { throwIfNoEntry: false }) !== undefined) {
      return takeWithoutLink(lock, content);
    }
    throw ioError('cannot create', lock, error);
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

function takeWithoutLink(lock: string, content: string): boolean {
  try {
    writeFileSync(lock, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw ioError('cannot create', lock, error);
  }
}

interface Judge {
  readonly lock: string;
  readonly nonce: string;
  readonly self: ProcessIdentity;
}

function isDead(judge: Judge, holder: ProcessIdentity | undefined): boolean {
  const alive = holder === undefined ? undefined : isAlive(holder, judge.self);
  return alive === undefined ? silence(judge) > SILENCE_MS : !alive;
}

/** Milliseconds since the holder last wrote, by the clock of the file system: a fresh file tells its present time. */
function silence(judge: Judge): number {
  const probe = `${judge.lock}.${judge.nonce}`;
  try {
    writeFileSync(probe, '');
    return statSync(probe).mtimeMs - statSync(judge.lock).mtimeMs;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 0;
    throw ioError('cannot create', probe, error);
  } finally {
    removeIfAny(probe);
  }
}

/** Moves the dead holder's file away. Should a new holder have come in between, its file is put back. */
function breakLock(lock: string, nonce: string, dead: string): void {
  const aside = `${lock}.${nonce}.broken`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw ioError('cannot remove', lock, error);
  }
  if (readTextIfAny(aside) !== dead) {
    try {
      linkSync(aside, lock);
    } catch (error) {
      if (errnoOf(error) === '') throw error;
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

function waitingFor(holder: ProcessIdentity | undefined, control: ControlPaths): string {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return `Waiting for ${who}, which is changing the packages of this project (${control.lock})`;
}

/** A hook of the holder's would wait for it for ever. */
function waitsForThis(holder: ProcessIdentity, self: ProcessIdentity): boolean {
  return isAlive(holder, self) === true && descendsFrom(holder.pid);
}

function ownChild({ pid }: ProcessIdentity, control: ControlPaths): TspmError {
  return new TspmError(
    'TSPM_BUSY',
    `process ${pid}, which started this command, is changing the packages of this project`,
    {
      hint: 'in a hook change packages only from post_install on',
      context: { path: control.lock },
    },
  );
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted === true) throw new TspmError('TSPM_INTERRUPTED', 'interrupted', { cause: error });
    throw error;
  }
}

function removeIfAny(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) === '') throw error;
  }
}
