/**
 * The network fails at each request of an install in turn: a retry saves it, or the command ends with the error and nothing is changed. Each
 * fault at one request by default, another one for each seed; TSPM_TEST_FULL=1 takes every fault at every request.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publish, type Published } from '../support/catalogue.ts';
import { type Fault, startIndexServer, type IndexServer } from '../support/index-server.ts';
import { Project, type RunOptions, type RunResult, Sandbox } from '../support/tspm.ts';
import { onlySource, packagesOf, projectText, stateOf } from '../support/workspace.ts';

/** Metadata beside the wheel for some, from the tail of the wheel for others. Taking an older version would be a mistake each time. */
const CATALOGUE: readonly Published[] = [
  listed('alpha', '1.0'),
  listed('alpha', '2.0', ['beta>=1', 'gamma']),
  { name: 'beta', version: '1.0' },
  { name: 'beta', version: '2.0', requires: ['gamma>=1'] },
  listed('gamma', '1.0'),
  listed('gamma', '2.0'),
];
const PATHS = [
  '/simple/alpha/',
  '/simple/beta/',
  '/simple/gamma/',
  '/files/alpha-2.0-py3-none-any.whl.metadata',
  '/files/beta-2.0-py3-none-any.whl',
  '/files/gamma-2.0-py3-none-any.whl.metadata',
  '/files/alpha-2.0-py3-none-any.whl',
  '/files/gamma-2.0-py3-none-any.whl',
];
const isFull = process.env['TSPM_TEST_FULL'] === '1';
const seed = Number(process.env['TSPM_TEST_SEED'] ?? 5);
const FAULTS: Readonly<Record<string, Fault>> = {
  'a reset connection': { reset: true },
  'status 500': { status: 500 },
  'status 503': { status: 503, headers: { 'retry-after': '0' } },
  'status 429': { status: 429 },
  'a cut body': { truncate: 20 },
  'a body that stalls': { stall: 20 },
};
const MOST_ATTEMPTS = 5;

/** Requests that get the fault of this index. */
const sampled = (index: number): readonly string[] =>
  isFull ? PATHS : PATHS.filter((_, at) => at === (seed + index * 3) % PATHS.length);

const sandbox = new Sandbox();
const servers: IndexServer[] = [];
let lock: string;
let old: string;
let packages: Record<string, string>;

beforeAll(async () => {
  const { project, server } = await newProject('reference');
  await project.ok(['install']);
  lock = project.read('pdm.lock');
  packages = installedFiles(project);
  expect([...new Set(server.paths())].sort()).toEqual([...PATHS].sort());
  const before = await newProject('before', CATALOGUE.slice(0, 1));
  await before.project.ok(['lock']);
  old = before.project.read('pdm.lock');
});

afterAll(() => Promise.all(servers.map((server) => server.close())));

describe('once, of each request in turn: lock and packages are the same', () => {
  test.concurrent.each(Object.keys(FAULTS).map((name, index) => [name, index] as const))('%s', async (name, index) => {
    const fault = FAULTS[name] ?? {};
    for (const path of sampled(index)) {
      const { project, server } = await newProject(`once ${name} ${path}`);
      server.fault(path, fault);
      await project.ok(['install'], patience(fault));
      expect(project.read('pdm.lock')).toBe(lock);
      expect(installedFiles(project)).toEqual(packages);
      // The wheel whose metadata is read from its tail is asked for once more as a whole.
      const tries = path.endsWith('beta-2.0-py3-none-any.whl') ? 3 : 2;
      expect(server.paths().filter((one) => one === path)).toHaveLength(tries);
    }
  });
});

