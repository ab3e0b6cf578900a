/** SIGINT and SIGTERM in every phase: the end comes at once, nothing is left behind, and children end too. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { thisProcess } from '../../src/util/machine.ts';
import { publish, pythonIdent } from '../support/catalogue.ts';
import type { HardRegistry } from '../support/hard-cases.ts';
import { selfBuildingSdist } from '../support/in-tree-backend.ts';
import { Front, frontPath } from '../support/front.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { publishListed } from '../support/listed.ts';
import { testPython } from '../support/python.ts';
import { cliPath, nodeUnderTest, type Project, Sandbox } from '../support/tspm.ts';
import { dropPackages, onlySource, packagesOf, projectText } from '../support/workspace.ts';

/** Milliseconds from the signal to the end; a second is promised, the rest is for a machine that has much else to do. */
const LIMIT = 3_000;
const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer();
  const many = Object.fromEntries(
    Array.from({ length: 4000 }, (_, at) => [`many/d${at % 40}/m${at}.py`, `n = ${at}\n`]),
  );
  const huge = Buffer.alloc(96 * 1024 * 1024, 'not empty');
  publish(server, [
    { name: 'many', version: '1.0', files: many },
    {
      name: 'huge',
      version: '1.0',
      files: { 'huge/blob.bin': huge },
      members: (all) => all.map((member) => ({ ...member, method: 0 })),
    },
    { name: 'small', version: '1.0' },
  ]);
  publishListed(server, pigeonholes());
  server.add('stubborn', selfBuildingSdist({ name: 'stubborn', version: '1.0', during: STUBBORN }));
});

afterAll(() => server.close());

/** A backend that does not care for SIGTERM, with a child that does not either. */
const STUBBORN = `
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open(os.environ["TSPM_TEST_MARK"] + ".new", "w") as mark:
    mark.write("%d %d" % (os.getpid(), child.pid))
os.rename(os.environ["TSPM_TEST_MARK"] + ".new", os.environ["TSPM_TEST_MARK"])
time.sleep(600)`;

/** More pigeons than holes: no solver finds the contradiction quickly. */
const PIGEONS = Array.from({ length: 9 }, (_, at) => `pigeon${at + 1}`);

function pigeonholes(): HardRegistry {
  const holes = Array.from({ length: PIGEONS.length - 1 }, (_, at) => `hole${at + 1}`);
  const live = (pigeon: number) => (hole: string, at: number) => [`${at + 1}.0`, [`${hole}==${pigeon + 1}.0`]] as const;
  return {
    ...Object.fromEntries(PIGEONS.map((name, pigeon) => [name, Object.fromEntries(holes.map(live(pigeon)))])),
    ...Object.fromEntries(holes.map((name) => [name, Object.fromEntries(PIGEONS.map((_, at) => [`${at + 1}.0`, []]))])),
  };
}

test.each(
  SIGNALS.flatMap(([signal, status]) => (['many', 'huge'] as const).map((name) => [signal, name, status] as const)),
)('%s while %s is unpacked into the cache: the entry is given up', async (signal, name, status) => {
  const project = await locked(name, true);
  const child = start(project, ['sync']);
  await until(() => below(cacheOf(project, 'staging-v1')).some((path) => path.includes(`/tree/${name}`)), child);
  expect(await stopped(child, signal)).toEqual({ status, inTime: true });
  expect(below(cacheOf(project, 'store-v1')).filter((path) => path.endsWith('/tree'))).toEqual([]);
  expect(readdirSync(cacheOf(project, 'staging-v1'))).toEqual(['CACHEDIR.TAG']);
  expect(filesIn(project)).toEqual([]);
});

test('SIGINT while a wheel is unpacked into the project', async () => {
  const project = await locked('many', false);
  const child = start(project, ['sync']);
  await until(() => below(project.path('__pypackages__')).some((path) => path.includes('.raw/many')), child);
  expect(await stopped(child, 'SIGINT')).toEqual({ status: 130, inTime: true });
  expect(filesIn(project)).toEqual([]);
});

