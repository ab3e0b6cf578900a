import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { TspmError } from '../errors.ts';
import type { Environment } from '../util/search-path.ts';
import { isTerminal } from '../util/terminal.ts';
import { isPython } from './resolve.ts';

/** A program to start with the standard streams of tspm. */
export interface Process {
  /** Absolute path. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  /** Nothing is left to do after the program, so it may take the place of tspm. */
  readonly last: boolean;
}

/**
 * Runs a program and returns its exit status; one killed by signal N counts as 128 + N. Where Node has `execve`, a Python that is
 * the last thing to run replaces tspm: signals and status are then its own, and no Node process stays behind. Throws
 * TSPM_COMMAND_NOT_FOUND when it cannot be started.
 */
export async function execute(program: Process): Promise<number> {
  if (program.last) replaceThisProcess(program);
  return await spawnAndWait(program);
}

type Execve = (file: string, args: readonly string[], env: Readonly<Record<string, string>>) => never;

/**
 * Becomes the program, or returns where that is not possible. Node ignores SIGPIPE and `execve` keeps that, which a Python wants
 * anyhow but other programs do not expect: they are spawned. A failing `execve` ends in a core dump, hence the checks before.
 */
function replaceThisProcess({ file, args, cwd, env }: Process): void {
  // Node 20's types do not know the function, and Node 20 does not have it.
  const { execve } = process as NodeJS.Process & { readonly execve?: Execve };
  if (execve === undefined || process.platform === 'win32' || !isPython(file) || !isNativeProgram(file)) return;
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  process.chdir(cwd);
  execve.call(process, file, [file, ...args], definedOnly(env));
}

const FORWARDED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'];
/** A terminal sends these to tspm and to the program alike. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

async function spawnAndWait(program: Process): Promise<number> {
  const { spawn } = await import('node:child_process');
  const onTerminal = [0, 1, 2].some(isTerminal);
  return await new Promise((resolve, reject) => {
    const { file, args, cwd, env } = program;
    const pending: NodeJS.Signals[] = [];
    let forward = (signal: NodeJS.Signals): void => void pending.push(signal);
    const release = listen((signal) => {
      if (!(onTerminal && FROM_TERMINAL.includes(signal))) forward(signal);
    });
    const child = spawn(file, [...args], { cwd, env: { ...env }, stdio: 'inherit' });
    forward = (signal) => void child.kill(signal);
    for (const signal of pending) forward(signal);
    child.on('error', (error) => {
      release();
      reject(cannotStart(program, error));
    });
    child.on('exit', (code, signal) => {
      release();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** Handles the signals that ask tspm to end, so that the program can end first; returns what undoes that. */
function listen(handle: (signal: NodeJS.Signals) => void): () => void {
  const signals = process.platform === 'win32' ? (['SIGINT', 'SIGTERM'] as const) : [...FORWARDED, ...FROM_TERMINAL];
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}

const ELF = '\x7fELF';
const MACH_O = new Set(['cffaedfe', 'cafebabe', 'feedfacf']);

function isNativeProgram(file: string): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const start = Buffer.alloc(4);
    readSync(descriptor, start, 0, 4, 0);
    return start.toString('latin1') === ELF || MACH_O.has(start.toString('hex'));
  } catch {
    return false;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function definedOnly(env: Environment): Readonly<Record<string, string>> {
  const defined = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(defined);
}

function cannotStart({ file, cwd }: Process, error: Error): TspmError {
  const reason = existsSync(cwd) ? error.message : `the folder ${cwd} does not exist`;
  return new TspmError('TSPM_COMMAND_NOT_FOUND', `${file} cannot be started: ${reason}`, {
    cause: error,
    context: { file, cwd },
  });
}
