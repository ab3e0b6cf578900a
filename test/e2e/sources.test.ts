/** Every kind of `[[tool.pdm.source]]`, from lock to import. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish, type Published } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { buildWheel, type BuiltWheel } from '../support/wheel.ts';
import { dropPackages, importing, problems, projectText } from '../support/workspace.ts';

const PARENT = {
  name: 'Parent.Pkg',
  version: '1.0',
  requires: ['child>=2'],
  files: { 'parent_pkg.py': 'import child\nv = child.v\n' },
};
const CHILD = { name: 'child', version: '2.5', files: { 'child.py': 'v = "2.5"\n' } };
const OLD = { name: 'child', version: '1.0', files: { 'child.py': 'v = "1.0"\n' } };
const ALL: readonly Published[] = [PARENT, OLD, CHILD];
const wheels = ALL.map(buildWheel);
/** What {@link mainJob} gives. */
const WORKING = [true, '2.5', '2.5'];

const sandbox = new Sandbox();
let server: IndexServer;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, ALL);
});

afterAll(() => server.close());

test.each(['json', 'html'] as const)('an index that speaks %s alone', async (format) => {
  const index = await startIndexServer({ format });
  publish(index, ALL);
  const project = projectWith([{ name: 'pypi', url: index.simple }]);
  expect(await mainJob(project)).toEqual(WORKING);
  expect(index.requests[0]?.headers['accept']).toContain('application/vnd.pypi.simple.v1+json');
  await index.close();
});

test('an index without files that can be read in ranges, and one that announces metadata files', async () => {
  const plain = await startIndexServer({ ranges: false });
  publish(plain, ALL);
  expect(await mainJob(projectWith([{ name: 'pypi', url: `${plain.simple}/` }]))).toEqual(WORKING);
  await plain.close();
  const modern = await startIndexServer();
  const metadata = ({ name, version, requires = [] }: Published) =>
    `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${requires.map((line) => `Requires-Dist: ${line}\n`).join('')}`;
  publish(
    modern,
    ALL.map((spec) => ({ ...spec, listing: { metadata: metadata(spec) } })),
  );
  const project = projectWith([{ name: 'pypi', url: modern.simple }]);
  await project.ok(['lock']);
  expect(
    modern
      .paths()
      .filter((path) => !path.startsWith('/simple/'))
      .sort(),
  ).toEqual(['/files/Parent.Pkg-1.0-py3-none-any.whl.metadata', '/files/child-2.5-py3-none-any.whl.metadata']);
  expect(await mainJob(project)).toEqual(WORKING);
  await modern.close();
});

test('find_links: a folder, by path and by file URL with ${PROJECT_ROOT}', async () => {
  const project = projectWith([{ name: 'pypi', url: 'file:///${PROJECT_ROOT}/wheel house', type: 'find_links' }]);
  writeWheels(project.path('wheel house'));
  expect(await mainJob(project)).toEqual(WORKING);
  const byPath = projectWith([{ name: 'pypi', url: project.path('wheel house'), type: 'find_links' }]);
  expect(await mainJob(byPath)).toEqual(WORKING);
});

