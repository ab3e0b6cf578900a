/** Many processes on one cache or one project: all succeed, nothing is lost, and no work is done twice. TSPM_TEST_FULL=1 repeats each 50 times. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { thisProcess } from '../../src/util/machine.ts';
import { publish, type Published, pythonIdent } from '../support/catalogue.ts';
import { Front } from '../support/front.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { cliPath, nodeUnderTest, type Project, type RunResult, Sandbox } from '../support/tspm.ts';
import { dropPackages, installed, onlySource, packagesOf, projectText } from '../support/workspace.ts';

const REPEATS = Number(process.env['TSPM_TEST_REPEATS'] ?? (process.env['TSPM_TEST_FULL'] === '1' ? 50 : 1));
const NAMES = Array.from({ length: 6 }, (_, index) => `wheel${index}`);
const WHEELS: readonly Published[] = NAMES.map((name) => {
  const files = Array.from({ length: 40 }, (_, index) => [`${name}/part${index}.py`, `n = ${index}\n`] as const);
  return { name, version: '1.0', files: Object.fromEntries(files) };
});
const CROWD = 16;

let server: IndexServer;
let sandbox: Sandbox;

beforeAll(async () => {
  server = await startIndexServer({ format: 'json' });
  publish(server, [...WHEELS, ...['first', 'second'].map((name) => ({ name, version: '1.0' }))]);
});

afterAll(() => server.close());

beforeEach(() => {
  sandbox = new Sandbox();
  mkdirSync(join(sandbox.root, 'home/config/pdm'), { recursive: true });
  writeFileSync(join(sandbox.root, 'home/config/pdm/config.toml'), '[install]\ncache = true\n');
});

async function lockedProject(name: string): Promise<Project> {
  const project = sandbox.project(name, projectText({ dependencies: NAMES, sources: [onlySource(server.simple)] }));
  await project.ok(['lock']);
  return project;
}

function copyOf(project: Project, name: string): Project {
  const copy = sandbox.project(name, project.read('pyproject.toml'));
  copy.write('pdm.lock', project.read('pdm.lock'));
  return copy;
}

/** Nothing unpacked, kept or under way; pages and metadata stay. */
function dropWheels(): void {
  for (const area of ['store-v1', 'wheels-v1', 'staging-v1']) {
    rmSync(join(sandbox.cacheDirectory, area), { recursive: true, force: true });
  }
}

const wheelRequests = (): string[] =>
  server
    .paths()
    .filter((path) => path.endsWith('.whl'))
    .sort();
const inStaging = (): string[] =>
  readdirSync(join(sandbox.cacheDirectory, 'staging-v1')).filter((name) => name !== 'CACHEDIR.TAG');
const failures = (results: readonly RunResult[]): string[] =>
  results.filter(({ status }) => status !== 0).map(({ stderr }) => stderr);

/** What is installed, without what the installer remembers. */
function tree(project: Project): Record<string, string> {
  return Object.fromEntries(Object.entries(packagesOf(project)).filter(([name]) => !name.includes('/.tspm')));
}

describe('on one cache that is empty', () => {
  test.each([
    ['a project each', CROWD, true],
    ['one project', 4, false],
  ] as const)(
    '%s: all succeed, and each wheel is fetched and unpacked once',
    async (_, count, apart) => {
      const model = await lockedProject('model');
      const projects = Array.from({ length: count }, (__, index) => (apart ? copyOf(model, `project${index}`) : model));
      const waits: string[] = [];
      for (let round = 0; round < REPEATS; round++) {
        dropWheels();
        projects.forEach(dropPackages);
        server.forget();
        const results = await Promise.all(projects.map((project) => project.tspm(['sync', '-v'])));
        expect(failures(results)).toEqual([]);
        expect(wheelRequests()).toEqual(NAMES.map((name) => `/files/${name}-1.0-py3-none-any.whl`));
        const unpacked = results.flatMap(({ stderr }) =>
          stderr.split('\n').filter((line) => line.startsWith('unpacking ')),
        );
        expect(unpacked.sort()).toEqual(NAMES.map((name) => `unpacking ${name}-1.0-py3-none-any.whl`));
        expect(inStaging()).toEqual([]);
        const [wanted, ...others] = projects.map(tree);
        for (const other of others) expect(other).toEqual(wanted);
        waits.push(
          ...results.flatMap(({ stderr }) => stderr.split('\n').filter((line) => line.includes('Waiting for'))),
        );
      }
      const work = apart ? 'fetching wheel' : '(?:fetching wheel|changing the packages of this project)';
      for (const line of waits)
        expect(line).toMatch(new RegExp(`^INFO: Waiting for process \\d+ on ${hostname()}, which is ${work}`));
      expect(waits.length).toBeGreaterThan(0);
    },
    3_600_000,
  );
});

