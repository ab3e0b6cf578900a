/** `[tool.pdm.resolution]` and the options that go with it, on the built command line with a real index. */
import { writeFileSync } from 'node:fs';
import { beforeAll, afterAll, expect, test } from 'vitest';
import { publish, type Published } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { buildSdist } from '../support/sdist.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { buildWheel } from '../support/wheel.ts';
import { installed, onlySource, projectText, type ProjectText } from '../support/workspace.ts';

const CATALOGUE: readonly Published[] = [
  { name: 'app', version: '1.0', requires: ['leaf>=1', 'node'], listing: { uploadTime: '2024-01-01T00:00:00Z' } },
  { name: 'node', version: '1.0', requires: ['leaf'], listing: { uploadTime: '2024-01-01T00:00:00Z' } },
  { name: 'node', version: '2.0', requires: ['leaf'], listing: { uploadTime: '2024-06-01T00:00:00Z' } },
  { name: 'leaf', version: '1.0', listing: { uploadTime: '2024-01-01T00:00:00Z' } },
  { name: 'leaf', version: '1.0', tag: 'py2.py3-none-any', listing: { uploadTime: '2025-06-01T00:00:00Z' } },
  { name: 'leaf', version: '2.0', listing: { uploadTime: '2025-06-01T00:00:00Z' } },
];

/** Files of a source archive that leave its requirements to a build. */
const DYNAMIC = { 'PKG-INFO': 'Metadata-Version: 2.1\nName: leaf\nVersion: 1.0\n', 'pyproject.toml': undefined };

const sandbox = new Sandbox();
let server: IndexServer;
let second: IndexServer;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer({ format: 'json' });
  publish(server, CATALOGUE);
  server.add('leaf', buildSdist({ name: 'leaf', version: '1.0', files: DYNAMIC }));
  second = await startIndexServer();
  publish(second, [
    { name: 'leaf', version: '3.0' },
    { name: 'leaf', version: '1.0', files: { 'leaf.py': 'another = 1\n' } },
  ]);
});

afterAll(() => Promise.all([server.close(), second.close()]));

function projectWith(
  resolution: string,
  { dependencies = ['app'], sources = [onlySource(server.simple)] }: Omit<ProjectText, 'more'> = {},
): Project {
  const more = `[tool.pdm.resolution]\n${resolution}\n`;
  return sandbox.project(`project-${count++}`, projectText({ dependencies, sources, more }));
}

/** `name version` of the lock's entries. */
function locked(project: Project): string[] {
  const found = project.read('pdm.lock').matchAll(/\[\[package\]\]\nname = "([^"]+)"\nversion = "([^"]+)"/g);
  return [...found].map(([, name, version]) => `${name} ${version}`);
}

function lockedFiles(project: Project): string[] {
  return [...project.read('pdm.lock').matchAll(/file = "([^"]+)"/g)].map(([, file = '']) => file);
}

test('exclude-newer leaves out later versions and later files, and what is locked already', async () => {
  const project = projectWith('');
  await project.ok(['lock']);
  expect(locked(project)).toEqual(['app 1.0', 'leaf 2.0', 'node 2.0']);
  await project.ok(['lock', '--update-reuse', '--exclude-newer', '2024-06-01']);
  expect(locked(project)).toEqual(['app 1.0', 'leaf 1.0', 'node 2.0']);
  expect(lockedFiles(project)).not.toContain('leaf-1.0-py2.py3-none-any.whl');
  // The archive has no known time of upload.
  expect(lockedFiles(project)).toContain('leaf-1.0-py3-none-any.whl');
  expect(lockedFiles(project)).not.toContain('leaf-1.0.tar.gz');
  // A refresh keeps every version, and then also its files.
  await project.ok(['lock']);
  const newest = project.read('pdm.lock');
  await project.ok(['lock', '--refresh', '--exclude-newer', '2024-06-01']);
  expect(project.read('pdm.lock')).toBe(newest);
  await project.ok(['lock', '--exclude-newer', '2024-02-01', '--exclude-newer-override', 'Leaf=false']);
  expect(locked(project)).toEqual(['app 1.0', 'leaf 2.0', 'node 1.0']);
});

