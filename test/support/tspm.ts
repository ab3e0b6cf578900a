/** Runs the built command line in throw-away projects, as a user would: a new process, its own HOME and cache. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { testPython } from './python.ts';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The Node that runs the command line under test: this one, or the one TSPM_TEST_NODE names. */
export const nodeUnderTest = process.env['TSPM_TEST_NODE'] ?? process.execPath;
/** The built command line: `dist`, or the build folder that TSPM_TEST_DIST names. */
export const cliPath = resolve(repository, process.env['TSPM_TEST_DIST'] ?? 'dist', 'tspm.js');

/** A program with its words, and where it starts. */
export interface Start {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** How a run ended; `output` is stdout and stderr together as text. */
export interface RunResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A temporary folder tree: `home` (config, cache) shared by the projects made in it. Removed after the test file. */
export class Sandbox {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;

  constructor(extraEnv: Readonly<Record<string, string | undefined>> = {}) {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'tspm-e2e-')));
    mkdirSync(join(this.root, 'home'));
    const kept = Object.entries(process.env).filter(
      ([name]) => !/^(PDM_|PIP_|PYTHON|PEP582|NO_SITE|XDG_|NO_COLOR|FORCE_COLOR|CI$|npm_)/.test(name),
    );
    this.env = {
      ...Object.fromEntries(kept),
      HOME: join(this.root, 'home'),
      XDG_CACHE_HOME: join(this.root, 'home/cache'),
      XDG_CONFIG_HOME: join(this.root, 'home/config'),
      XDG_CONFIG_DIRS: join(this.root, 'home/site-config'),
      NO_COLOR: '1',
      PDM_PYTHON: testPython(),
      ...extraEnv,
    };
    afterAll(() => rmSync(this.root, { recursive: true, force: true }));
  }

  get cacheDirectory(): string {
    return join(this.root, 'home/cache/tspm');
  }

  /** A project folder with this pyproject.toml (none when `pyproject` is undefined). */
  project(name: string, pyproject?: string): Project {
    const folder = join(this.root, name);
    mkdirSync(folder, { recursive: true });
    if (pyproject !== undefined) writeFileSync(join(folder, 'pyproject.toml'), pyproject);
    return new Project(folder, this.env);
  }
}

/** One project folder and the command line run in it. */
export class Project {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.env = env;
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  read(...parts: string[]): string {
    return readFileSync(this.path(...parts), 'utf8');
  }

  exists(...parts: string[]): boolean {
    return existsSync(this.path(...parts));
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** Runs tspm; never throws for a non-zero status. */
  tspm(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return runCommand(nodeUnderTest, [cliPath, ...args], {
      ...options,
      cwd: options.cwd ?? this.folder,
      env: { ...this.env, ...options.env },
    });
  }

  /** Runs tspm and throws with its output unless it ends with status 0. */
  async ok(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const result = await this.tspm(args, options);
    if (result.status !== 0) {
      throw new Error(
        `tspm ${args.join(' ')} ended with ${result.status ?? result.signal}\n${result.stdout}\n${result.stderr}`,
      );
    }
    return result;
  }
}

export interface RunOptions {
  readonly cwd?: string;
  /** Variables to add; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
}

/** Runs any command to its end and collects what it printed. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly input?: string },
): Promise<RunResult> {
  return new Promise((resolveRun, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: ['pipe', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => stdout.push(piece));
    child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
    child.on('error', reject);
    child.on('close', (status, signal) => {
      resolveRun({
        status,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}
