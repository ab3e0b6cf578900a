/** Runs one hook as a process group of its own, with its output in a log file. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { TspmError } from '../errors.ts';
import { ioFault } from '../util/io-fault.ts';
import { endGroup, stopGroup } from '../util/process-group.ts';
import type { Environment } from '../util/search-path.ts';
import { LogTail } from './log-tail.ts';

/** A program of a build. */
export interface HookProcess {
  readonly executable: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  /** Log file; the output goes behind what is there. */
  readonly log: string;
  /** Ends the process and everything it started. */
  readonly signal: AbortSignal;
}

/** How a program ended. */
export interface HookEnd {
  /** `exit status 1`, `stopped by SIGKILL`; undefined for success. */
  readonly failure: string | undefined;
  /** The last lines of its output, fit for a terminal. */
  readonly tail: readonly string[];
}

/** More output than this is left out of the log. */
const LARGEST_LOG = 10 * 1024 * 1024;
/** How long output may arrive after the end. */
const OUTPUT_MILLISECONDS = 2_000;

/**
 * Runs the program to its end. Whatever it left running in its process group is ended then. Throws TSPM_INTERRUPTED when the signal
 * came, TSPM_PYTHON_BROKEN when it cannot be started, TSPM_IO when the log cannot be written.
 */
export async function runHookProcess(hook: HookProcess): Promise<HookEnd> {
  const { signal } = hook;
  signal.throwIfAborted();
  const log = openLog(hook.log);
  const tail = new LogTail();
  let size = 0;
  const child = start(hook, (piece) => {
    tail.add(piece);
    if (size < LARGEST_LOG) writeSync(log, piece.subarray(0, LARGEST_LOG - size));
    size += piece.length;
  });
  const stop = (): void => void stopGroup(child);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const failure = await ended(hook, child);
    if (size > LARGEST_LOG) writeSync(log, `\n(${size - LARGEST_LOG} more bytes)\n`);
    if (signal.aborted) throw new TspmError('TSPM_INTERRUPTED', 'interrupted during a build');
    return { failure, tail: tail.lines() };
  } finally {
    signal.removeEventListener('abort', stop);
    closeSync(log);
  }
}

function openLog(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw ioFault('cannot write', path, error);
  }
}

/** Descriptor 3 stays open as long as this process lives; see the hook program. */
function start({ executable, args, cwd, env }: HookProcess, take: (piece: Buffer) => void): ChildProcess {
  const child = spawn(executable, [...args], {
    cwd,
    env: { ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  return child;
}

/** A process outside of the group may hold the output open: it is not waited for. */
async function ended({ executable }: HookProcess, child: ChildProcess): Promise<string | undefined> {
  const closed = new Promise<void>((resolve) => void child.on('close', () => resolve()));
  const failure = await new Promise<string | undefined>((resolve, reject) => {
    child.on('error', (error) => {
      reject(
        new TspmError('TSPM_PYTHON_BROKEN', `${executable} cannot be started: ${error.message}`, { cause: error }),
      );
    });
    child.on('exit', (code, signal) => {
      resolve(signal === null ? (code === 0 ? undefined : `exit status ${code}`) : `stopped by ${signal}`);
    });
  });
  endGroup(child, 'SIGKILL');
  await Promise.race([closed, wait(OUTPUT_MILLISECONDS, undefined, { ref: false })]);
  for (const stream of child.stdio) stream?.destroy();
  return failure;
}