test('two adds at once on one project: both requirements are in pyproject.toml, in the lock and installed', async () => {
  const project = await lockedProject('project');
  await project.ok(['sync']);
  const [pyproject, lock] = [project.read('pyproject.toml'), project.read('pdm.lock')];
  for (let round = 0; round < REPEATS; round++) {
    project.write('pyproject.toml', pyproject);
    project.write('pdm.lock', lock);
    await project.ok(['sync', '--clean']);
    const results = await Promise.all(['first', 'second'].map((name) => project.tspm(['add', name])));
    expect(failures(results)).toEqual([]);
    for (const name of ['first', 'second']) {
      expect(project.read('pyproject.toml')).toContain(`"${name}>=1.0"`);
      expect(project.read('pdm.lock')).toContain(`name = "${name}"`);
      expect(await installed(project)).toContain(`${name} 1.0`);
    }
    await project.ok(['lock', '--check']);
    expect(readdirSync(project.folder).filter((name) => name.includes('tspm'))).toEqual([]);
  }
}, 3_600_000);

test('a sync that waits for its turn installs what is locked when that comes', async () => {
  const project = await lockedProject('project');
  const other = sandbox.project('other', project.read('pyproject.toml').replace('"wheel0"', '"wheel0", "first"'));
  await other.ok(['lock']);
  const lock = project.path('__pypackages__', pythonIdent(), '.tspm/lock');
  mkdirSync(dirname(lock), { recursive: true });
  writeFileSync(lock, JSON.stringify({ ...thisProcess(), host: 'elsewhere', pid: 1 }));
  const child = start(project, ['sync']);
  await said(
    child,
    `INFO: Waiting for process 1 on elsewhere, which is changing the packages of this project (${lock})`,
  );
  for (const name of ['pyproject.toml', 'pdm.lock']) project.write(name, other.read(name));
  rmSync(lock);
  expect(await ended(child)).toBe(0);
  expect(await installed(project)).toContain('first 1.0');
  await project.ok(['verify']);
});

describe('on one cache, where another process', () => {
  const [name = ''] = NAMES;

  function claimOf(project: Project): string {
    const sha256 = new RegExp(`${name}-1.0-py3-none-any.whl", hash = "sha256:([0-9a-f]{32})`).exec(
      project.read('pdm.lock'),
    )?.[1];
    return join(sandbox.cacheDirectory, 'staging-v1', `${sha256}.lock`);
  }

  /** A project whose first wheel is being fetched by process 1 of another host, as far as the cache tells. */
  async function claimed(secondsAgo: number): Promise<{ readonly project: Project; readonly claim: string }> {
    const project = await lockedProject('project');
    dropWheels();
    const claim = claimOf(project);
    mkdirSync(join(claim, '..'), { recursive: true });
    writeFileSync(claim, JSON.stringify({ ...thisProcess(), host: 'elsewhere', pid: 1 }));
    const written = Date.now() / 1000 - secondsAgo;
    utimesSync(claim, written, written);
    return { project, claim };
  }

  test('on another host makes a wheel, it is waited for and named', async () => {
    const { project, claim } = await claimed(0);
    const child = start(project, ['sync']);
    await said(child, `INFO: Waiting for process 1 on elsewhere, which is fetching ${name}-1.0-py3-none-any.whl`);
    rmSync(claim);
    expect(await ended(child)).toBe(0);
  });

  test('on another host has been silent for a minute, it is not waited for', async () => {
    const { project } = await claimed(61);
    const { stderr } = await project.ok(['sync']);
    expect(stderr).not.toContain('Waiting');
    expect(inStaging()).toEqual([]);
  });

  test('is killed while it fetches a wheel, the one that waits for it goes on at once', async () => {
    const first = await lockedProject('first');
    const second = copyOf(first, 'second');
    dropWheels();
    const path = `/files/${name}-1.0-py3-none-any.whl`;
    const asked = new Promise<void>((resolve) =>
      server.fault(path, { before: () => (resolve(), new Promise(() => undefined)) }),
    );
    const maker = start(first, ['sync']);
    await asked;
    const waiter = start(second, ['sync']);
    await said(
      waiter,
      `INFO: Waiting for process ${maker.pid} on ${hostname()}, which is fetching ${name}-1.0-py3-none-any.whl`,
    );
    maker.kill('SIGKILL');
    expect(await ended(waiter)).toBe(0);
  });
});

