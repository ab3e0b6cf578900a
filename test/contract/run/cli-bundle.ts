import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { afterAll } from 'vitest';
import { findInterpreters } from '../../../src/python/search.ts';
import type { Interpreter } from '../../../src/python/interpreter.ts';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** The Node that runs the command line: this one, or the one TSPM_TEST_NODE names. */
export const node = process.env['TSPM_TEST_NODE'] ?? process.execPath;

/** A temporary folder, removed after the tests of the file. */
export function workFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tspm-run-')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Bundles the command line into `folder` as a release does; gives its script and what went into each chunk. */
export async function bundleCli(folder: string): Promise<{ readonly script: string; readonly metafile: Metafile }> {
  const { metafile } = await build({
    absWorkingDir: repository,
    entryPoints: { tspm: 'src/cli/entry.ts' },
    outdir: folder,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    metafile: true,
    logLevel: 'error',
    define: { __TSPM_VERSION__: '"1.2.3"' },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); const __filename = import.meta.filename;",
    },
  });
  cpSync(join(repository, 'src/run/pep582'), join(folder, 'pep582'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  return { script: join(folder, 'tspm.js'), metafile };
}

/** The Pythons of this machine that the start-up hook is for, one of each version, newest first. */
export async function machinePythons(folder: string): Promise<readonly Interpreter[]> {
  const env = { ...process.env, PYTHONPATH: undefined };
  const all = await findInterpreters(undefined, { env, cacheDir: join(folder, 'cache'), cwd: folder, usePyenv: false });
  const byIdent = new Map<string, Interpreter>();
  for (const one of all)
    if (one.version[0] === 3 && one.version[1] >= 6) byIdent.set(one.ident, byIdent.get(one.ident) ?? one);
  return [...byIdent.values()].sort((a, b) => b.version[1] - a.version[1]);
}

/** The environment of this process without what would tell Python or tspm anything, and with its own home. */
export function cleanEnvironment(folder: string, extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter((entry): entry is [string, string] => {
    return entry[1] !== undefined && !/^(?:PDM_|PYTHON|PEP582|NO_SITE|XDG_|VIRTUAL_ENV|PIP_)/.test(entry[0]);
  });
  return { ...Object.fromEntries(kept), HOME: join(folder, 'home'), XDG_CONFIG_DIRS: join(folder, 'none'), ...extra };
}

/** Writes files given by path. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** How a program ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Start {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Called with each piece of standard output. */
  readonly onOutput?: (child: ChildProcess, text: string) => void;
}

/** Runs a program to its end, without a terminal and without input. */
export function runToEnd(file: string, args: readonly string[], { cwd, env, onOutput }: Start): Promise<Ended> {
  return new Promise((done, failed) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const text = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text.stdout += piece;
      onOutput?.(child, piece);
    });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => void (text.stderr += piece));
    child.on('error', failed);
    child.on('close', (status, signal) => done({ status, signal, ...text }));
  });
}

/** Whether that Node can become another program. */
export const nodeHasExecve =
  execFileSync(node, ['-p', 'typeof process.execve'], { encoding: 'utf8' }).trim() === 'function';
