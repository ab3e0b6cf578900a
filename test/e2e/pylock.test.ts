/** A project whose lock is a pylock.toml (PEP 751): written by tspm, and by others. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publish, type Published } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import type { BuiltWheel } from '../support/wheel.ts';
import { dropPackages, installed, onlySource, problems, projectText } from '../support/workspace.ts';

const CATALOGUE: readonly Published[] = [
  { name: 'app', version: '1.0', requires: ['base>=1', 'net[tls]'] },
  { name: 'base', version: '1.0' },
  { name: 'base', version: '1.1' },
  { name: 'net', version: '2.0', requires: ['cert; extra == "tls"'], extras: ['tls'] },
  { name: 'cert', version: '3.0' },
  { name: 'tool', version: '0.1' },
  { name: 'win', version: '0.2' },
];
const GROUPS = `[project.optional-dependencies]
fast = ["win; sys_platform == 'win32'", "base"]

[dependency-groups]
dev = ["tool"]
`;

const sandbox = new Sandbox({ PDM_LOCK_FORMAT: 'pylock' });
let server: IndexServer;
let wheels: Map<string, BuiltWheel>;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  wheels = publish(server, CATALOGUE);
});

afterAll(() => server.close());

function open(dependencies: readonly string[] = ['app'], more = GROUPS): Project {
  const text = projectText({ dependencies, sources: [onlySource(server.simple)], more });
  return sandbox.project(`p${++count}`, text);
}

/** A pylock.toml as other tools write it: `entries` are packages with their rows. */
function foreignLock(entries: readonly string[], head = ''): string {
  const packages = entries.map((entry) => `[[packages]]\n${entry}\n`);
  return ['lock-version = "1.0"', 'created-by = "other"', head, '', ...packages].join('\n');
}

function wheelOf(key: string): BuiltWheel {
  const wheel = wheels.get(key);
  if (wheel === undefined) throw new Error(`no ${key}`);
  return wheel;
}

/** Rows of an entry with one wheel at the server; `more` follows its address. */
function entryOf(key: string, more?: string): string {
  const [name = '', version = ''] = key.split(' ');
  const { filename, sha256 } = wheelOf(key);
  const rest = more ?? `hashes = {sha256 = "${sha256}"}`;
  return `name = "${name}"\nversion = "${version}"\nwheels = [{url = "${server.url}/files/${filename}", ${rest}}]`;
}