test('find_links: an HTML page on disk with relative links, with and without #sha256', async () => {
  const project = projectWith([]);
  writeWheels(project.path('files'));
  writeFileSync(
    project.path('links.html'),
    page(wheels, (wheel, index) => `files/${wheel.filename}${index === 0 ? '' : `#sha256=${wheel.sha256}`}`),
  );
  const url = pathToFileURL(project.path('links.html')).href;
  project.write(
    'pyproject.toml',
    projectText({ dependencies: ['parent-pkg'], sources: [{ name: 'pypi', url, type: 'find_links' }] }),
  );
  expect(await mainJob(project)).toEqual(WORKING);
});

test.each([
  ['relative links with #sha256', (wheel: BuiltWheel) => `../files/${wheel.filename}#sha256=${wheel.sha256}`],
  ['relative links without #sha256', (wheel: BuiltWheel) => `../files/${wheel.filename}`],
  [
    'absolute links with #sha256',
    (wheel: BuiltWheel) => `${server.url}/files/${wheel.filename}#sha256=${wheel.sha256}`,
  ],
  ['absolute links without #sha256', (wheel: BuiltWheel) => `${server.url}/files/${wheel.filename}`],
])('find_links: an HTML page over HTTP with %s', async (_, link) => {
  const path = `/links${count}/releases.html`;
  server.put(path, page(wheels, link), { 'content-type': 'text/html' });
  const project = projectWith([{ name: 'pypi', url: server.url + path, type: 'find_links' }]);
  expect(await mainJob(project)).toEqual(WORKING);
});

test('a source under another name is added to the default, one named pypi takes its place', async () => {
  const [extra, other] = [await startIndexServer(), await startIndexServer()];
  publish(extra, [{ ...CHILD, version: '9.0', files: { 'child.py': 'v = "9.0"\n' } }]);
  const added = projectWith([{ name: 'extra', url: extra.simple }]);
  await added.ok(['lock'], { env: { PDM_PYPI_URL: server.simple } });
  expect(added.read('pdm.lock')).toMatch(/name = "child"\nversion = "9\.0"/);
  const replaced = projectWith([{ name: 'pypi', url: server.simple }]);
  await replaced.ok(['lock'], { env: { PDM_PYPI_URL: other.simple } });
  expect(other.requests).toEqual([]);
  await Promise.all([extra.close(), other.close()]);
});

test('include_packages and exclude_packages decide which source is asked', async () => {
  const special = await startIndexServer();
  publish(special, [
    { ...CHILD, version: '7.0', files: { 'child.py': 'v = "7.0"\n' } },
    { ...PARENT, version: '8.0' },
  ]);
  const including = projectWith([
    { name: 'pypi', url: server.simple },
    { name: 'special', url: special.simple, include_packages: ['ch*'] },
  ]);
  server.forget();
  await including.ok(['lock']);
  expect(including.read('pdm.lock')).toMatch(/name = "child"\nversion = "7\.0"/);
  expect(server.paths().some((path) => path.includes('child'))).toBe(false);
  const excluding = projectWith([
    { name: 'pypi', url: server.simple },
    { name: 'special', url: special.simple, exclude_packages: ['CHILD'] },
  ]);
  special.forget();
  await excluding.ok(['lock', '--no-cache']);
  expect(excluding.read('pdm.lock')).toMatch(/name = "child"\nversion = "2\.5"/);
  expect(excluding.read('pdm.lock')).toMatch(/name = "parent-pkg"\nversion = "8\.0"/);
  expect(special.paths().some((path) => path.includes('child'))).toBe(false);
  await special.close();
});

test('credentials: in the URL through variables, and by keys of the source; neither is shown or locked', async () => {
  const guarded = await startIndexServer({ auth: { username: 'me', password: 's3cret/@' } });
  publish(guarded, ALL);
  const url = guarded.simple.replace('http://', 'http://${WHO}:${WORD}@');
  const byUrl = projectWith([{ name: 'pypi', url }]);
  expect(await mainJob(byUrl, { WHO: 'me', WORD: 's3cret/@' })).toEqual(WORKING);
  expect(
    await mainJob(projectWith([{ name: 'pypi', url: guarded.simple, username: 'me', password: 's3cret/@' }])),
  ).toEqual(WORKING);
  const refused = await projectWith([{ name: 'pypi', url }]).tspm(['lock', '--no-cache'], {
    env: { WHO: 'me', WORD: 'wr0ng' },
  });
  expect(refused.status).toBe(1);
  expect(problems(refused)).toEqual([expect.stringMatching(/^error: .*\(401\).*\[TSPM_INDEX_AUTH\]$/)]);
  expect(refused.stderr + byUrl.read('pdm.lock')).not.toMatch(/wr0ng|s3cret/);
  await guarded.close();
});

/** Locks, installs, imports, and does it again from the lock: gives what both imports print, and whether the lock has every file. */
async function mainJob(project: Project, env: Readonly<Record<string, string>> = {}): Promise<readonly unknown[]> {
  const code = 'import parent_pkg; print(parent_pkg.v)';
  await project.ok(['install'], { env });
  const lock = project.read('pdm.lock');
  const locked = wheels
    .filter(({ filename }) => !filename.includes('-1.0-') || filename.startsWith('Parent'))
    .every(({ filename, sha256 }) => lock.includes(`{file = "${filename}", hash = "sha256:${sha256}"}`));
  const first = importing(project, code);
  dropPackages(project);
  await project.ok(['sync', '--no-cache'], { env });
  return [locked, first, importing(project, code)];
}

function projectWith(sources: Parameters<typeof projectText>[0]['sources']): Project {
  count += 1;
  return sandbox.project(
    `project ${count}`,
    projectText({ dependencies: ['parent-pkg'], ...(sources === undefined ? {} : { sources }) }),
  );
}

function writeWheels(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const { filename, bytes } of wheels) writeFileSync(`${folder}/${filename}`, bytes);
}

function page(all: readonly BuiltWheel[], link: (wheel: BuiltWheel, index: number) => string): string {
  const links = all.map((wheel, index) => `<a href="${link(wheel, index)}">${wheel.filename}</a><br>`);
  return `<!DOCTYPE html>\n<html><body>\n${links.join('\n')}\n</body></html>\n`;
}
