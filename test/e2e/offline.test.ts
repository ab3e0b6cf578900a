/** Working without a network: what the cache has is enough, nothing is asked, and what is missing is named. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { publish, type Published } from '../support/catalogue.ts';
import { type IndexServer, startIndexServer } from '../support/index-server.ts';
import { cliPath, nodeUnderTest, type Project, runCommand, Sandbox } from '../support/tspm.ts';
import { buildWheel } from '../support/wheel.ts';
import { dropPackages, importing, problems, projectText, stateOf } from '../support/workspace.ts';

const APP = { name: 'app', version: '1.0', requires: ['child'], files: { 'app.py': 'import child\nv = child.v\n' } };
const CHILD = { name: 'child', version: '2.0', files: { 'child.py': 'v = "2.0"\n' } };
const EXTRA = { name: 'extra', version: '1.0' };
const ALL: readonly Published[] = [APP, CHILD, EXTRA];
const isLinux = process.platform === 'linux';
const hasNamespaces = isLinux && spawnSync('unshare', ['-n', 'true']).status === 0;

const sandbox = new Sandbox();
let sources: readonly { readonly name: string; readonly url: string }[];
let online: Project;
let lock: string;

/** Two indexes, of which each lacks what the other one has; both are closed once a project was locked and installed from them. */
beforeAll(async () => {
  const [first, second] = [await startIndexServer(), await startIndexServer()];
  publish(first, [APP, EXTRA]);
  publish(second, [CHILD]);
  sources = [
    { name: 'pypi', url: first.simple },
    { name: 'second', url: second.simple },
  ];
  online = projectOf('online', ['app']);
  await online.ok(['install']);
  lock = online.read('pdm.lock');
  await projectOf('another', ['app', 'extra']).ok(['lock']);
  await close([first, second]);
});

async function close(servers: readonly IndexServer[]): Promise<void> {
  for (const server of servers) await server.close();
}

function projectOf(name: string, dependencies: readonly string[], more = ''): Project {
  return sandbox.project(name, projectText({ dependencies, sources, more }));
}

const result = (project: Project): string => importing(project, 'import app; print(app.v)');

/** The system calls of a run that have to do with the internet. */
async function internetCalls(
  project: Project,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string[]> {
  const log = project.path('..', 'trace.log');
  const strace = ['-f', '-qq', '-e', 'trace=socket,connect,sendto', '-o', log, nodeUnderTest, cliPath, ...args];
  const { status, stderr } = await runCommand('strace', strace, {
    cwd: project.folder,
    env: { ...project.env, ...env },
  });
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => /AF_INET/.test(line));
}

test.skipIf(!isLinux)('sync opens no socket when the cache has every file, offline or not', async () => {
  dropPackages(online);
  expect(await internetCalls(online, ['sync'])).toEqual([]);
  expect(result(online)).toBe('2.0');
  dropPackages(online);
  expect(await internetCalls(online, ['sync', '--offline'])).toEqual([]);
  expect(result(online)).toBe('2.0');
});

describe.skipIf(!isLinux)('with --offline no socket is opened', () => {
  test.each([
    ['lock', ['lock', '--offline'], {}],
    ['install', ['install'], { TSPM_OFFLINE: '1' }],
    ['update', ['update', '--offline'], {}],
    ['outdated', ['outdated', '--offline'], {}],
  ])('by %s, and the outcome is that of the network', async (name, args, env) => {
    const project = projectOf(`traced ${name}`, ['app']);
    if (name !== 'lock') project.write('pdm.lock', lock);
    expect(await internetCalls(project, args, env)).toEqual([]);
    expect(project.read('pdm.lock')).toBe(lock);
  });
});

test('add offline takes what another project of the same cache was locked with', async () => {
  const project = projectOf('adding', ['app']);
  await project.ok(['add', '--offline', '--no-sync', 'extra']);
  expect(project.read('pdm.lock')).toContain('name = "extra"');
});

