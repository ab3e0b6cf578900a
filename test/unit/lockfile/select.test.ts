import { describe, expect, it } from 'vitest';
import type { LockedPackage, Lockfile } from '../../../src/lockfile/model.ts';
import { selectPackages, type RootRequirement } from '../../../src/lockfile/select.ts';
import type { MarkerEnvironment } from '../../../src/packaging/marker.ts';
import { parseRequirement } from '../../../src/packaging/requirement.ts';

const environment: MarkerEnvironment = {
  implementation_name: 'cpython',
  implementation_version: '3.11.7',
  os_name: 'posix',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  platform_release: '6',
  platform_system: 'Linux',
  platform_version: '1',
  python_full_version: '3.11.7',
  python_version: '3.11',
  sys_platform: 'linux',
};

const entry = (name: string, more: Partial<LockedPackage> = {}): LockedPackage => ({
  name,
  version: '1',
  dependencies: [],
  files: [],
  ...more,
});
const lock = (packages: readonly LockedPackage[], strategy: readonly string[] = ['inherit_metadata']): Lockfile => ({
  groups: ['default'],
  strategy,
  lockVersion: '4.5.1',
  contentHash: undefined,
  targets: [],
  packages,
});
const texts = (packages: readonly LockedPackage[]) =>
  packages.map(
    (locked) =>
      `${locked.name}${locked.extras === undefined ? '' : `[${locked.extras.join(',')}]`} ${locked.version ?? ''}`,
  );
const root = (line: string): RootRequirement => {
  const { key, extras, specifier, marker } = parseRequirement(line);
  return { key, extras, specifier, location: undefined, marker };
};

describe('selecting from a lock with groups and markers', () => {
  const select = (
    packages: readonly LockedPackage[],
    groups: readonly string[] = ['default'],
    excludes: readonly string[] = [],
  ) => texts(selectPackages(lock(packages), { groups, environment, excludes }));

  it('filters by group, marker and excludes, without following dependencies', () => {
    const packages = [
      entry('a', { groups: ['default'], dependencies: ['missing'] }),
      entry('b', { groups: ['test'] }),
      entry('c', { groups: ['default', 'test'], marker: 'sys_platform == "win32"' }),
      entry('d', { groups: ['default'], marker: 'python_version >= "3.10" and os_name == "posix"' }),
      entry('e'),
      entry('f', { groups: ['default'] }),
    ];
    expect(select(packages, ['default'], ['f'])).toEqual(['a 1', 'd 1', 'e 1']);
    expect(select(packages, ['test'])).toEqual(['b 1', 'e 1']);
  });

  it('gives one entry a package: the plain one, and the later of two', () => {
    const packages = [
      entry('a', { marker: 'python_version < "3.11"' }),
      entry('a', { version: '2', marker: 'python_version >= "3.11"' }),
      entry('b'),
      entry('b', { extras: ['x'] }),
      entry('c', { extras: ['x'] }),
      entry('d', { version: '1' }),
      entry('d', { version: '2' }),
    ];
    expect(select(packages)).toEqual(['a 2', 'b 1', 'c[x] 1', 'd 2']);
  });

  it('names the entry whose marker nobody can read', () => {
    expect(() => select([entry('a', { marker: 'nonsense ==' })])).toThrow(
      expect.objectContaining({
        code: 'TSPM_LOCK_INVALID',
        message: expect.stringMatching(/^marker of a in the lock: /),
      }),
    );
  });
});

describe('selecting from a lock without them', () => {
  const select = (
    packages: readonly LockedPackage[],
    roots: readonly RootRequirement[],
    excludes: readonly string[] = [],
  ) => texts(selectPackages(lock(packages, ['cross_platform']), { groups: ['default'], environment, roots, excludes }));

  const packages = [
    entry('a', { version: '1', dependencies: ['b>=1', 'c; sys_platform == "win32"', 'd[x]'] }),
    entry('a', { version: '2' }),
    entry('b', { dependencies: ['a<2', 'e'] }),
    entry('c'),
    entry('d'),
    entry('d', { extras: ['x'], dependencies: ['d==1', 'f; extra == "z"'] }),
    entry('e'),
    entry('unused'),
    entry('local', { path: './libs/local', dependencies: ['e'] }),
    entry('old', { dependencies: ['-e file:///x#egg=local'] }),
  ];

  it('walks from the requirements, by specifier, marker and extras', () => {
    expect(select(packages, [root('a<2')])).toEqual(['a 1', 'b 1', 'd 1', 'e 1']);
    expect(select(packages, [root('a<2')], ['e'])).toEqual(['a 1', 'b 1', 'd 1']);
    expect(select(packages, [root('a; os_name == "nt"')])).toEqual([]);
  });

  it('finds local entries by their place or the name in the line', () => {
    const local = { key: undefined, extras: [], specifier: undefined, location: './libs/local', marker: undefined };
    expect(select(packages, [local])).toEqual(['e 1', 'local 1']);
    expect(select(packages, [root('old')])).toEqual(['e 1', 'local 1', 'old 1']);
  });

  it('tells what has no entry', () => {
    expect(() => select(packages, [root('a>=3')])).toThrow(/Resolving from lockfile failed: no entry for a that fits/);
    expect(() => select(packages, [root('nope')])).toThrow(expect.objectContaining({ code: 'TSPM_LOCK_INVALID' }));
  });
});