test('exclude-newer of pyproject.toml counts for all that lock, an older index says nothing about time', async () => {
  const dated = projectWith('exclude-newer = "2024-02-01T00:00:00Z"\nexclude-newer-override = { node = "2024-07-01" }');
  await dated.ok(['install', '--no-self']);
  expect(await installed(dated)).toEqual(['app 1.0', 'leaf 1.0', 'node 2.0']);
  const html = projectWith('exclude-newer = "1d"', { dependencies: ['leaf'], sources: [onlySource(second.simple)] });
  await html.ok(['lock', '--exclude-newer-override', 'leaf=false']);
  const { status, stderr } = await html.tspm(['lock']);
  expect(status).toBe(1);
  expect(stderr).toContain('has no known time of upload, so that it may be newer than 1d');
});

test.each([
  ['exclude-newer = 2024-01-01', '[tool.pdm.resolution].exclude-newer: expected a date'],
  ['exclude-newer = "soon"', '[tool.pdm.resolution].exclude-newer: expected a date'],
  ['no-binary = true', '[tool.pdm.resolution].no-binary: expected a string or an array of strings'],
  ['overrides = { leaf = "./leaf.whl" }', '[tool.pdm.resolution.overrides].leaf: "./leaf.whl" is neither'],
  ['respect-source-order = 1', '[tool.pdm.resolution].respect-source-order: expected true or false'],
])('%s is refused', async (resolution, message) => {
  const { status, stderr } = await projectWith(resolution).tspm(['lock']);
  expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
});

test('respect-source-order keeps to the first source, also for the files of the lock', async () => {
  const sources = [onlySource(server.simple), { name: 'second', url: second.simple }];
  const dependencies = ['leaf'];
  const merged = projectWith('', { dependencies, sources: [onlySource(second.simple)] });
  await merged.ok(['lock']);
  expect(locked(merged)).toEqual(['leaf 3.0']);
  const ordered = projectWith('respect-source-order = true', { dependencies, sources });
  await ordered.ok(['lock']);
  expect(locked(ordered)).toEqual(['leaf 2.0']);
  // Both have this file, with different bytes: the first one's is the file.
  await ordered.ok(['add', '--no-self', 'leaf<2']);
  expect(ordered.read('pdm.lock')).toContain(buildWheel(CATALOGUE[3] ?? { name: '', version: '' }).sha256);
  expect(await installed(ordered)).toEqual(['leaf 1.0']);
  const wanting = projectWith('respect-source-order = true', { dependencies: ['leaf>2'], sources });
  await wanting.ok(['lock']);
  expect(locked(wanting)).toEqual(['leaf 3.0']);
  const routed = projectWith('respect-source-order = true', {
    dependencies,
    sources: [onlySource(server.simple), { name: 'second', url: second.simple, include_packages: ['leaf'] }],
  });
  await routed.ok(['lock']);
  expect(locked(routed)).toEqual(['leaf 3.0']);
});

test('respect-source-order with a folder of wheels', async () => {
  const project = projectWith('');
  const wheel = buildWheel({ name: 'leaf', version: '0.5' });
  project.write('wheels/.keep', '');
  writeFileSync(project.path('wheels', wheel.filename), wheel.bytes);
  const folder = { name: 'wheels', url: 'file:///${PROJECT_ROOT}/wheels', type: 'find_links' };
  const sources = [folder, onlySource(server.simple)];
  const more = '[tool.pdm.resolution]\nrespect-source-order = true\n';
  project.write('pyproject.toml', projectText({ dependencies: ['leaf'], sources, more }));
  await project.ok(['lock']);
  expect(locked(project)).toEqual(['leaf 0.5']);
});

test('no-binary locks archives, and is kept to while installing', async () => {
  const dependencies = ['leaf==1.0'];
  const plain = projectWith('', { dependencies });
  await plain.ok(['install', '--no-self']);
  const refused = await plain.tspm(['sync', '--no-self', '--reinstall'], { env: { PDM_NO_BINARY: 'leaf' } });
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('leaf 1.0 cannot be built: it has neither pyproject.toml nor setup.py');
  const only = projectWith('no-binary = ":all:"\nonly-binary = ["Leaf"]', { dependencies });
  await only.ok(['lock']);
  expect(lockedFiles(only)).toEqual(['leaf-1.0-py2.py3-none-any.whl', 'leaf-1.0-py3-none-any.whl']);
  const named = projectWith('prefer-binary = ":all:"', { dependencies });
  const { stderr } = await named.tspm(['lock'], { env: { PDM_NO_BINARY: 'leaf,other' } });
  expect(stderr).toContain('leaf 1.0');
});

