import { describe, expect, it } from 'vitest';
import { formatLockfile } from '../../../src/lockfile/format.ts';
import { checkFreshness } from '../../../src/lockfile/freshness.ts';
import { groupsOfLock } from '../../../src/lockfile/head.ts';
import type { LockedFile, LockedPackage, Lockfile, PylockHead } from '../../../src/lockfile/model.ts';
import { requirePylockEnvironment, requirePythonOfPackages } from '../../../src/lockfile/pylock-environment.ts';
import { movePaths } from '../../../src/lockfile/pylock-paths.ts';
import { parseLockfile } from '../../../src/lockfile/read.ts';
import { selectPackages } from '../../../src/lockfile/select.ts';

const SHA = 'a'.repeat(64);
const HASHES = `hashes = {sha256 = "${SHA}"}`;
const HEAD = 'lock-version = "1.0"\ncreated-by = "other"\n';
const parse = (text: string, path = '/project/pylock.toml', root = '/project') => parseLockfile(text, path, root);
const wheel = (name: string, rest = HASHES) => `{url = "https://x/${name}", ${rest}}`;
const entry = (name: string, rows: string) =>
  `[[packages]]\nname = "${name}"\nversion = "1.0"\n${rows}\nwheels = [${wheel(`${name}-1.0-py3-none-any.whl`)}]\n`;
const environment = {
  os_name: 'posix',
  sys_platform: 'linux',
  platform_system: 'Linux',
  platform_machine: 'x86_64',
  python_version: '3.11',
  python_full_version: '3.11.7',
};

