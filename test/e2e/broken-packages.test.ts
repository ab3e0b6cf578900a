/** What packages, pages and locks say wrongly: a stated outcome and a line that names the place, never a crash. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { Sandbox, type Project } from '../support/tspm.ts';
import { buildWheel } from '../support/wheel.ts';
import { onlySource, problems, projectText } from '../support/workspace.ts';

const JSON_PAGE = { 'content-type': 'application/vnd.pypi.simple.v1+json' };
const sandbox = new Sandbox();
let server: IndexServer;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, [
    { name: 'beta', version: '1.0' },
    { name: 'beta', version: '1.1', requires: ['core>=>1'] },
    { name: 'gamma', version: '1.0', requires: ['core; python_version >> "3"'] },
    { name: 'legacy', version: '1.0', requires: ['core>=0.9.*,!=2.0*'], requiresPython: '>=3.6.*' },
    { name: 'core', version: '1.0' },
    { name: 'core', version: '2.0' },
    {
      name: 'latin',
      version: '1.0',
      metadata: Buffer.from('Metadata-Version: 2.1\nName: latin\nVersion: 1.0\nSummary: caf\xe9\n', 'latin1'),
    },
    { name: 'Foo_Bar', version: '1.0', files: { 'foo_bar.py': 'value = 1\n' } },
  ]);
});

afterAll(() => server.close());

test('one requirement line that cannot be read rules out its version, with a warning', async () => {
  const project = newProject(['beta']);
  const { stderr } = await project.ok(['lock']);
  expect(stderr).toMatch(
    /^WARNING: skipping beta 1\.1 because it has metadata that cannot be read \(requirement "core>=>1" is invalid: .*\)$/m,
  );
  expect(project.read('pdm.lock')).toMatch(/name = "beta"\nversion = "1\.0"/);
  const refused = await newProject(['gamma']).tspm(['lock']);
  expect(refused.status).toBe(1);
  expect(problems(refused).join('\n')).toMatch(
    /gamma 1\.0 has metadata that cannot be read \(requirement "core; python_version >> \\"3\\"" is invalid: marker .* at character 18\)/,
  );
});

test('lines with well-known mistakes are mended, and locked as every tool can read them', async () => {
  const project = newProject(['legacy']);
  await project.ok(['lock']);
  const lock = project.read('pdm.lock');
  expect(lock).toMatch(/name = "legacy"\nversion = "1\.0"\nrequires_python = ">=3\.6"/);
  expect(lock).toContain('"core!=2.0.*,>=0.9",');
  expect(lock).toMatch(/name = "core"\nversion = "1\.0"/);
});

test('metadata that is not UTF-8 is read as Latin-1', async () => {
  const project = newProject(['latin']);
  await project.ok(['lock']);
  expect(project.read('pdm.lock')).toContain('summary = "café"');
  await project.ok(['sync', '--no-self']);
  expect((await project.ok(['list', '--freeze'])).stdout).toBe('latin==1.0\n');
});

test('of a page with entries that are none the others count', async () => {
  const { filename, bytes, sha256 } = buildWheel({ name: 'messy', version: '1.0' });
  server.put(`/files/${filename}`, bytes);
  const good = { filename, url: `../../files/${filename}`, hashes: { sha256 } };
  const files = [
    null,
    7,
    'messy-3.0-py3-none-any.whl',
    [],
    {},
    { filename: 5, url: 6 },
    { filename: 'messy-2.0-py3-none-any.whl' },
    { url: '../../files/messy-2.0-py3-none-any.whl' },
    { ...good, filename: '../messy-2.0-py3-none-any.whl' },
    { ...good, filename: 'messy-two-py3-none-any.whl' },
    { ...good, filename: 'other-2.0-py3-none-any.whl' },
    { ...good, filename: 'messy-2.1-py3-none-any.whl', hashes: { sha256: 'short' } },
    { ...good, filename: 'messy-2.2-py3-none-any.whl', url: 'javascript:alert(1)' },
    { ...good, filename: 'messy-2.3-py3-none-any.whl', url: 'http://[' },
    { ...good, 'requires-python': 3, yanked: {}, size: '12', 'upload-time': 5, 'core-metadata': 'yes' },
  ];
  server.put('/simple/messy/', JSON.stringify({ meta: { 'api-version': '1.0' }, name: 'messy', files }), JSON_PAGE);
  expect(await lockedFiles('messy')).toEqual([filename]);
});

test('of a web page full of mistakes the links count that are files of the project', async () => {
  const { filename, bytes } = buildWheel({ name: 'tangled', version: '1.0' });
  server.put(`/files/${filename}`, bytes);
  const link = `<a data-requires-python="&gt;=3.6.*" HREF='../../files/${filename}#sha256='>`;
  const page = `<a><b href=x <a href="#"><a href="%ff%00"><a href="tangled-.whl"><!-- <a href="tangled-2.0.zip"> -->${link}<p`;
  server.put('/simple/tangled/', page, { 'content-type': 'text/html' });
  expect(await lockedFiles('tangled')).toEqual([filename]);
});

test.each([
  ['cut', '{"meta": {"api-version": "1.0"}, "files": [', 'the page announced as JSON cannot be parsed'],
  ['portal', '<html>Please log in</html>', 'it looks like a web page: is there a login page in between?'],
  ['list', '[]', 'the page is not a JSON object'],
  ['nofiles', '{"meta": {"api-version": "1.0"}, "files": {}}', 'the page has no list of files'],
  ['foreign', '{"name": "other", "files": []}', 'the page is about "other", not "foreign"'],
])('a page that is none ends the run: %s', async (name, body, problem) => {
  server.put(`/simple/${name}/`, body, JSON_PAGE);
  const project = newProject([name]);
  const result = await project.tspm(['lock']);
  expect(result.status).toBe(1);
  const line = problems(result).find((text) => text.startsWith('error: '));
  expect(line).toContain(`unusable answer from ${server.simple}/${name}/: `);
  expect(line).toContain(problem);
  expect(line).toMatch(/\[TSPM_INDEX_RESPONSE\]$/);
  expect(project.exists('pdm.lock')).toBe(false);
});

test('names that differ in case and separators alone are one package', async () => {
  const project = newProject(['FOO-bar', 'foo.Bar>=1']);
  await project.ok(['lock']);
  expect(project.read('pdm.lock').match(/^name = .*$/gm)).toEqual(['name = "foo-bar"']);
  await project.ok(['sync', '--no-self']);
  await project.ok(['lock', '--check']);
  expect((await project.ok(['list', '--freeze'])).stdout).toBe('Foo_Bar==1.0\n');
  expect((await project.tspm(['remove', 'Foo_BAR'])).status).toBe(0);
  expect(project.read('pyproject.toml')).not.toMatch(/foo.bar/i);
});

test('a marker of the project itself that cannot be read: group and line', async () => {
  const result = await newProject(['core; python_version >> "3"']).tspm(['lock']);
  expect(result.status).toBe(1);
  expect(problems(result).at(-1)).toMatch(
    /^error: pyproject\.toml:\d+: \[project\]\.dependencies\[0\]: requirement "core; python_version >> .* at character 18 \[TSPM_INVALID_REQUIREMENT\]$/,
  );
});

test('a lock with a marker that cannot be read: entry and line; with such a dependency: looked up anew', async () => {
  const project = newProject(['legacy']);
  await project.ok(['lock']);
  const lock = project.read('pdm.lock');
  project.write('pdm.lock', lock.replace('"core!=2.0.*,>=0.9"', '"core[x]=>1"'));
  await project.ok(['lock', '--update-reuse']);
  expect(project.read('pdm.lock')).toBe(lock);
  project.write('pdm.lock', lock.replace(/(name = "core"\n)/, '$1marker = "python_version >> \\"3\\""\n'));
  const sync = await project.tspm(['sync', '--no-self']);
  expect([sync.status, problems(sync).at(-1)]).toEqual([1, expect.stringMatching(/core.*\[TSPM_LOCK_INVALID\]$/)]);
});

/** The files that the lock has for a package. */
async function lockedFiles(name: string): Promise<(string | undefined)[]> {
  const project = newProject([name]);
  await project.ok(['lock']);
  return [...project.read('pdm.lock').matchAll(/file = "([^"]+)"/g)].map(([, file]) => file);
}

function newProject(dependencies: readonly string[]): Project {
  const text = projectText({ dependencies, sources: [onlySource(server.simple)] });
  return sandbox.project(`project ${(count += 1)}`, text);
}
