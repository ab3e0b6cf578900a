/** Locks of other PDM versions, and what the groups, extras and markers of a lock select. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import type { BuiltWheel } from '../support/wheel.ts';
import { dropPackages, importing, installed, onlySource, problems, projectText } from '../support/workspace.ts';

const GROUPS = `[project.optional-dependencies]
web = ["webby"]
plot = ["plotty[fancy]"]

[dependency-groups]
test = ["testy"]
docs = ["docky", { include-group = "test" }]
`;

let server: IndexServer;
let sandbox: Sandbox;
let wheels: Map<string, BuiltWheel>;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  wheels = publish(server, [
    {
      name: 'base',
      version: '1.0',
      requires: [
        'colorama; sys_platform == "win32"',
        'unixy; sys_platform != "win32"',
        'ancient; python_version < "3.0"',
      ],
    },
    { name: 'base', version: '2.0', requires: ['unixy'] },
    { name: 'colorama', version: '0.4.6' },
    { name: 'unixy', version: '1.0' },
    { name: 'webby', version: '1.0' },
    { name: 'plotty', version: '1.0', requires: ['shiny>=2; extra == "fancy"'], extras: ['fancy'] },
    { name: 'shiny', version: '2.1' },
    { name: 'testy', version: '1.0' },
    { name: 'docky', version: '1.0' },
  ]);
  sandbox = new Sandbox();
});

afterAll(() => server.close());

test.each([
  ['4.4', 'strategy = ["cross_platform"]\nlock_version = "4.4"'],
  ['4.4.1', 'strategy = ["cross_platform", "inherit_metadata"]\nlock_version = "4.4.1"'],
  ['4.3', 'cross_platform = true\nstatic_urls = false\nlock_version = "4.3"'],
])('a lock of format %s is installed as it is, with a warning', async (_, head) => {
  const project = newProject(['base<2']);
  project.write('pdm.lock', oldLock(head));
  const text = project.read('pdm.lock');
  const result = await project.ok(['sync']);
  expect(problems(result)).toContain('WARNING: Lockfile is generated on an older version of PDM');
  expect(await installed(project)).toEqual(['base 1.0', 'unixy 1.0']);
  expect(importing(project, 'import base, unixy; print(base.__version__)')).toBe('1.0');
  expect(project.read('pdm.lock')).toBe(text);
});

test('a lock of an old format with CRLF line ends and keys nobody knows', async () => {
  const project = newProject(['base<2']);
  const text = oldLock('strategy = ["cross_platform"]\nlock_version = "4.4.2"').replace(
    '[metadata]',
    '[metadata]\nfuture = { a = 1 }',
  );
  project.write('pdm.lock', text.trimEnd().replaceAll('\n', '\r\n'));
  await project.ok(['sync']);
  expect(await installed(project)).toEqual(['base 1.0', 'unixy 1.0']);
});

test('hashes that stand apart, as in format 4.2', async () => {
  const project = newProject(['base<2']);
  const apart = ['base 1.0', 'unixy 1.0', 'colorama 0.4.6'].map((key) => {
    const { filename, sha256 } = wheel(key);
    return `"${key}" = [\n    {url = "${server.url}/files/${filename}", hash = "sha256:${sha256}"},\n]\n`;
  });
  const lock = oldLock('lock_version = "4.2"', false);
  project.write('pdm.lock', `${lock}\n[metadata.files]\n${apart.join('')}`);
  const result = await project.tspm(['sync']);
  expect([result.status, result.stderr]).toEqual([0, expect.stringContaining('older version of PDM')]);
  expect(await installed(project)).toEqual(['base 1.0', 'unixy 1.0']);
});

test('a lock of a newer micro version is installed with a warning', async () => {
  const project = newProject(['base']);
  await project.ok(['lock']);
  project.write('pdm.lock', project.read('pdm.lock').replace(/lock_version = ".*"/, 'lock_version = "4.5.9"'));
  const result = await project.ok(['sync']);
  expect(problems(result)).toEqual(['WARNING: Lockfile is generated on a newer version of PDM']);
});

test('markers decide by platform and Python what is installed', async () => {
  const project = newProject(['base<2', 'webby; python_version < "3.0"', 'testy; os_name == "posix"']);
  await project.ok(['lock']);
  const lock = project.read('pdm.lock');
  expect(lock).toMatch(/name = "colorama"\n(?:.+\n)*marker = "sys_platform == \\"win32\\""/);
  expect(lock).not.toContain('name = "ancient"');
  await project.ok(['sync']);
  expect(await installed(project)).toEqual(['base 1.0', 'testy 1.0', 'unixy 1.0']);
});

test.each([
  [[], ['base', 'docky', 'plotty', 'shiny', 'testy', 'unixy', 'webby']],
  [['--prod'], ['base', 'unixy']],
  [
    ['--prod', '-G', 'web'],
    ['base', 'unixy', 'webby'],
  ],
  [
    ['-G', 'plot'],
    ['base', 'docky', 'plotty', 'shiny', 'testy', 'unixy'],
  ],
  [
    ['-G', 'test'],
    ['base', 'testy', 'unixy'],
  ],
  [
    ['-d', '--without', 'test'],
    ['base', 'docky', 'testy', 'unixy'],
  ],
  [
    ['--without', 'plot,docs'],
    ['base', 'testy', 'unixy', 'webby'],
  ],
  [['--no-default', '-G', 'web', '--prod'], ['webby']],
])('sync %j', async (args, names) => {
  const project = newProject(['base'], GROUPS);
  await project.ok(['lock', '-G', ':all']);
  expect(project.read('pdm.lock')).toContain('groups = ["default", "docs", "plot", "test", "web"]');
  await project.ok(['sync', ...args]);
  expect((await installed(project)).map((one) => one.split(' ')[0])).toEqual(names);
});

test('--prod with a development group is refused, an unknown group is only noted', async () => {
  const project = newProject(['base'], GROUPS);
  await project.ok(['lock']);
  const refused = await project.tspm(['sync', '--prod', '-G', 'test']);
  expect([refused.status, refused.stderr]).toEqual([
    1,
    expect.stringContaining('--prod is not allowed with dev groups'),
  ]);
  const noted = await project.ok(['sync', '-G', 'nope']);
  expect(noted.stderr).toContain('Ignoring non-existing groups: nope');
});

test('sync --dry-run tells, --clean and --only-keep remove, --reinstall replaces', async () => {
  const project = newProject(['base'], GROUPS);
  await project.ok(['lock', '-G', ':all']);
  const told = await project.ok(['sync', '--dry-run', '--prod', '-G', 'web']);
  expect(told.stdout).toBe('Packages to add:\n  - base 2.0\n  - unixy 1.0\n  - webby 1.0\n');
  expect(project.exists('__pypackages__')).toBe(false);
  await project.ok(['sync']);
  const kept = await project.ok(['sync', '--prod', '--clean']);
  expect(kept.stdout).toContain('nothing to do');
  const removed = await project.ok(['sync', '--prod', '--only-keep']);
  expect(removed.stdout).toContain('0 to add, 0 to update, 5 to remove');
  expect(await installed(project)).toEqual(['base 2.0', 'unixy 1.0']);
  await project.ok(['lock', '--prod']);
  await project.ok(['sync', '--reinstall']);
  const again = await project.ok(['sync', '--reinstall']);
  expect(again.stdout).toContain('✔ Update base 2.0 -> 2.0 successful');
  project.write('pyproject.toml', project.read('pyproject.toml').replace('"base"', '"webby"'));
  await project.ok(['lock']);
  expect((await project.ok(['sync', '--dry-run', '--clean'])).stdout).toBe(
    'Packages to add:\n  - webby 1.0\nPackages to remove:\n  - base 2.0\n  - unixy 1.0\n',
  );
  await project.ok(['sync', '--clean']);
  expect(await installed(project)).toEqual(['webby 1.0']);
});

test('install brings a stale lock up to date with the versions it has, --check refuses, --frozen-lockfile does not write', async () => {
  const project = newProject(['base<2']);
  await project.ok(['install']);
  const old = project.read('pdm.lock');
  project.write('pyproject.toml', project.read('pyproject.toml').replace('"base<2"', '"base", "testy"'));
  const checked = await project.tspm(['install', '--check']);
  expect([checked.status, checked.stdout]).toEqual([1, '']);
  expect(checked.stderr).toMatch(/Please run `(?:tspm|pdm) lock` to update the lock file/);
  const stale = await project.ok(['sync']);
  expect(stale.stderr).toContain(
    "WARNING: Lockfile doesn't satisfy the project requirements, packages may be outdated",
  );
  await project.ok(['install', '--frozen-lockfile']);
  expect(await installed(project)).toEqual(['base 1.0', 'testy 1.0', 'unixy 1.0']);
  expect(project.read('pdm.lock')).toBe(old);
  dropPackages(project);
  const { stderr } = await project.ok(['install']);
  expect(stderr).toContain('Updating the lock file...');
  expect(await installed(project)).toEqual(['base 1.0', 'testy 1.0', 'unixy 1.0']);
  await project.ok(['install', '--check']);
});

function newProject(dependencies: readonly string[], more = ''): Project {
  return sandbox.project(
    `project ${(count += 1)}`,
    projectText({ dependencies, sources: [onlySource(server.simple)], more }),
  );
}

/** A lock as PDM wrote it before targets: `base` with a dependency for each kind of platform. */
function oldLock(head: string, withFiles = true): string {
  const entries = [
    entry('base 1.0', ['colorama; sys_platform == "win32"', 'unixy; sys_platform != "win32"'], '', withFiles),
    entry('colorama 0.4.6', [], 'sys_platform == \\"win32\\"', withFiles),
    entry('unixy 1.0', [], 'sys_platform != \\"win32\\"', withFiles),
  ];
  const header = '# This file is @generated by PDM.\n# It is not intended for manual editing.\n';
  return `${header}\n[metadata]\ngroups = ["default"]\n${head}\ncontent_hash = "sha256:${'0'.repeat(64)}"\n${entries.join('')}`;
}

function entry(key: string, dependencies: readonly string[], marker: string, withFiles: boolean): string {
  const [name, version] = key.split(' ');
  const { filename, sha256 } = wheel(key);
  const list = dependencies.map((line) => `    ${JSON.stringify(line)},\n`).join('');
  const rows = [
    `name = "${name}"`,
    `version = "${version}"`,
    'requires_python = ">=3.6"',
    'summary = "An entry"',
    'groups = ["default"]',
  ];
  if (marker !== '') rows.push(`marker = "${marker}"`);
  if (list !== '') rows.push(`dependencies = [\n${list}]`);
  if (withFiles) rows.push(`files = [\n    {file = "${filename}", hash = "sha256:${sha256}"},\n]`);
  return `\n[[package]]\n${rows.join('\n')}\n`;
}

function wheel(key: string): BuiltWheel {
  const found = wheels.get(key);
  if (found === undefined) throw new Error(`${key} is not published`);
  return found;
}