test('SIGTERM while files are copied out of the cache', async () => {
  const project = await locked('many', true);
  await project.ok(['sync']);
  dropPackages(project);
  project.write('pdm.toml', '[install]\ncache = true\ncache_method = "copy"\n');
  const child = start(project, ['sync']);
  await until(() => below(project.path('__pypackages__')).some((path) => path.includes('.new/lib/many')), child);
  expect(await stopped(child, 'SIGTERM')).toEqual({ status: 143, inTime: true });
  expect(filesIn(project)).toEqual([]);
});

test('SIGINT, SIGTERM and SIGHUP while packages come by a recipe, without Node', async () => {
  const sandbox = new Sandbox();
  const project = projectIn(sandbox, true, ['many']);
  project.write('pdm.toml', '[install]\ncache = true\ncache_method = "hardlink"\n');
  await project.ok(['lock']);
  await project.ok(['sync']);
  const env = { PATH: new Front(sandbox).pathWithoutNode };
  for (const [signal, status] of [...SIGNALS, ['SIGHUP', 129]] as const) {
    dropPackages(project);
    const child = spawnIn(project, [frontPath, 'sync'], env);
    await until(() => below(project.path('__pypackages__')).some((path) => path.includes('.new/lib/many/')), child);
    expect(await stopped(child, signal)).toEqual({ status, inTime: true });
    expect(filesIn(project)).toEqual([]);
    expect(project.exists('__pypackages__', pythonIdent())).toBe(false);
  }
});

test.each(SIGNALS)('%s while another process changes the packages', async (signal, status) => {
  const project = await locked('small', true);
  const lock = project.path('__pypackages__', pythonIdent(), '.tspm/lock');
  mkdirSync(dirname(lock), { recursive: true });
  // Not the process that starts tspm: nobody waits for what waits for him.
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
  onTestFinished(() => void holder.kill());
  writeFileSync(lock, JSON.stringify({ ...thisProcess(), pid: holder.pid, started: '', nonce: '' }));
  const child = start(project, ['sync']);
  await said(child, 'Waiting for process');
  expect(await stopped(child, signal)).toEqual({ status, inTime: true });
  expect(filesIn(project).filter((path) => !path.endsWith('.tspm/lock'))).toEqual([]);
  expect(readdirSync(dirname(lock))).toEqual(['lock']);
});

test.each(SIGNALS)('%s while a backend builds that does not want to end', async (signal, status) => {
  const project = projectOf('stubborn', true);
  const mark = project.path('mark');
  const child = start(project, ['lock'], { TSPM_TEST_MARK: mark });
  await until(() => existsSync(mark), child);
  expect(await stopped(child, signal)).toEqual({ status, inTime: true });
  const left = readFileSync(mark, 'utf8').split(' ').map(Number).filter(isRunning);
  expect(left).toEqual([]);
  expect(filesIn(project)).toEqual([]);
  expect(readdirSync(cacheOf(project, 'staging-v1'))).toEqual(['CACHEDIR.TAG']);
});

test.each(SIGNALS)('%s in the middle of a search that would take very long', async (signal, status) => {
  const project = projectOf('', true, PIGEONS);
  const child = start(project, ['lock']);
  const known = (): number => server.paths().filter((path) => path.endsWith('.metadata')).length;
  server.forget();
  await until(() => known() >= 100, child);
  expect(await stopped(child, signal)).toEqual({ status, inTime: true });
  expect(project.exists('pdm.lock')).toBe(false);
});