describe('reading', () => {
  it('goes by the content, and by the name only where no format is named', () => {
    expect(parse(`${HEAD}packages = []`, '/project/pdm.lock').pylock).toBeDefined();
    expect(parse('[metadata]\nlock_version = "4.5.1"', '/project/pylock.toml').pylock).toBeUndefined();
    expect(() => parse('created-by = "x"\npackages = []', '/project/pylock.dev.toml')).toThrow(
      'pylock.dev.toml: lock-version is missing',
    );
  });

  it('takes the strongest digest, the size, and the place that goes first', () => {
    const rows = `[[packages]]\nname = "a"\nversion = "1.0"\n[[packages.wheels]]\n${[
      'url = "https://x/a-1.0-py3-none-any.whl"',
      'path = "wheels\\\\a-1.0-py3-none-any.whl"',
      'size = 12',
      'upload-time = 2025-01-01T00:00:00Z',
      `hashes = {md5 = "x", SHA256 = "${SHA.toUpperCase()}"}`,
    ].join('\n')}`;
    expect(parse(HEAD + rows).packages[0]?.files).toEqual([
      {
        file: 'a-1.0-py3-none-any.whl',
        url: 'https://x/a-1.0-py3-none-any.whl',
        path: 'wheels/a-1.0-py3-none-any.whl',
        size: 12,
        hash: `sha256:${SHA}`,
      },
    ]);
  });

  it('leaves an address aside that leads nowhere by itself', () => {
    const rows = `[[packages]]\nname = "a"\nwheels = [{url = "../a-1.0-py3-none-any.whl", ${HASHES}}]`;
    expect(parse(HEAD + rows).packages[0]?.files).toEqual([{ file: 'a-1.0-py3-none-any.whl', hash: `sha256:${SHA}` }]);
  });

  it('counts paths from the folder of the file', () => {
    const rows = `[[packages]]\nname = "a"\narchive = {path = "../w/a-1.0-py3-none-any.whl", ${HASHES}}\n[[packages]]\nname = "b"\ndirectory = {path = "b", editable = true}`;
    const { packages } = parse(HEAD + rows, '/project/locks/pylock.ci.toml');
    expect(packages).toMatchObject([
      { name: 'a', path: './w/a-1.0-py3-none-any.whl', files: [{ file: 'a-1.0-py3-none-any.whl' }] },
      { name: 'b', path: './locks/b', editable: true, files: [] },
    ]);
  });

  it('reads checkouts', () => {
    const rows =
      '[[packages]]\nname = "a"\nvcs = {type = "git", url = "https://x/a.git", commit-id = "abc", requested-revision = "v1", subdirectory = "s"}';
    expect(parse(HEAD + rows).packages[0]).toMatchObject({
      vcs: { kind: 'git', url: 'https://x/a.git', ref: 'v1', revision: 'abc' },
      subdirectory: 's',
    });
  });

  it('passes by what it does not know', () => {
    const text = `${HEAD}new = 1\n${entry('a', 'attestation-identities = [{kind = "GitHub", repository = "o/r"}]\nmore = {x = 1}')}[tool.other]\nkey = 1\n`;
    expect(parse(text).packages).toHaveLength(1);
  });

  it.each([
    ['lock-version = "2.0"\ncreated-by = "x"\npackages = []', 'TSPM_LOCK_FORMAT', /version 2\.0 of the standard/],
    ['lock-version = "1.0"\npackages = []', 'TSPM_LOCK_INVALID', /created-by is missing/],
    [`${HEAD}[[packages]]\nname = "a"`, 'TSPM_LOCK_INVALID', /one source/],
    [
      `${HEAD}[[packages]]\nname = "a"\nvcs = {type = "cvs", url = "x", commit-id = "1"}`,
      'TSPM_LOCK_INVALID',
      /vcs\.type must be one of git/,
    ],
    [
      `${HEAD}[[packages]]\nname = "a"\narchive = {url = "a.whl", ${HASHES}}`,
      'TSPM_LOCK_INVALID',
      /archive\.url must be an absolute address/,
    ],
    [`${HEAD}x`, 'TSPM_LOCK_SYNTAX', /pylock\.toml:3/],
  ])('refuses %j', (text, code, message) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it('warns of a later minor version', () => {
    const lock = parse('lock-version = "1.1"\ncreated-by = "x"\npackages = []');
    expect(checkFreshness(lock, {}).warnings[0]).toMatch(/version 1\.1 of its standard/);
  });

  it('lets PDM list the files of several local variants', () => {
    const wheels = `wheels = [${wheel('a-1.0%2Bcpu-py3-none-any.whl')}, ${wheel('a-1.0-py3-none-any.whl')}]`;
    const text = `lock-version = "1.0"\ncreated-by = "pdm"\n[[packages]]\nname = "a"\nversion = "1.0"\n${wheels}`;
    expect(parse(text).packages[0]?.files).toHaveLength(2);
    expect(() => parse(text.replace('"pdm"', '"other"'))).toThrow(/another version than 1\.0/);
    expect(parse('lock-version = "1.0"\ncreated-by = "pdm"').packages).toEqual([]);
  });
});

describe('groups', () => {
  const groupsOf = (head: string) => {
    const text = `${HEAD}${head}\n${entry('a', '')}`;
    const groups = parse(text).groups;
    expect(groupsOfLock(text, '/project/pylock.toml')).toEqual(groups);
    return groups;
  };

  it('are unknown to a file that names none', () => {
    expect(groupsOf('')).toBeUndefined();
  });

  it('have a default one where other tools lock without a group', () => {
    expect(groupsOf('extras = ["x-y"]\ndependency-groups = ["dev"]')).toEqual(['default', 'dev', 'x-y']);
    expect(groupsOf('extras = []')).toEqual(['default']);
  });

  const selected = (text: string, groups: readonly string[]) =>
    selectPackages(parse(text), { groups, environment }).map(({ name }) => name);

  it('decide with extras and default groups what is installed', () => {
    const text = [
      `${HEAD}extras = ["x"]\ndependency-groups = ["dev"]\ndefault-groups = ["main"]`,
      entry('always', ''),
      entry('main', 'marker = "\'main\' in dependency_groups"'),
      entry('dev', "marker = \"'dev' in dependency_groups and sys_platform == 'linux'\""),
      entry('extra', "marker = \"'x' in extras or 'dev' in dependency_groups and os_name == 'nt'\""),
      entry('other', 'marker = "sys_platform == \'win32\'"'),
    ].join('\n');
    expect(selected(text, ['default'])).toEqual(['always', 'main']);
    expect(selected(text, ['dev'])).toEqual(['always', 'dev']);
    expect(selected(text, ['default', 'x'])).toEqual(['always', 'main', 'extra']);
    expect(selected(text, [])).toEqual(['always']);
  });

  it('are taken out of markers that are a product of both', () => {
    const text = `${HEAD}extras = ["x"]\ndependency-groups = ["default", "dev"]\ndefault-groups = ["default"]\n${[
      entry(
        'a',
        "marker = \"'default' in dependency_groups and os_name == 'nt' or 'x' in extras and os_name == 'nt'\"",
      ),
      entry('b', "marker = \"'dev' in dependency_groups and os_name == 'nt' or 'x' in extras\""),
    ].join('')}`;
    const [a, b] = parse(text).packages;
    expect(a).toMatchObject({ groups: ['default', 'x'], marker: 'os_name == "nt"' });
    expect(b?.groups).toBeUndefined();
    expect(b?.marker).toContain('in extras');
  });

  it('must leave one entry of a name', () => {
    const text = `${HEAD}${entry('a', 'marker = "python_version < \'3.12\'"')}${entry('a', '')}`;
    expect(() => selected(text, ['default'])).toThrow(
      expect.objectContaining({ code: 'TSPM_LOCK_INVALID', message: expect.stringContaining('several entries of a') }),
    );
    const apart = text.replace('3.12', '3.11');
    expect(selected(apart, ['default'])).toEqual(['a']);
  });
});

describe('the place to install in', () => {
  const check = (head: string) => {
    const lock = parse(`${HEAD}${head}\npackages = []`);
    if (lock.pylock !== undefined) requirePylockEnvironment(lock, lock.pylock, environment);
  };

  it('needs a Python of requires-python and one environment that holds', () => {
    check('requires-python = ">=3.9"');
    check('environments = ["sys_platform == \'win32\'", "sys_platform == \'linux\'"]');
    for (const head of ['requires-python = ">=3.12"', 'environments = ["os_name == \'nt\'"]', 'environments = []']) {
      expect(() => check(head)).toThrow(expect.objectContaining({ code: 'TSPM_LOCK_TARGET' }));
    }
  });

  it('needs a Python that each selected package is for', () => {
    const { packages } = parse(
      `${HEAD}${entry('a', 'requires-python = ">=3.9"')}${entry('b', 'requires-python = ">3.11"')}`,
    );
    requirePythonOfPackages(packages, environment);
    expect(() => requirePythonOfPackages(packages, { ...environment, python_full_version: '3.10.1' })).toThrow(
      'b in the lock is for Python >3.11, this is Python 3.10.1',
    );
  });
});

describe('writing', () => {
  const pylock: PylockHead = {
    requiresPython: '>=3.9',
    environments: undefined,
    extras: ['x'],
    defaultGroups: ['default'],
  };
  const file = (name: string): LockedFile => ({ file: name, url: `https://x/${name}`, hash: `sha256:${SHA}` });
  const locked = (more: Partial<LockedPackage> = {}): LockedPackage => ({
    name: 'a',
    version: '1.0',
    groups: ['default', 'x'],
    dependencies: [],
    files: [file('a-1.0-py3-none-any.whl')],
    ...more,
  });
  const lock = (packages: readonly LockedPackage[], more: Partial<Lockfile> = {}): Lockfile => ({
    groups: ['default', 'x', 'dev'],
    strategy: ['static_urls', 'inherit_metadata'],
    lockVersion: '1.0',
    contentHash: `sha256:${SHA}`,
    targets: [{ requiresPython: '>=3.9' }],
    packages,
    pylock,
    ...more,
  });
  const written = (...packages: readonly LockedPackage[]) => formatLockfile(lock(packages));

  it('gives what is read back the same', () => {
    const full = lock([
      locked({ requiresPython: '>=3.8', marker: 'os_name == "nt"', dependencies: ['b>=1; os_name == "nt"'] }),
      locked({ name: 'b', files: [{ ...file('b-1.0-py3-none-any.whl'), size: 3, path: './b-1.0-py3-none-any.whl' }] }),
      locked({ name: 'c', path: './c.whl', files: [{ file: 'c.whl', hash: `sha512:${'b'.repeat(128)}` }] }),
      locked({ name: 'd', path: '../d', editable: true, files: [] }),
      locked({
        name: 'e',
        url: 'https://x/e.zip',
        subdirectory: 's',
        files: [{ file: 'e.zip', hash: `sha256:${SHA}` }],
      }),
      locked({ name: 'f', vcs: { kind: 'git', url: 'https://x/f', ref: 'v1', revision: 'abc' }, files: [] }),
    ]);
    expect(parse(formatLockfile(full))).toEqual({
      ...full,
      groups: ['default', 'dev', 'x'],
      strategy: ['inherit_metadata', 'static_urls'],
      pylock: { ...pylock, environments: ['python_version >= "3.9"'] },
    });
  });

  it('sorts wheels by Python, newest first, then ABI, then name, and takes one source archive', () => {
    const names = [
      'a-1.0-py2.py3-none-any.whl',
      'a-1.0-cp39-abi3-manylinux_2_17_x86_64.whl',
      'a-1.0.zip',
      'a-1.0-cp310-cp310-win_amd64.whl',
      'a-1.0-cp39-cp39-win_amd64.whl',
      'a-1.0-cp310-cp310-macosx_11_0_arm64.whl',
      'a-1.0.tar.gz',
    ];
    const text = written(locked({ files: [...names, ...names].map(file) }));
    expect([...text.matchAll(/name = "(a-[^"]+)"/g)].map(([, name]) => name)).toEqual([
      'a-1.0.tar.gz',
      'a-1.0-cp310-cp310-macosx_11_0_arm64.whl',
      'a-1.0-cp310-cp310-win_amd64.whl',
      'a-1.0-cp39-cp39-win_amd64.whl',
      'a-1.0-cp39-abi3-manylinux_2_17_x86_64.whl',
      'a-1.0-py2.py3-none-any.whl',
    ]);
  });

  it('takes one local variant: the pinned, else the highest', () => {
    const files = ['a-1.0-py3-none-any.whl', 'a-1.0+cpu-py3-none-any.whl', 'a-1.0+cu12-py3-none-any.whl'].map(file);
    expect(written(locked({ files }))).toMatch(/version = "1\.0\+cu12"\nwheels = \[\n.*cu12.*\n\]/);
    expect(written(locked({ version: '1.0+cpu', files }))).toMatch(/version = "1\.0\+cpu"\nwheels = \[\n.*cpu.*\n\]/);
  });

  it('leaves entries with extras out', () => {
    expect(parse(written(locked(), locked({ extras: ['x'] }))).packages).toHaveLength(1);
  });

  it('describes targets as environments', () => {
    const targets = [
      { requiresPython: '>=3.10,<3.12', platform: 'manylinux_2_40_x86_64' },
      {
        requiresPython: '>=3.9,<3.10||>=3.11',
        platform: 'windows_amd64',
        implementation: 'cpython',
        gilDisabled: false,
      },
    ];
    const text = formatLockfile(lock([], { targets }));
    expect(parse(text).targets).toEqual(targets);
    expect(parse(text).pylock?.environments).toEqual([
      'python_version >= "3.10" and python_version < "3.12" and sys_platform == "linux" and platform_system == "Linux" and os_name == "posix" and platform_machine == "x86_64"',
      '(python_version >= "3.9" and python_version < "3.10" or python_version >= "3.11") and os_name == "nt" and platform_machine == "AMD64" and platform_system == "Windows" and sys_platform == "win32" and implementation_name == "cpython" and platform_python_implementation == "CPython"',
    ]);
    expect(formatLockfile(lock([], { targets: [{ requiresPython: '' }] }))).not.toContain('environments');
  });

  it('has no form for a checkout without commit or an archive without digest', () => {
    for (const more of [
      { vcs: { kind: 'git', url: 'u' } as const, files: [] },
      { url: 'https://x/a.whl', files: [] },
    ]) {
      expect(() => written(locked(more))).toThrow(expect.objectContaining({ code: 'TSPM_UNSUPPORTED' }));
    }
  });

  it('moves paths to where the file is, and back', () => {
    const inRoot = lock([locked({ path: './a', files: [] }), locked({ path: '/abs', files: [] })]);
    const moved = movePaths(inRoot, '/project', '/project/locks');
    expect(moved.packages.map(({ path }) => path)).toEqual(['../a', '/abs']);
    expect(movePaths(moved, '/project/locks', '/project')).toEqual(inRoot);
  });
});