test('an override by URL takes the place of every version, and is fetched only when it is needed', async () => {
  const wheel = buildWheel({ name: 'node', version: '9.0', requires: ['leaf<2'] });
  server.put(`/own/${wheel.filename}`, wheel.bytes);
  const url = `${server.url}/own/${wheel.filename}`;
  const project = projectWith(`overrides = { node = "${url}", unused = "${server.url}/nothing-1.0-py3-none-any.whl" }`);
  await project.ok(['install', '--no-self']);
  expect(await installed(project)).toEqual(['app 1.0', 'leaf 1.0', 'node 9.0']);
  expect(project.read('pdm.lock')).toContain(`name = "node"\nversion = "9.0"\nurl = "${url}"\n`);
  const first = project.read('pdm.lock');
  await project.ok(['lock', '--update-reuse']);
  expect(project.read('pdm.lock')).toBe(first);
  const other = projectWith(`overrides = { node = "${server.url}/files/leaf-2.0-py3-none-any.whl" }`);
  expect((await other.tspm(['lock'])).stderr).toContain('what lies there is leaf, not node');
});

test('--override: files go before pyproject.toml, later ones before earlier ones, the variable when there is no option', async () => {
  const project = projectWith('overrides = { node = "2.0" }');
  project.write('one.txt', '# first\nleaf==1.0 --hash=sha256:00\nnode==1.0\n');
  server.put('/two.txt', 'leaf>=2\n');
  await project.ok(['lock', '--override', 'one.txt']);
  expect(locked(project)).toEqual(['app 1.0', 'leaf 1.0', 'node 1.0']);
  await project.ok(['lock', '--override', 'one.txt', '--override', `${server.url}/two.txt`]);
  expect(locked(project)).toEqual(['app 1.0', 'leaf 2.0', 'node 1.0']);
  await project.ok(['update', '--no-sync'], { env: { PDM_OVERRIDE: 'one.txt' } });
  expect(locked(project)).toEqual(['app 1.0', 'leaf 1.0', 'node 1.0']);
  project.write('bad.txt', 'leaf one\n');
  const bad = await project.tspm(['add', '--override', 'bad.txt', 'leaf']);
  expect(bad.stderr).toContain(`${project.path('bad.txt')}:1: `);
  const missing = await project.tspm(['lock', '--override', 'missing.txt']);
  expect(missing.stderr).toContain(`--override: cannot read ${project.path('missing.txt')}`);
});

test('a lock that records its inputs is installed, never rewritten, and not called fresh', async () => {
  const project = projectWith('', { dependencies: ['leaf'] });
  await project.ok(['lock']);
  const inputs =
    '[metadata.lock_inputs.project]\nrequires-python = ">=3.9"\n\n[metadata.lock_inputs.project.groups]\ndefault = ["leaf"]\n';
  const lock = project
    .read('pdm.lock')
    .replace(/content_hash = .*\n/, '')
    .replace('[[package]]', `${inputs}\n[[package]]`);
  project.write('pdm.lock', lock);
  const check = await project.tspm(['lock', '--check']);
  expect([check.status, check.stderr]).toEqual([1, expect.stringContaining('which tspm does not compare')]);
  expect((await project.tspm(['install', '--check'])).status).toBe(1);
  await project.ok(['install', '--no-self']);
  expect(await installed(project)).toEqual(['leaf 2.0']);
  await project.ok(['sync', '--no-self']);
  for (const args of [['lock'], ['add', 'app'], ['update'], ['remove', 'leaf']]) {
    const { status, stderr } = await project.tspm(args);
    expect([args, status, stderr]).toEqual([args, 1, expect.stringContaining('lock_inputs) is written by PDM alone')]);
  }
  expect(project.read('pdm.lock')).toBe(lock);
  const wished = await projectWith('lock_inputs = true').tspm(['lock']);
  expect(wished.stderr).toContain('[TSPM_UNSUPPORTED]');
});

test('remove keeps to --override as add and update do', async () => {
  const project = projectWith('', { dependencies: ['app', 'leaf'] });
  await project.ok(['lock']);
  expect(locked(project)).toContain('leaf 2.0');
  project.write('one.txt', 'leaf==1.0\n');
  await project.ok(['remove', '--no-sync', '--override', 'one.txt', 'leaf']);
  expect(locked(project)).toContain('leaf 1.0');
});