test('cache commands beside syncs harm none of them', async () => {
  const model = await lockedProject('model');
  const projects = Array.from({ length: 4 }, (_, index) => copyOf(model, `project${index}`));
  const METHODS = ['symlink', 'hardlink', 'copy', 'pth'];
  projects.forEach((project, index) => project.write('pdm.toml', `[install]\ncache_method = "${METHODS[index]}"\n`));
  for (let round = 0; round < REPEATS; round++) {
    dropWheels();
    projects.forEach(dropPackages);
    const care = [['clear'], ['verify', '--repair'], ['prune'], ['info'], ['clear', 'packages']];
    const results = await Promise.all([
      ...projects.map((project) => project.tspm(['sync'])),
      ...care.map((words) => model.tspm(['cache', ...words])),
    ]);
    expect(failures(results)).toEqual([]);
    for (const project of projects) {
      await project.ok(['sync']);
      await project.ok(['verify']);
    }
  }
}, 3_600_000);

describe('by a recipe', () => {
  async function repeatable(): Promise<{ readonly model: Project; readonly front: Front }> {
    const model = await lockedProject('model');
    await model.ok(['sync']);
    return { model, front: new Front(sandbox) };
  }

  test('a project each: none needs Node, and all get the same', async () => {
    const { model, front } = await repeatable();
    const projects = Array.from({ length: CROWD }, (_, index) => copyOf(model, `project${index}`));
    for (let round = 0; round < REPEATS; round++) {
      projects.forEach(dropPackages);
      const results = await Promise.all(projects.map((project) => front.run(project, ['sync'])));
      expect(failures(results)).toEqual([]);
      const wanted = tree(model);
      for (const project of projects) expect(tree(project)).toEqual(wanted);
    }
    for (const project of projects) await project.ok(['verify']);
  }, 3_600_000);

  test('one project, beside Node, an add and cache commands: all succeed, and nothing is lost', async () => {
    const { model, front } = await repeatable();
    const [pyproject, lock] = [model.read('pyproject.toml'), model.read('pdm.lock')];
    const other = copyOf(model, 'other');
    for (let round = 0; round < REPEATS; round++) {
      model.write('pyproject.toml', pyproject);
      model.write('pdm.lock', lock);
      // Where the cache was cleared this leaves another recipe.
      [model, other].forEach(dropPackages);
      await other.ok(['sync']);
      const care = [['prune'], ['verify'], ...(round % 2 === 0 ? [['clear']] : [])];
      const results = await Promise.all([
        ...Array.from({ length: 4 }, () => front.start(model, ['sync'])),
        ...Array.from({ length: 2 }, () => model.tspm(['sync'])),
        model.tspm(['add', 'first']),
        ...care.map((words) => other.tspm(['cache', ...words])),
      ]);
      expect(failures(results)).toEqual([]);
      expect(model.read('pyproject.toml')).toContain('"first>=1.0"');
      await model.ok(['sync']);
      expect(await installed(model)).toHaveLength(NAMES.length + 1);
      await model.ok(['verify']);
      expect(inStaging()).toEqual([]);
    }
  }, 3_600_000);
});

function start(project: Project, args: readonly string[]): ChildProcessByStdio<null, null, Readable> {
  const { folder, env } = project;
  return spawn(nodeUnderTest, [cliPath, ...args], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
}

async function said(child: ChildProcessByStdio<null, null, Readable>, line: string): Promise<void> {
  let text = '';
  for await (const piece of child.stderr.iterator({ destroyOnReturn: false })) {
    text += String(piece);
    if (text.split('\n').includes(line)) break;
  }
  expect(text.split('\n')).toContain(line);
  child.stderr.resume();
}

async function ended(child: ChildProcessByStdio<null, null, Readable>): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}