test.each([...SIGNALS, ['SIGHUP', 129]] as const)(
  '%s goes to the program that runs, and its end is the end',
  async (signal, status) => {
    const project = await locked('small', true);
    const prints = 'import sys; print("ready"); sys.stdout.flush(); ';
    const plain = start(project, ['run', 'python', '-c', `${prints}import time; time.sleep(600)`]);
    await said(plain, 'ready');
    const end = await stopped(plain, signal);
    expect([status, signal]).toContain(end.status);
    const handled = `import signal, time; signal.signal(signal.${signal}, lambda *_: sys.exit(7)); print("ready"); sys.stdout.flush(); time.sleep(600)`;
    const own = start(project, ['run', 'python', '-c', `import sys; ${handled}`]);
    await said(own, 'ready');
    expect(await stopped(own, signal)).toEqual({ status: 7, inTime: true });
  },
);

test('on a terminal the cursor is there when SIGINT has ended a download', async () => {
  const project = await locked('small', true);
  const child = spawn(testPython(), ['-c', TERMINAL, nodeUnderTest, cliPath, 'sync'], {
    cwd: project.folder,
    env: project.env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
  const reached = new Promise<void>((resolve) => {
    server.fault('/files/small-1.0-py3-none-any.whl', { before: () => (resolve(), ended) });
  });
  await reached;
  child.stdin.write('\x03');
  const [status] = (await ended) as [number | null];
  expect([status, shown]).toEqual([130, expect.stringContaining('interrupted')]);
  expect(shown.lastIndexOf('\x1b[?25h')).toBeGreaterThanOrEqual(shown.lastIndexOf('\x1b[?25l'));
  expect(filesIn(project)).toEqual([]);
});

/** Runs a command on a terminal of its own; what is typed comes from standard input. */
const TERMINAL = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

type Child = ChildProcessByStdio<null, Readable, Readable>;

function start(project: Project, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  return spawnIn(project, [nodeUnderTest, cliPath, ...args], env);
}

function spawnIn(project: Project, [program = '', ...words]: readonly string[], env: NodeJS.ProcessEnv): Child {
  const child = spawn(program, words, {
    cwd: project.folder,
    env: { ...project.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  return child;
}

/** A project with a cache of its own. */
function projectOf(name: string, cache: boolean, dependencies: readonly string[] = [name]): Project {
  return projectIn(new Sandbox(), cache, dependencies);
}

function projectIn(sandbox: Sandbox, cache: boolean, dependencies: readonly string[]): Project {
  const text = projectText({ dependencies, sources: [onlySource(server.simple)] });
  const project = sandbox.project('project', text);
  project.write('pdm.toml', `[install]\ncache = ${cache}\n`);
  return project;
}

async function locked(name: string, cache: boolean): Promise<Project> {
  const project = projectOf(name, cache);
  await project.ok(['lock']);
  return project;
}

function cacheOf(project: Project, ...parts: string[]): string {
  return join(project.env['XDG_CACHE_HOME'] ?? '', 'tspm', ...parts);
}

/** Sends the signal; how the process ended, and whether that came soon enough. */
async function stopped(child: Child, signal: NodeJS.Signals): Promise<{ status: number | null; inTime: boolean }> {
  const ended = once(child, 'exit');
  const sent = performance.now();
  child.kill(signal);
  const [code, by] = (await ended) as [number | null, NodeJS.Signals | null];
  const inTime = performance.now() - sent < LIMIT;
  return { status: code ?? (by === null ? null : 128 + constants.signals[by]), inTime };
}

/** Waits until it is so; fails when the process ends before. */
async function until(isSo: () => boolean, child: Child): Promise<void> {
  while (!isSo()) {
    if (child.exitCode !== null)
      throw new Error(`it ended before, with ${child.exitCode}: ${String(child.stderr.read())}`);
    await wait(2);
  }
}

function said(child: Child, words: string): Promise<void> {
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: string) => {
        if (text.includes(words)) resolve();
      });
    }
  });
}

/** Paths of all that lies below a folder; what goes meanwhile is passed by. */
function below(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path));
  } catch {
    return [];
  }
}

/** What lies in the packages folder, without empty folders. */
function filesIn(project: Project): string[] {
  return Object.keys(packagesOf(project)).filter((name) => !name.endsWith('/') && name !== '.gitignore');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\tZ/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
