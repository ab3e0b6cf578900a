/** `add`, `remove` and `update`: what they write, byte for byte, and what they leave alone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { buildWheel } from '../support/wheel.ts';
import { installed, onlySource, projectText, stateOf } from '../support/workspace.ts';

let server: IndexServer;
let sandbox: Sandbox;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, [
    { name: 'alpha', version: '1.2.3', requires: ['deep>=1'] },
    { name: 'alpha', version: '1.9.1', requires: ['deep>=1'] },
    { name: 'alpha', version: '2.21.0', requires: ['deep>=1'] },
    { name: 'beta', version: '5' },
    { name: 'beta', version: '6.0b2' },
    { name: 'deep', version: '1.0' },
    { name: 'deep', version: '1.5' },
    { name: 'Gamma.Pkg', version: '1.0', requires: ['beta; extra == "more"'], extras: ['more'] },
  ]);
  sandbox = new Sandbox();
});

afterAll(() => server.close());

test('a file with CRLF, a byte order mark, comments and odd spacing keeps every byte but the edit', async () => {
  const head = `\uFEFF# Kept\r\n[project]  # as is\r\nname='demo'\r\nversion = "0"\r\nrequires-python = ">=3.9"\r\n`;
  const tail = `\r\n\r\n[tool.pdm]\r\ndistribution = false\r\n\r\n[[tool.pdm.source]]\r\nurl = "${server.simple}"  # inside\r\nname = 'pypi'\r\n\r\n[tool.black]\r\nline-length   =  100`;
  const project = sandbox.project(
    'bytes',
    `${head}dependencies = [\r\n  # first\r\n  'alpha<2',  # pinned\r\n]${tail}`,
  );
  await project.ok(['add', 'beta', '--no-sync']);
  expect(project.read('pyproject.toml')).toBe(
    `${head}dependencies = [\r\n  # first\r\n  'alpha<2',  # pinned\r\n  'beta>=5',\r\n]${tail}`,
  );
  await project.ok(['add', 'alpha<2,>=1.2', '--no-sync']);
  expect(project.read('pyproject.toml')).toBe(
    `${head}dependencies = [\r\n  # first\r\n  'alpha<2,>=1.2',  # pinned\r\n  'beta>=5',\r\n]${tail}`,
  );
  await project.ok(['remove', 'beta', '--no-sync']);
  expect(project.read('pyproject.toml')).toBe(
    `${head}dependencies = [\r\n  # first\r\n  'alpha<2,>=1.2',  # pinned\r\n]${tail}`,
  );
});

test.each([
  [[], ['alpha>=2.21.0', 'beta>=5']],
  [['--save-minimum'], ['alpha>=2.21.0', 'beta>=5']],
  [['--save-compatible'], ['alpha~=2.21', 'beta~=5.0']],
  [['--save-safe-compatible'], ['alpha~=2.21.0', 'beta~=5.0']],
  [['--save-exact'], ['alpha==2.21.0', 'beta==5']],
  [['--save-wildcard'], ['alpha', 'beta']],
])('add %j', async (options, lines) => {
  const project = newProject();
  await project.ok(['add', '--no-sync', ...options, 'alpha', 'beta']);
  expect(dependencies(project)).toEqual(lines);
  await project.ok(['lock', '--check']);
});

test('strategy.save, given specifiers, extras, markers and pre-releases', async () => {
  const project = newProject();
  await project.ok(['config', '--local', 'strategy.save', 'exact']);
  await project.ok(['add', '--no-sync', 'alpha', 'gamma_pkg[More] ; python_version<"4"', '--pre', 'beta>=5']);
  expect(dependencies(project)).toEqual(['alpha==2.21.0', 'gamma-pkg[More]==1.0; python_version < "4"', 'beta>=5']);
  expect(project.read('pdm.lock')).toMatch(/name = "beta"\nversion = "6\.0b2"/);
  expect(project.read('pdm.lock')).toMatch(/name = "gamma-pkg"\nversion = "1\.0"\nextras = \["More"\]/);
});

test('add -d and add -G write to their tables, and only those groups are locked', async () => {
  const project = newProject(['alpha']);
  await project.ok(['add', '-d', 'beta']);
  expect(project.read('pyproject.toml')).toMatch(/\[dependency-groups\]\ndev = \[\n {4}"beta>=5",\n\]\n$/);
  await project.ok(['add', '-dG', 'Test_Suite', 'deep']);
  expect(project.read('pyproject.toml')).toMatch(/test-suite = \[\n {4}"deep>=1\.5",\n\]/);
  const { stderr } = await project.ok(['add', '-G', 'web', 'gamma-pkg']);
  expect(stderr).toContain('INFO: Adding group web to lockfile');
  expect(project.read('pyproject.toml')).toMatch(
    /\[project\.optional-dependencies\]\nweb = \[\n {4}"gamma-pkg>=1\.0",\n\]/,
  );
  expect(project.read('pdm.lock')).toContain('groups = ["default", "dev", "test-suite", "web"]');
  expect(await installed(project)).toEqual(['beta 5', 'deep 1.5', 'Gamma.Pkg 1.0']);
  await project.ok(['remove', '-d', 'beta']);
  expect(project.read('pyproject.toml')).not.toContain('dev = [');
  await project.ok(['remove', '-G', 'web', 'gamma-pkg']);
  expect(project.read('pyproject.toml')).not.toContain('optional-dependencies');
  expect(await installed(project)).toEqual(['deep 1.5']);
});

test('an add that cannot be resolved or fetched leaves everything as it was', async () => {
  const project = newProject(['alpha<2']);
  await project.ok(['install']);
  const before = stateOf(project);
  for (const args of [
    ['alpha>3'],
    ['beta', 'nowhere-to-be-found'],
    ['beta<1'],
    ['-d', 'nope'],
    ['beta', '--override', 'x'],
  ]) {
    const { status } = await project.tspm(['add', ...args]);
    expect({ args, status, state: stateOf(project) }).toEqual({ args, status: 1, state: before });
  }
  await project.ok(['add', '--dry-run', 'beta']);
  expect(stateOf(project)).toEqual(before);
});

test('update moves one package, or all, or with -u also what pyproject.toml asks for', async () => {
  const project = newProject(['alpha<2', 'deep']);
  await project.ok(['install']);
  const lock = project
    .read('pdm.lock')
    .replace('version = "1.9.1"', 'version = "1.2.3"')
    .replace('version = "1.5"', 'version = "1.0"');
  const older = lock.replaceAll(/alpha-1\.9\.1(.*?)hash = "[^"]*"/g, `alpha-1.2.3$1hash = "${hashOf('alpha-1.2.3')}"`);
  project.write(
    'pdm.lock',
    older.replaceAll(/deep-1\.5(.*?)hash = "[^"]*"/g, `deep-1.0$1hash = "${hashOf('deep-1.0')}"`),
  );
  await project.ok(['sync']);
  expect(await installed(project)).toEqual(['alpha 1.2.3', 'deep 1.0']);
  const before = stateOf(project);
  const dry = await project.ok(['update', '--dry-run']);
  expect(dry.stdout).toContain('Packages to update:\n  - alpha 1.2.3 -> 1.9.1\n  - deep 1.0 -> 1.5\n');
  expect(stateOf(project)).toEqual(before);
  const named = await project.ok(['update', 'alpha']);
  expect(named.stdout).toContain('Updating packages: alpha.\n');
  expect(await installed(project)).toEqual(['alpha 1.9.1', 'deep 1.0']);
  await project.ok(['update']);
  expect(await installed(project)).toEqual(['alpha 1.9.1', 'deep 1.5']);
  expect(dependencies(project)).toEqual(['alpha<2', 'deep']);
  await project.ok(['update', '-u', 'alpha', '--save-compatible']);
  expect(dependencies(project)).toEqual(['alpha~=2.21', 'deep']);
  expect(await installed(project)).toEqual(['alpha 2.21.0', 'deep 1.5']);
});

test('remove takes every line of the name and --dry-run only tells', async () => {
  const project = newProject(['alpha; python_version < "3.12"', 'Alpha>=1; python_version >= "3.12"', 'beta']);
  await project.ok(['install']);
  const before = stateOf(project);
  const { stdout } = await project.ok(['remove', '--dry-run', 'ALPHA']);
  expect(stdout).toContain('Packages to remove:\n  - alpha 2.21.0\n  - deep 1.5\n');
  expect(stateOf(project)).toEqual(before);
  await project.ok(['remove', 'ALPHA']);
  expect(dependencies(project)).toEqual(['beta']);
  expect(await installed(project)).toEqual(['beta 5']);
});

test('add --dry-run writes nothing, also when neither locking nor installing was wanted', async () => {
  const project = newProject(['beta']);
  const text = project.read('pyproject.toml');
  await project.ok(['add', '--dry-run', '--no-sync', '--frozen-lockfile', 'alpha']);
  expect(project.read('pyproject.toml')).toBe(text);
  await project.ok(['add', '--no-sync', '--frozen-lockfile', 'alpha']);
  expect(dependencies(project)).toEqual(['beta', 'alpha']);
  expect(project.exists('pdm.lock')).toBe(false);
});

test('names in any spelling are one package', async () => {
  const project = newProject();
  await project.ok(['add', 'GAMMA_pkg==1.0']);
  await project.ok(['add', 'gamma.PKG']);
  expect(dependencies(project)).toEqual(['gamma-PKG>=1.0']);
  expect(await installed(project)).toEqual(['Gamma.Pkg 1.0']);
});

test('another lock file of the project is used in place of pdm.lock', async () => {
  const project = newProject(['beta']);
  await project.ok(['lock']);
  const text = project.read('pdm.lock');
  project.write('other.lock', text);
  await project.ok(['add', '-L', 'other.lock', 'deep']);
  expect(project.read('pdm.lock')).toBe(text);
  expect(project.read('other.lock')).toContain('name = "deep"');
});

function newProject(lines: readonly string[] = []): Project {
  return sandbox.project(
    `project ${(count += 1)}`,
    projectText({ dependencies: lines, sources: [onlySource(server.simple)] }),
  );
}

/** The strings of the `dependencies` array; the tests write it one a line or in one line. */
function dependencies(project: Project): string[] {
  const [, body = ''] = /^dependencies = \[(.*?)\]$/ms.exec(project.read('pyproject.toml')) ?? [];
  return [...body.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g)].map(
    ([, basic, literal]) => basic?.replaceAll('\\"', '"') ?? literal ?? '',
  );
}

function hashOf(stem: string): string {
  const [name = '', version = ''] = stem.split('-');
  const wheel = name === 'alpha' ? buildWheel({ name, version, requires: ['deep>=1'] }) : buildWheel({ name, version });
  return `sha256:${wheel.sha256}`;
}