describe('without end, of each request in turn: the error names the URL and the tries, and nothing is changed', () => {
  // Nearly all of the time is spent waiting.
  test.concurrent.each(Object.keys(FAULTS).map((name, index) => [name, index] as const))('%s', async (name, index) => {
    const fault = FAULTS[name] ?? {};
    for (const path of sampled(index + 1)) {
      const { project, server } = await newProject(`always ${name} ${path}`);
      project.write('pdm.lock', old);
      const before = stateOf(project);
      server.fault(path, ...Array.from({ length: 8 * MOST_ATTEMPTS }, () => fault));
      expectNetworkError(await project.tspm(['update', '--update-all'], patience(fault)), path);
      const state = Object.entries(stateOf(project)).filter(([file]) => !file.startsWith('__pypackages__'));
      expect(Object.fromEntries(state)).toEqual(before);
      expect(installedFiles(project)).toEqual({});
      expect(server.paths().filter((one) => one === path).length).toBeGreaterThanOrEqual(MOST_ATTEMPTS);
    }
  });
});

test('a metadata file that is announced and missing is no failure: the wheel is read instead', async () => {
  for (const status of [404, 410, 403]) {
    const { project, server } = await newProject(`missing ${status}`);
    server.fault('/files/alpha-2.0-py3-none-any.whl.metadata', { status });
    await project.ok(['lock']);
    expect(project.read('pdm.lock')).toBe(lock);
    expect(server.paths()).toContain('/files/alpha-2.0-py3-none-any.whl');
  }
});

test('ranges that are refused are no failure: the whole wheel is read instead', async () => {
  for (const fault of [{ status: 416 }, { status: 206, body: 'no range' }]) {
    const { project, server } = await newProject(`ranges ${fault.status}`);
    server.fault('/files/beta-2.0-py3-none-any.whl', fault);
    await project.ok(['lock']);
    expect(project.read('pdm.lock')).toBe(lock);
  }
});

test('a server that asks to wait for an hour is not waited for', async () => {
  const { project, server } = await newProject('patience');
  server.fault(
    '/simple/gamma/',
    ...Array.from({ length: 9 }, () => ({ status: 429, headers: { 'retry-after': '3600' } })),
  );
  const { status, stderr } = await project.tspm(['lock']);
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/simple\/gamma\/.*429 and asks to wait 3600 s.*\[TSPM_NETWORK\]/),
  ]);
  expect(project.exists('pdm.lock')).toBe(false);
});

function listed(name: string, version: string, requires: readonly string[] = []): Published {
  const lines = [
    'Metadata-Version: 2.1',
    `Name: ${name}`,
    `Version: ${version}`,
    ...requires.map((line) => `Requires-Dist: ${line}`),
  ];
  return { name, version, requires, listing: { metadata: `${lines.join('\n')}\n` } };
}

/** Files in lib, bin and include. */
function installedFiles(project: Project): Record<string, string> {
  const files = Object.entries(packagesOf(project)).filter(([name]) => /\/(?:lib|bin|include)\/.*[^/]$/.test(name));
  return Object.fromEntries(files);
}

/** A project with a server of its own; the same project file everywhere, so that the locks can be compared. */
async function newProject(
  name: string,
  catalogue: readonly Published[] = CATALOGUE,
): Promise<{ readonly project: Project; readonly server: IndexServer }> {
  const server = await startIndexServer({ format: 'json' });
  servers.push(server);
  publish(server, catalogue);
  const text = projectText({ dependencies: ['alpha'], sources: [onlySource('${INDEX_URL}')] });
  const { folder } = sandbox.project(name.replaceAll(/[^a-z0-9]+/g, '-'), text);
  const project = new Project(folder, { ...sandbox.env, INDEX_URL: server.simple, PDM_CACHE_DIR: `${folder} cache` });
  return { project, server };
}

/** A body that stalls is waited for as long as settings say; only then is that made short. */
function patience(fault: Fault): RunOptions {
  return fault.stall === undefined ? {} : { env: { PDM_REQUEST_TIMEOUT: '1' } };
}

function expectNetworkError({ status, stderr }: RunResult, path: string): void {
  expect(status).toBe(1);
  expect(stderr).toContain(path);
  expect(stderr).toMatch(new RegExp(`after ${MOST_ATTEMPTS} attempts.*\\[TSPM_NETWORK\\]`));
}
