/** Processes that are stopped or meet: what they leave, and that the next command finishes it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mainCatalogue, publish, pythonIdent } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import type { readTree } from '../support/tree.ts';
import { cliPath, nodeUnderTest, type Project, Sandbox } from '../support/tspm.ts';
import {
  dropPackages,
  importing,
  onlySource,
  packagesOf,
  problems,
  projectText,
  stateOf,
} from '../support/workspace.ts';

type Child = ChildProcessByStdio<null, Readable, Readable>;

const CODE = 'import numpy, pygments.lexers, requests, rich, urllib3; print(rich.__version__, requests.__version__)';
const ANSWER = '13.7.0 2.31.0';
const control = `__pypackages__/${pythonIdent()}/.tspm`;
let server: IndexServer;
let sandbox: Sandbox;
let project: Project;
let count = 0;

beforeEach(async () => {
  server = await startIndexServer();
  publish(server, mainCatalogue());
  sandbox = new Sandbox();
  project = sandbox.project(
    `project ${(count += 1)}`,
    projectText({ dependencies: ['requests', 'rich', 'numpy'], sources: [onlySource(server.simple)] }),
  );
});

afterEach(() => server.close());

test.each([
  ['the plan is told', (child: Child) => whenPrinted(child, 'Synchronizing')],
  ['the first package is told', (child: Child) => whenPrinted(child, 'Install')],
])('killed when %s: the next sync gives the wanted tree', async (_, moment) => {
  await project.ok(['install']);
  const wanted = withoutMemory(packagesOf(project));
  const trees: Record<string, string>[] = [];
  for (const cache of ['off', 'on']) {
    dropPackages(project);
    project.write('pdm.toml', `[install]\ncache = ${cache === 'on'}\n`);
    const child = start(['sync']);
    const ended = once(child, 'close');
    await Promise.race([moment(child), ended]);
    child.kill('SIGKILL');
    await ended;
    const result = await project.ok(['sync']);
    expect(problems(result)).toEqual([]);
    expect(importing(project, CODE)).toBe(ANSWER);
    trees.push(withoutMemory(packagesOf(project)));
    const leftovers = ['staging', 'journal.json', 'trash'].filter((name) => existsSync(project.path(control, name)));
    expect(leftovers).toEqual([]);
  }
  expect(trees[0]).toEqual(wanted);
});

test('killed while a wheel arrives: nothing is half there, and the next sync goes on', async () => {
  await project.ok(['lock']);
  const fresh = elsewhere(project);
  const child = start(['sync'], fresh);
  await killedAt('/files/rich-13.7.0-py3-none-any.whl', child, 'SIGKILL');
  const area = `${fresh.env['XDG_CACHE_HOME']}/tspm/staging-v1`;
  writeFileSync(`${area}/${'0'.repeat(32)}.tmp`, 'a part of a wheel');
  for (const name of readdirSync(area)) utimesSync(`${area}/${name}`, 1e9, 1e9);
  await fresh.ok(['sync']);
  expect(importing(fresh, CODE)).toBe(ANSWER);
  expect(readdirSync(area)).toEqual(['CACHEDIR.TAG']);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s while a wheel arrives ends at once, with 128 + its number, and leaves the project as it was',
  async (signal) => {
    await project.ok(['lock']);
    const fresh = elsewhere(project);
    fresh.write('keep', '');
    const child = start(['sync'], fresh);
    const { status, stderr } = await killedAt('/files/rich-13.7.0-py3-none-any.whl', child, signal);
    expect([status, stderr.split('\n').filter((line) => line.startsWith('error:'))]).toEqual([
      signal === 'SIGINT' ? 130 : 143,
      [expect.stringMatching(/^error: interrupted.* \[TSPM_INTERRUPTED\]$/)],
    ]);
    expect(stderr).not.toContain('bug');
    const left = Object.keys(packagesOf(fresh)).filter((name) => !name.endsWith('/') && name !== '.gitignore');
    expect(left).toEqual([]);
    await fresh.ok(['sync']);
    expect(importing(fresh, CODE)).toBe(ANSWER);
  },
);

test('SIGINT while an index does not answer leaves pyproject.toml and the lock as they were', async () => {
  await project.ok(['lock']);
  const before = stateOf(project);
  const child = start(['add', 'PySocks']);
  const { status, stderr } = await killedAt('/simple/pysocks/', child, 'SIGINT');
  expect([status, stderr]).toEqual([130, expect.stringMatching(/error: interrupted.* \[TSPM_INTERRUPTED\]\n$/)]);
  expect(stateOf(project)).toEqual(before);
});

test('two syncs at once on one project both succeed, and the tree is that of one', async () => {
  await project.ok(['install']);
  const wanted = withoutMemory(packagesOf(project));
  dropPackages(project);
  const results = await Promise.all([project.tspm(['sync']), project.tspm(['sync']), project.tspm(['sync'])]);
  expect(results.map(({ status }) => status)).toEqual([0, 0, 0]);
  expect(withoutMemory(packagesOf(project))).toEqual(wanted);
});

test('two adds at once on one project: what ended well is in pyproject.toml, in the lock and installed', async () => {
  await project.ok(['install']);
  const names = ['first', 'second'];
  publish(
    server,
    names.map((name) => ({ name, version: '1.0' })),
  );
  const results = await Promise.all(names.map((name) => project.tspm(['add', name])));
  const done = names.filter((_, index) => results[index]?.status === 0);
  expect(done.length).toBeGreaterThan(0);
  const [pyproject, lock] = [project.read('pyproject.toml'), project.read('pdm.lock')];
  expect(names.filter((name) => pyproject.includes(`"${name}>=1.0"`))).toEqual(done);
  expect(names.filter((name) => lock.includes(`name = "${name}"`))).toEqual(done);
  await project.ok(['lock', '--check']);
  await project.ok(['sync', '--clean']);
  const paths = Object.keys(packagesOf(project));
  expect(names.filter((name) => paths.some((path) => path.includes(`/${name}-1.0.dist-info`)))).toEqual(done);
});

test('two projects that fill one cache at once both succeed', async () => {
  await project.ok(['lock']);
  const one = elsewhere(project);
  const two = sandbox.project('two', project.read('pyproject.toml'));
  two.write('pdm.lock', project.read('pdm.lock'));
  for (const each of [one, two]) each.write('pdm.toml', '[install]\ncache = true\n');
  const shared = { env: { PDM_CACHE_DIR: `${sandbox.root}/shared` } };
  await Promise.all([one.ok(['sync'], shared), two.ok(['sync'], shared)]);
  for (const each of [one, two]) expect(importing(each, CODE)).toBe(ANSWER);
  expect(readdirSync(`${sandbox.root}/shared/staging-v1`)).toEqual(['CACHEDIR.TAG']);
});

function start(args: readonly string[], place = project): Child {
  return spawn(nodeUnderTest, [cliPath, ...args], {
    cwd: place.folder,
    env: place.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The same project with a cache of its own that is still empty. */
function elsewhere(original: Project): Project {
  const fresh = new Sandbox().project('fresh', original.read('pyproject.toml'));
  fresh.write('pdm.lock', original.read('pdm.lock'));
  return fresh;
}

/** Sends the signal when the path is asked for, which is never answered while the process lives. */
async function killedAt(
  path: string,
  child: Child,
  signal: NodeJS.Signals,
): Promise<{ status: unknown; stderr: string }> {
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close');
  server.fault(path, {
    before: () => {
      child.kill(signal);
      return ended;
    },
  });
  const [status] = await ended;
  return { status, stderr };
}

function whenPrinted(child: Child, word: string): Promise<void> {
  return new Promise((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes(word)) resolve();
    });
  });
}

/** Without what tspm remembers of the way. */
function withoutMemory(tree: ReturnType<typeof readTree>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).filter(([name]) => !name.includes('/.tspm/')));
}