describe('what is missing is named', () => {
  const cold = { PDM_CACHE_DIR: '/nonexistent/cold' };

  test('a page, by lock and add', async () => {
    const project = projectOf('no page', ['app']);
    const before = stateOf(project);
    const locked = await project.tspm(['lock', '--offline'], { env: cold });
    const page = `the cache has no page about app from ${sources[0]?.url}/app/`;
    expect(locked.status).toBe(1);
    expect(problems(locked)).toEqual([expect.stringContaining(page)]);
    expect(problems(locked)[0]).toMatch(/^error: offline: .*\[TSPM_OFFLINE\]$/);
    const added = await project.tspm(['add', 'never-seen'], { env: { TSPM_OFFLINE: 'true' } });
    expect(problems(added)).toEqual([expect.stringContaining('no page about never-seen from')]);
    expect(stateOf(project)).toEqual(before);
  });

  test('every file, by sync', async () => {
    const project = projectOf('no files', ['app']);
    project.write('pdm.lock', lock);
    const before = stateOf(project);
    const synced = await project.tspm(['sync', '--offline'], { env: { PDM_CACHE_DIR: project.path('..', 'cold') } });
    expect(synced.status).toBe(1);
    expect(problems(synced)).toEqual([
      expect.stringContaining('app-1.0-py3-none-any.whl and child-2.0-py3-none-any.whl are not in the cache'),
    ]);
    expect(stateOf(project)).toMatchObject(before);
    expect(project.exists('__pypackages__')).toBe(false);
  });
});

test('a version whose metadata was never read is passed over with a word, for the newest of those that were', async () => {
  const server = await startIndexServer({ cacheControl: 'no-cache' });
  publish(server, [{ ...CHILD, version: '1.0' }]);
  const where = [{ name: 'pypi', url: server.simple }];
  const project = sandbox.project('old', projectText({ dependencies: ['child'], sources: where }));
  await project.ok(['lock']);
  publish(server, [{ ...CHILD, version: '3.0' }]);
  // Keeps the page as it is now, and has no use for the metadata of 3.0.
  await sandbox.project('pinned', projectText({ dependencies: ['child==1.0'], sources: where })).ok(['lock']);
  await server.close();
  const { stderr } = await project.ok(['lock', '--offline']);
  expect(stderr).toContain('skipping child 3.0 because it cannot be used (offline: its metadata is not in the cache)');
  expect(project.read('pdm.lock')).toContain('version = "1.0"');
  project.write('pyproject.toml', projectText({ dependencies: ['child>=2'], sources: where }));
  const refused = await project.tspm(['lock', '--offline']);
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('its metadata is not in the cache')]);
});

test.skipIf(!hasNamespaces)(
  'a folder of wheels as only source is enough where there is no network at all',
  async () => {
    const wheelhouse =
      '[[tool.pdm.source]]\nname = "pypi"\nurl = "file:///${PROJECT_ROOT}/wheels"\ntype = "find_links"\n';
    const project = sandbox.project('compute node', projectText({ dependencies: ['app'], more: wheelhouse }));
    mkdirSync(project.path('wheels'));
    for (const spec of ALL) {
      const { filename, bytes } = buildWheel(spec);
      writeFileSync(project.path('wheels', filename), bytes);
    }
    const isolated = (args: readonly string[]) =>
      runCommand('unshare', ['-n', nodeUnderTest, cliPath, ...args], { cwd: project.folder, env: project.env });
    for (const args of [['lock'], ['sync'], ['add', 'extra'], ['update'], ['outdated'], ['verify']]) {
      const { status, stderr } = await isolated(args);
      expect([args, status, stderr]).toEqual([args, 0, expect.any(String)]);
    }
    const { stdout } = await isolated(['run', 'python', '-c', 'import app, extra; print(app.v, extra.__version__)']);
    expect(stdout).toBe('2.0 1.0\n');
  },
);
