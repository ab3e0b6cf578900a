/** Versions of which there is a source archive alone: locked without a build where they tell what they require. */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { serveIndex } from '../support/index-server.ts';
import { buildSdist } from '../support/sdist.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { onlySource, projectText } from '../support/workspace.ts';

const sandbox = new Sandbox();
let count = 0;

function projectOf(url: string, ...dependencies: readonly string[]): Project {
  return sandbox.project(`archives-${count++}`, projectText({ dependencies, sources: [onlySource(url)] }));
}

const old = (name: string): string => `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`;
const TOLD = buildSdist({
  name: 'told',
  version: '1.0',
  requires: ['leaf>=1'],
  extras: { more: ['extra-leaf'] },
  requiresPython: '>=3.8',
});
const DECLARED = buildSdist({
  name: 'declared',
  version: '1.0',
  requires: ['leaf'],
  files: { 'PKG-INFO': old('declared') },
});
const SILENT = buildSdist({
  name: 'silent',
  version: '1.0',
  files: { 'PKG-INFO': old('silent'), 'pyproject.toml': '[build-system]\nrequires = ["setuptools"]\n' },
});
const MIXED = buildSdist({ name: 'mixed', version: '2.0', requires: ['leaf'] });

async function index() {
  const server = await serveIndex();
  publish(server, [
    { name: 'leaf', version: '1.0' },
    { name: 'extra-leaf', version: '1.0' },
    { name: 'mixed', version: '1.0' },
  ]);
  for (const [name, sdist] of Object.entries({ told: TOLD, declared: DECLARED, silent: SILENT, mixed: MIXED })) {
    server.add(name, sdist);
  }
  return server;
}

test('what PKG-INFO or [project] tells is locked as for a wheel, without a build', async () => {
  const server = await index();
  const project = projectOf(server.simple, 'told[more]', 'declared');
  const { stderr } = await project.ok(['lock']);
  expect(stderr).not.toContain('Building');
  const lock = project.read('pdm.lock');
  expect(lock).toContain(`[[package]]
name = "told"
version = "1.0"
requires_python = ">=3.8"
summary = ""
groups = ["default"]
dependencies = [
    "leaf>=1",
]
files = [
    {file = "told-1.0.tar.gz", hash = "sha256:${TOLD.sha256}"},
]
`);
  expect(lock).toMatch(/name = "told"\nversion = "1.0"\nextras = \["more"\]/);
  expect(lock).toContain('name = "extra-leaf"');
  expect(lock).toContain('name = "declared"');
  await project.ok(['lock', '--check']);
  server.forget();
  await project.ok(['lock']);
  expect(project.read('pdm.lock')).toBe(lock);
  expect(server.paths().filter((path) => path.startsWith('/files/told'))).toEqual([]);
});

test('versions count whether there is a wheel or an archive, unless wheels are preferred', async () => {
  const server = await index();
  const project = projectOf(server.simple, 'mixed');
  await project.ok(['lock']);
  expect(project.read('pdm.lock')).toContain('name = "mixed"\nversion = "2.0"');
  const more = '[tool.pdm.resolution]\nprefer-binary = ["mixed"]\n';
  const sources = [onlySource(server.simple)];
  const preferring = sandbox.project('preferring', projectText({ dependencies: ['mixed'], sources, more }));
  server.forget();
  await preferring.ok(['lock']);
  expect(preferring.read('pdm.lock')).toContain('name = "mixed"\nversion = "1.0"');
  expect(server.paths()).not.toContain('/files/mixed-2.0.tar.gz');
});

test('an archive that does not tell its requirements is built, which may lack what it needs', async () => {
  const server = await index();
  const project = projectOf(server.simple, 'silent');
  const { status, stderr } = await project.tspm(['lock']);
  expect(status).toBe(1);
  expect(stderr).toContain(
    'the build requirements of silent 1.0 cannot be installed: Unable to find a resolution for setuptools: there is no package setuptools',
  );
  expect(stderr).toContain(
    'Because setuptools was not found in any source (pypi) and the build of silent 1.0 depends on setuptools',
  );
  expect(project.exists('pdm.lock')).toBe(false);
});

test('an archive from before metadata could be final is not read, but built', async () => {
  const server = await index();
  const ancient = buildSdist({ name: 'ancient', version: '1.0' });
  server.add('ancient', { ...ancient, uploadTime: '2020-09-30T23:59:59Z' });
  const { stderr } = await projectOf(server.simple, 'ancient').tspm(['lock']);
  expect(stderr).toContain('the build requirements of ancient 1.0 cannot be installed');
});

test('a metadata file beside an archive is read in its place, if it is final', async () => {
  const server = await index();
  const final = 'Metadata-Version: 2.4\nName: far\nVersion: 1.0\nRequires-Dist: leaf\n';
  server.add('far', { filename: 'far-1.0.tar.gz', bytes: Buffer.from('never read'), metadata: final });
  const project = projectOf(server.simple, 'far');
  await project.ok(['lock']);
  expect(project.read('pdm.lock')).toContain('name = "leaf"');
  expect(server.paths()).not.toContain('/files/far-1.0.tar.gz');
  const open = 'Metadata-Version: 2.2\nName: near\nVersion: 1.0\nDynamic: Requires-Dist\n';
  server.add('near', { ...buildSdist({ name: 'near', version: '1.0', requires: ['extra-leaf'] }), metadata: open });
  const other = projectOf(server.simple, 'near');
  await other.ok(['lock']);
  expect(other.read('pdm.lock')).toContain('name = "extra-leaf"');
});

test('bytes that are not those of the page, or of another package, are refused', async () => {
  const server = await index();
  server.add('forged', { ...buildSdist({ name: 'forged', version: '1.0' }), sha256: '0'.repeat(64) });
  const { filename } = buildSdist({ name: 'alias', version: '1.0' });
  server.add('alias', { filename, bytes: TOLD.bytes });
  const forged = await projectOf(server.simple, 'forged').tspm(['lock']);
  expect([forged.status, forged.stderr]).toEqual([1, expect.stringContaining('TSPM_HASH_MISMATCH')]);
  const alias = await projectOf(server.simple, 'alias').tspm(['lock']);
  expect(alias.stderr).toContain('alias-1.0.tar.gz: its metadata is about told 1.0');
});

test('archives of a local folder', async () => {
  const server = await index();
  const project = projectOf(server.simple);
  project.write('archives/.keep', '');
  writeFileSync(project.path('archives', TOLD.filename), TOLD.bytes);
  const folder = { name: 'archives', url: 'file:///${PROJECT_ROOT}/archives', type: 'find_links' };
  const sources = [onlySource(server.simple), { ...folder, include_packages: ['told'] }];
  project.write('pyproject.toml', projectText({ dependencies: ['told'], sources }));
  await project.ok(['lock']);
  expect(project.read('pdm.lock')).toContain(`{file = "told-1.0.tar.gz", hash = "sha256:${TOLD.sha256}"}`);
});
