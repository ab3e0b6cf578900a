/** Makes single system calls of the built command line fail, with strace. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { runCommand, type RunResult, type Start } from './tspm.ts';

/** Whether system calls can be made to fail here. */
export const canInject = process.platform === 'linux' && spawnSync('strace', ['-V']).status === 0;

/** One call of a run: the `when`th of its name in its thread, as strace counts them. */
export interface CallPoint {
  readonly call: string;
  readonly when: number;
  /** The call as strace prints it, for messages. */
  readonly line: string;
}

/** Calls that make, change or remove files. */
const CHANGES = [
  'openat',
  'write',
  'writev',
  'pwrite64',
  'mkdir',
  'rename',
  'renameat2',
  'link',
  'symlink',
  'unlink',
  'rmdir',
  'fsync',
  'fdatasync',
  'ftruncate',
  'chmod',
  'fchmod',
  'utimensat',
  'copy_file_range',
] as const;

/** Every call of an undisturbed run that changes something below `root`, in order. The run must succeed. */
export async function changingCalls(start: Start, root: string): Promise<CallPoint[]> {
  const log = `${root}.calls`;
  const options = ['-y', '-o', log, '-e', `trace=${CHANGES.join(',')}`];
  const { status, stderr } = await traced(start, options);
  if (status !== 0) throw new Error(`the undisturbed run of ${start.command.join(' ')} failed: ${stderr}`);
  const lines = linesOf(log);
  const counts = new Map<string, number>();
  return lines.flatMap((text) => {
    const [, thread, call, rest] = /^(\d+) +(\w+)\((.*)$/u.exec(text) ?? [];
    if (thread === undefined || call === undefined || rest === undefined) return [];
    const key = `${thread} ${call}`;
    const when = (counts.get(key) ?? 0) + 1;
    counts.set(key, when);
    const changes = isBelow(rest, root) && (call !== 'openat' || rest.includes('O_CREAT'));
    return changes ? [{ call, when, line: `${call}(${rest}`.slice(0, 300) }] : [];
  });
}

/** A fault: `what` as strace has it, such as `error=ENOSPC`. */
export interface CallFault {
  readonly at: CallPoint;
  readonly what: string;
}

/** How a run with a fault ended, and which calls were hit: counts differ a little from run to run, and threads and child processes count on their own. */
export interface FaultyRun extends RunResult {
  readonly hits: readonly string[];
  /** How many threads had made that call below the root. */
  readonly threads: number;
}

/** Whether a call names something below `root`: only the program of a recipe names files relative to its folder, which lies there. */
export function isBelow(line: string, root: string): boolean {
  if (line.includes('</dev/null>')) return false;
  return line.includes(root) || /^(?:\d+ +)?(?:\w+\()?(?:AT_FDCWD, )?"[^/"]/u.test(line);
}

/** Runs tspm with one fault; `root` is what {@link changingCalls} was given. */
export async function runWithFault(
  start: Start,
  { fault, root }: { readonly fault: CallFault; readonly root: string },
): Promise<FaultyRun> {
  const { call, when } = fault.at;
  const log = `${root}.calls`;
  const inject = `inject=${call}:${fault.what}:when=${when}`;
  const result = await traced(start, ['-y', '-o', log, '-e', `trace=${call}`, '-e', inject]);
  const lines = linesOf(log);
  const threads = new Set(lines.filter((line) => isBelow(line, root)).map((line) => line.split(' ', 1)[0])).size;
  // The call at which its process is killed has no result.
  return { ...result, hits: lines.filter((line) => /\(INJECTED\)|= \?$/u.test(line)), threads };
}

/** A log without the current folder, which strace adds to relative paths. */
function linesOf(log: string): string[] {
  const text = readFileSync(log, 'utf8').replaceAll(/AT_FDCWD<[^>]*>/gu, 'AT_FDCWD');
  rmSync(log);
  return text.split('\n');
}

function traced({ command, cwd, env }: Start, options: readonly string[]): Promise<RunResult> {
  // Calls are counted by thread: with one worker thread the counts are the same in every run.
  return runCommand('strace', ['-f', '-qq', ...options, ...command], { cwd, env: { ...env, UV_THREADPOOL_SIZE: '1' } });
}