describe('a pylock.toml of tspm', () => {
  test('is locked, checked, installed without asking an index, and changed', async () => {
    const project = open();
    await project.ok(['lock', '-G', ':all']);
    expect(project.exists('pdm.lock')).toBe(false);
    const text = project.read('pylock.toml');
    expect(text).toContain('created-by = "tspm"');
    await project.ok(['lock', '--check']);
    await project.ok(['install', '--check', '--no-self']);
    server.forget();
    dropPackages(project);
    await project.ok(['sync', '--no-self', '--no-cache', '-r']);
    expect(server.paths().filter((path) => path.startsWith('/simple/'))).toEqual([]);
    expect(await installed(project)).toEqual(['app 1.0', 'base 1.1', 'cert 3.0', 'net 2.0', 'tool 0.1']);
    await project.ok(['sync', '--no-self', '--prod', '--only-keep']);
    expect(await installed(project)).toEqual(['app 1.0', 'base 1.1', 'cert 3.0', 'net 2.0']);
    expect(project.read('pylock.toml')).toBe(text);
    expect(problems(await project.ok(['add', '--no-self', 'win==0.2', 'net[tls]']))).toEqual([]);
    expect(project.read('pylock.toml')).toContain('name = "win"');
    expect(problems(await project.ok(['remove', 'win', 'net']))).toEqual([]);
    expect(project.read('pylock.toml')).toContain('name = "cert"');
    await project.ok(['update', '--no-self', 'cert']);
    await project.ok(['lock', '--update-reuse']);
    await project.ok(['lock', '--refresh']);
    await project.ok(['lock', '--check']);
    expect(project.exists('pdm.lock')).toBe(false);
  });

  test('is locked the same again, whatever is kept of the old one', async () => {
    const project = open();
    await project.ok(['lock', '-G', ':all']);
    const text = project.read('pylock.toml');
    for (const options of [[], ['--update-reuse'], ['--refresh']]) {
      await project.ok(['lock', ...options]);
      expect(project.read('pylock.toml')).toBe(text);
    }
  });

  test('can have several targets', async () => {
    const project = open(["base==1.0; sys_platform == 'linux'", "base>1; sys_platform == 'win32'"], '');
    await project.ok(['lock', '--platform', 'linux']);
    await project.ok(['lock', '--append', '--platform', 'windows']);
    const text = project.read('pylock.toml');
    expect(text.match(/^name = "base"$/gm)).toHaveLength(2);
    expect(text.match(/^ {4}"python_version .*"win32\\""/gm)).toHaveLength(1);
    await project.ok(['sync', '--no-self']);
    expect(await installed(project)).toEqual(['base 1.0']);
    await project.ok(['lock']);
    expect(project.read('pylock.toml')).toBe(text);
  });

  test('always has groups, markers and addresses', async () => {
    const project = open();
    const refused = await project.tspm(['lock', '-S', 'no_static_urls']);
    expect(refused.stderr).toMatch(/Unsupported strategy change for pylock: no_static_urls.*\[TSPM_USAGE\]/);
    await project.ok(['lock', '-S', 'no_direct_minimal_versions']);
  });

  test('gives way to the pdm.lock that is there, with a warning', async () => {
    const project = open();
    await project.ok(['lock'], { env: { PDM_LOCK_FORMAT: 'pdm' } });
    const checked = await project.ok(['lock', '--check']);
    expect(problems(checked)).toEqual([expect.stringMatching(/^WARNING: `lock.format` is set to pylock but/)]);
    mkdirSync(project.path('locks'));
    await project.ok(['lock', '-L', 'locks/pylock.ci.toml']);
    expect(project.read('locks/pylock.ci.toml')).toContain('created-by = "tspm"');
    await project.ok(['sync', '--no-self', '-L', 'locks/pylock.ci.toml']);
    expect(await installed(project)).toContain('app 1.0');
  });

  test('names a wheel of the project by its path from the file', async () => {
    const project = open(['base @ file:///${PROJECT_ROOT}/wheels/base-1.0-py3-none-any.whl'], '');
    mkdirSync(project.path('wheels'));
    writeFileSync(project.path('wheels/base-1.0-py3-none-any.whl'), wheelOf('base 1.0').bytes);
    mkdirSync(project.path('locks'));
    await project.ok(['lock', '-L', 'locks/pylock.toml']);
    expect(project.read('locks/pylock.toml')).toContain('path = "../wheels/base-1.0-py3-none-any.whl"');
    server.forget();
    await project.ok(['sync', '--no-self', '-L', 'locks/pylock.toml']);
    expect(await installed(project)).toEqual(['base 1.0']);
    expect(server.paths()).toEqual([]);
  });
});

