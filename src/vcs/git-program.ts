/** Runs git to its end, in a process group of its own and without a terminal. */
import { spawn, type ChildProcess } from 'node:child_process';
import { TspmError } from '../errors.ts';
import { codeOf } from '../util/io-fault.ts';
import { endGroup, stopGroup } from '../util/process-group.ts';
import type { Environment } from '../util/search-path.ts';
import { gitEnvironment, gitOptions } from './git-environment.ts';
import { gitFault } from './git-fault.ts';
import type { Repository } from './repository.ts';

/** What git is run with. */
export interface GitSettings {
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** One call of git. */
export interface GitCall extends GitSettings {
  /** The repository the call is about, whose credentials it may use. */
  readonly repository: Repository;
  readonly args: readonly string[];
}

/** How a call ended. */
export interface GitEnd {
  readonly ok: boolean;
  readonly stdout: string;
  /** The last kilobytes. */
  readonly stderr: string;
}

const LARGEST_OUTPUT = 64 * 1024 * 1024;
const MESSAGE_BYTES = 8 * 1024;

/** Runs git; its failure is an answer. Throws TSPM_INTERRUPTED when the signal came, TSPM_VCS where there is no git. */
export async function tryGit({ env, signal, repository, args }: GitCall): Promise<GitEnd> {
  signal.throwIfAborted();
  const child = spawn('git', [...gitOptions(repository), ...args], {
    env: { ...gitEnvironment(env, repository) },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): void => void stopGroup(child);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const end = await ended(child);
    if (signal.aborted) throw new TspmError('TSPM_INTERRUPTED', `interrupted while git read ${repository.url}`);
    return end;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Runs git and gives what it printed. Throws as {@link tryGit} and {@link gitFault}. */
export async function git(call: GitCall): Promise<string> {
  const { ok, stdout, stderr } = await tryGit(call);
  if (ok) return stdout;
  throw gitFault(call.repository, stderr);
}

async function ended(child: ChildProcess): Promise<GitEnd> {
  const pieces: Buffer[] = [];
  let size = 0;
  let message = Buffer.alloc(0);
  child.stdout?.on('data', (piece: Buffer) => {
    size += piece.length;
    if (size <= LARGEST_OUTPUT) pieces.push(piece);
    else endGroup(child, 'SIGKILL');
  });
  child.stderr?.on('data', (piece: Buffer) => {
    message = Buffer.concat([message, piece]).subarray(-MESSAGE_BYTES);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => reject(noGit(error)));
    child.on('close', resolve);
  });
  return { ok: code === 0, stdout: Buffer.concat(pieces).toString('utf8'), stderr: message.toString('utf8') };
}

function noGit(error: Error): unknown {
  if (codeOf(error) !== 'ENOENT') return error;
  return new TspmError('TSPM_VCS', 'git is not installed, or not on PATH', {
    hint: 'install git, or depend on an archive or a wheel of the package',
    cause: error,
  });
}
