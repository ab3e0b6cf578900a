/** The shell front under test, and a `node` that only says that it was asked. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  cliPath,
  nodeUnderTest,
  runCommand,
  type Project,
  type RunOptions,
  type RunResult,
  type Sandbox,
} from './tspm.ts';

/** The front of the build under test. */
export const frontPath = join(dirname(cliPath), 'tspm.sh');
/** What a start through {@link Front.run} ends with when it would have needed Node. */
export const ASKED_NODE = 99;

/** Shells of this machine that may be `/bin/sh` somewhere, as the words that start them. */
export const SHELLS: readonly (readonly string[])[] = [
  ['dash'],
  ['bash', '--posix'],
  ['busybox', 'sh'],
  ['zsh', '--emulate', 'sh'],
].filter(([program = '']) => isThere(program));

/** Starts the front with Node out of reach, or with Node doing all the work. */
export class Front {
  readonly #spies: string;
  readonly #nodes: string;
  readonly #path: string;

  constructor(sandbox: Sandbox) {
    this.#spies = join(sandbox.root, 'spies');
    this.#path = sandbox.env['PATH'] ?? '/usr/bin:/bin';
    this.#nodes = join(sandbox.root, 'nodes');
    for (const folder of [this.#spies, this.#nodes]) mkdirSync(folder);
    symlinkSync(nodeUnderTest, join(this.#nodes, 'node'));
    writeFileSync(join(this.#spies, 'node'), `#!/bin/sh\nexit ${ASKED_NODE}\n`);
    chmodSync(join(this.#spies, 'node'), 0o755);
  }

  /** PATH where `node` is the spy. */
  get pathWithoutNode(): string {
    return `${this.#spies}:${this.#path}`;
  }

  /** PATH with the real Node. */
  get pathWithNode(): string {
    return `${this.#nodes}:${this.#path}`;
  }

  /** The front where `node` is the spy. */
  run(project: Project, args: readonly string[], options: FrontOptions = {}): Promise<RunResult> {
    return this.#start(project, args, options, this.pathWithoutNode);
  }

  /** The same command line with the front leaving everything to the real Node; PATH has as many folders. */
  withNode(project: Project, args: readonly string[], options: FrontOptions = {}): Promise<RunResult> {
    const env = { ...options.env, TSPM_NO_FRONT: '1' };
    return this.#start(project, args, { ...options, env }, this.pathWithNode);
  }

  /** As a user starts it: alone where it can, else with Node. */
  start(project: Project, args: readonly string[], options: FrontOptions = {}): Promise<RunResult> {
    return this.#start(project, args, options, this.pathWithNode);
  }

  #start(project: Project, args: readonly string[], options: FrontOptions, path: string): Promise<RunResult> {
    const [command = frontPath, ...rest] = [...(options.shell ?? []), options.front ?? frontPath, ...args];
    return runCommand(command, rest, {
      cwd: options.cwd ?? project.folder,
      env: { ...project.env, PATH: path, ...options.env },
      ...(options.input === undefined ? {} : { input: options.input }),
    });
  }
}

export interface FrontOptions extends RunOptions {
  /** The shell instead of `/bin/sh`. */
  readonly shell?: readonly string[];
  /** The path by which the front is called. */
  readonly front?: string;
}

function isThere(program: string): boolean {
  try {
    execFileSync('/bin/sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
