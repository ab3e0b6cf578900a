/** What is asked of the network: counted on the server. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mainCatalogue, publish } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { dropPackages, importing, onlySource, problems, projectText } from '../support/workspace.ts';

const DEPENDENCIES = ['requests', 'rich>=13', 'numpy'];
/** What is locked: the dependencies and what they need. */
const LISTED = ['idna', 'markdown-it-py', 'mdurl', 'numpy', 'pygments', 'requests', 'rich', 'urllib3', 'win-only'];
const sandbox = new Sandbox();
let server: IndexServer;
let project: Project;
let count = 0;

beforeEach(async () => {
  server = await startIndexServer();
  publish(server, mainCatalogue());
  project = sandbox.project(
    `project${(count += 1)}`,
    projectText({ dependencies: DEPENDENCIES, sources: [onlySource(server.simple)] }),
  );
});

afterEach(() => server.close());

test('a cold lock makes one listing and one small metadata request a package', async () => {
  const { stderr } = await project.ok(['lock', '-v']);
  expect(stderr).toMatch(/resolved 9 packages: .* 0 conflicts, 9 listings, 9 metadata/);
  const listings = server.paths().filter((path) => path.startsWith('/simple/'));
  expect(listings.sort()).toEqual(LISTED.map((name) => `/simple/${name}/`));
  const files = server.requests.filter(({ path }) => path.startsWith('/files/'));
  expect(files).toHaveLength(LISTED.length);
  for (const { headers } of files) expect(headers['range']).toMatch(/^bytes=/);
});

test('requests of one wave are under way together', async () => {
  // Each wave is answered only when all of it has arrived: asking one by one would never end.
  const waves = [
    ['/simple/requests/', '/simple/rich/', '/simple/numpy/'],
    ['/simple/idna/', '/simple/urllib3/', '/simple/pygments/', '/simple/markdown-it-py/'],
  ];
  for (const wave of waves) {
    const gate = meetingOf(wave.length);
    for (const path of wave) server.fault(path, { before: gate });
  }
  expect((await project.ok(['lock'])).stdout).toContain('Lock successful');
});

test('many requests at once are told to nobody', async () => {
  const names = Array.from({ length: 14 }, (_, index) => `wide${index}`);
  publish(
    server,
    names.map((name) => ({ name, version: '1.0' })),
  );
  const gate = meetingOf(12);
  for (const name of names.slice(0, 12)) server.fault(`/simple/${name}/`, { before: gate });
  const wide = sandbox.project(
    `wide${count}`,
    projectText({ dependencies: names, sources: [onlySource(server.simple)] }),
  );
  expect(problems(await wide.ok(['lock']))).toEqual([]);
});

test('a second lock within ten minutes makes no request, in another project of the same cache neither', async () => {
  await project.ok(['lock']);
  const first = project.read('pdm.lock');
  server.forget();
  await project.ok(['lock']);
  const other = sandbox.project(`other${count}`, project.read('pyproject.toml'));
  await other.ok(['lock']);
  expect(server.requests).toEqual([]);
  expect([project.read('pdm.lock'), other.read('pdm.lock')]).toEqual([first, first]);
});

test('a page that went stale is asked for with its validator, and an unchanged one is not sent again', async () => {
  await server.close();
  server = await startIndexServer({ cacheControl: 'max-age=0' });
  publish(server, mainCatalogue());
  project.write('pyproject.toml', projectText({ dependencies: DEPENDENCIES, sources: [onlySource(server.simple)] }));
  await project.ok(['lock']);
  server.forget();
  await project.ok(['lock']);
  expect(server.paths().sort()).toEqual(LISTED.map((name) => `/simple/${name}/`));
  for (const { headers } of server.requests) expect(headers['if-none-match']).toBeDefined();
});

test.each(['on', 'off'])(
  'with install.cache %s a warm sync, lock --check and install make no request',
  async (cache) => {
    await project.ok(['config', '--local', 'install.cache', cache]);
    await project.ok(['install']);
    server.forget();
    await project.ok(['sync']);
    await project.ok(['lock', '--check']);
    await project.ok(['install']);
    dropPackages(project);
    await project.ok(['sync']);
    dropPackages(project);
    await project.ok(['install', '--no-self']);
    expect(server.requests).toEqual([]);
    expect(importing(project, 'import numpy, rich; print(rich.__version__)')).toBe('13.7.0');
  },
);

test('add, remove and update of one package ask for nothing that the lock already answers', async () => {
  await project.ok(['install']);
  server.forget();
  const added = await project.ok(['add', 'PySocks', '--no-cache', '-v']);
  expect(added.stderr).toMatch(/resolved 10 packages: .* \d+ waves/);
  const asked = server.paths().map((path) => path.replace(/^\/(?:simple|files)\//, ''));
  expect(new Set(asked.map((path) => path.slice(0, 7)))).toEqual(new Set(['pysocks', 'PySocks']));
  server.forget();
  await project.ok(['remove', 'PySocks', '--no-cache']);
  expect(server.requests).toEqual([]);
  const updated = await project.ok(['update', 'idna', '--no-cache', '-v']);
  expect(updated.stderr).toMatch(/resolved 9 packages: .* \d+ waves/);
  expect(server.paths().filter((path) => !path.includes('idna'))).toEqual([]);
});

test('a sync with an empty cache fetches each wheel once and nothing of what is not installed', async () => {
  await project.ok(['lock']);
  const fresh = new Sandbox().project('fresh', project.read('pyproject.toml'));
  fresh.write('pdm.lock', project.read('pdm.lock'));
  server.forget();
  await fresh.ok(['sync']);
  const files = server.paths().filter((path) => path.startsWith('/files/'));
  expect(new Set(files).size).toBe(8);
  expect(server.paths()).toHaveLength(16);
  expect(server.paths().filter((path) => path.includes('win'))).toEqual([]);
});

test('a lock from elsewhere with a file that the kept page does not have yet is installed', async () => {
  await project.ok(['install']);
  publish(server, [{ name: 'idna', version: '3.9' }]);
  await project.ok(['lock', '--no-cache']);
  expect(project.read('pdm.lock')).toContain('version = "3.9"');
  await project.ok(['sync']);
  expect(importing(project, 'import idna; print(idna.__version__)')).toBe('3.9');
});

/** A function whose calls all wait until there are `size` of them. */
function meetingOf(size: number): () => Promise<void> {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let arrived = 0;
  return () => {
    arrived += 1;
    if (arrived === size) open();
    return opened;
  };
}