describe('a pylock.toml of another tool', () => {
  const sync = (project: Project, text: string, ...options: readonly string[]) => {
    project.write('pylock.toml', text);
    return project.tspm(['sync', '--no-self', ...options]);
  };

  test('is installed with a warning that it may not fit, by address, by path and by size', async () => {
    const project = open();
    const { filename, bytes, sha256 } = wheelOf('tool 0.1');
    project.write('w/.keep', '');
    writeFileSync(project.path('w', filename), bytes);
    const text = foreignLock([
      entryOf('app 1.0'),
      entryOf(
        'base 1.1',
        `size = ${wheelOf('base 1.1').bytes.length}, hashes = {sha512 = "${sha512(wheelOf('base 1.1'))}"}`,
      ),
      `name = "tool"\nwheels = [{url = "https://nowhere.invalid/${filename}", path = "w/${filename}", size = ${bytes.length}, hashes = {sha256 = "${sha256}"}}]`,
      `name = "win"\nmarker = "sys_platform == 'win32'"\ndirectory = {path = "win"}`,
    ]);
    const result = await sync(project, text);
    expect(result.status).toBe(0);
    expect(problems(result)).toEqual([expect.stringContaining("Lockfile doesn't satisfy the project requirements")]);
    expect(await installed(project)).toEqual(['app 1.0', 'base 1.1', 'tool 0.1']);
    expect(project.read('pylock.toml')).toBe(text);
    expect((await project.tspm(['lock', '--check'])).status).toBe(1);
  });

  test('is installed by groups and extras', async () => {
    const project = open();
    const text = foreignLock(
      [
        entryOf('app 1.0'),
        `marker = "'dev' in dependency_groups"\n${entryOf('tool 0.1')}`,
        `marker = "'fast' in extras and python_version >= '3'"\n${entryOf('base 1.1')}`,
      ],
      'extras = ["fast"]\ndependency-groups = ["dev"]',
    );
    const planned = async (...options: readonly string[]) => {
      const { stdout } = await sync(project, text, '--dry-run', ...options);
      return [...stdout.matchAll(/ - (\S+)/g)].map(([, name]) => name);
    };
    expect(await planned('--prod')).toEqual(['app']);
    expect(await planned('-d')).toEqual(['app', 'tool']);
    expect(await planned('--prod', '-G', 'fast')).toEqual(['app', 'base']);
  });

  test.each<[string, string, () => string]>([
    [
      'a file of another size',
      'TSPM_HASH_MISMATCH',
      () => entryOf('base 1.0', `size = 1, hashes = {sha256 = "${wheelOf('base 1.0').sha256}"}`),
    ],
    ['another file', 'TSPM_HASH_MISMATCH', () => entryOf('base 1.0', `hashes = {sha256 = "${'0'.repeat(64)}"}`)],
    ['a digest that cannot be trusted', 'TSPM_LOCK_UNHASHED', () => entryOf('base 1.0', 'hashes = {md5 = "00"}')],
    ['a Python that is not there', 'TSPM_LOCK_TARGET', () => `requires-python = ">=4"\n${entryOf('base 1.0')}`],
    [
      'two entries that both apply',
      'TSPM_LOCK_INVALID',
      () => `${entryOf('base 1.0')}\n[[packages]]\n${entryOf('base 1.1')}`,
    ],
    ['a folder that is not there', 'TSPM_BUILD_FAILED', () => 'name = "base"\ndirectory = {path = "base"}'],
  ])('is refused for %s', async (_, code, entry) => {
    const project = open();
    const result = await sync(project, foreignLock([entry()]));
    expect({ status: result.status, stderr: result.stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(new RegExp(`^error: .* \\[${code}\\]$`, 'm')),
    });
    expect(await installed(project)).toEqual([]);
  });

  test('of a wrong local file is refused by its size too', async () => {
    const project = open();
    const { filename, bytes, sha256 } = wheelOf('tool 0.1');
    writeFileSync(project.path(filename), bytes);
    const entry = `name = "tool"\nwheels = [{path = "./${filename}", size = 5, hashes = {sha256 = "${sha256}"}}]`;
    expect((await sync(project, foreignLock([entry]))).stderr).toMatch(
      /expected 5 bytes, got \d+ bytes.*TSPM_HASH_MISMATCH/,
    );
  });

  test('for no environment like this one is refused', async () => {
    for (const head of ['environments = ["sys_platform == \'other\'"]', 'requires-python = "<3"']) {
      expect((await sync(open(), foreignLock([entryOf('base 1.0')], head))).stderr).toContain('[TSPM_LOCK_TARGET]');
    }
  });

  test('becomes one of tspm when it is locked again', async () => {
    const project = open(['base==1.0'], '');
    project.write('pylock.toml', foreignLock([entryOf('base 1.0')]));
    await project.ok(['install', '--no-self']);
    expect(project.read('pylock.toml')).toContain('created-by = "tspm"');
    expect(await installed(project)).toEqual(['base 1.0']);
    await project.ok(['lock', '--check']);
  });
});

function sha512({ bytes }: BuiltWheel): string {
  return createHash('sha512').update(bytes).digest('hex');
}
