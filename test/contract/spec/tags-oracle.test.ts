/** Compatibility tags beside the newest `packaging`: of every interpreter on this machine, and of machines that are not here. */
import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compatibleTags, type TargetDescription } from '../../../src/index.ts';
import { linuxPlatforms, macPlatforms } from '../../../src/packaging/tags.ts';
import type { Interpreter } from '../../../src/python/interpreter.ts';
import { findInterpreters } from '../../../src/python/search.ts';
import { askPackaging, findPackaging } from '../../support/packaging.ts';

const found = findPackaging();
const seed = Number(process.env['TSPM_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const title =
  found.kind === 'found' ? `packaging ${found.version}, seed ${seed}` : `packaging (skipped: ${found.reason})`;
const interpreters =
  found.kind === 'found'
    ? await findInterpreters(undefined, { env: process.env, usePyenv: true, cacheDir: undefined, cwd: process.cwd() })
    : [];
const sampled = { numRuns: 500, seed };

describe.skipIf(found.kind === 'absent')(title, () => {
  it.each(interpreters.map((one) => ({ name: `${one.implementation} ${one.ident} of ${one.executable}`, one })))(
    '$name',
    ({ one }) => {
      const tags = compatibleTags(one);
      expect(tags.length).toBeGreaterThan(100);
      expect(tags).toEqual(tagsThere(one));
    },
  );

  it('Linux of any processor and C library', () => {
    const release = fc.tuple(fc.constantFrom(2, 2, 2, 3), fc.integer({ min: 0, max: 45 }));
    const asked = fc.record({
      arch: fc.constantFrom(
        'x86_64',
        'aarch64',
        'i686',
        'armv7l',
        'ppc64le',
        'ppc64',
        's390x',
        'riscv64',
        'loongarch64',
        'mips64',
      ),
      bits: fc.constantFrom(64, 32),
      glibc: fc.option(release),
      musl: fc.option(fc.tuple(fc.constant(1), fc.integer({ min: 0, max: 5 }))),
    });
    const cases = fc.sample(asked, sampled);
    const theirs = askPackaging(
      found,
      'linux',
      cases.map(({ arch, bits, glibc, musl }) => [arch, bits === 32, glibc, musl]),
    );
    const mine = cases.map(({ arch, bits, glibc, musl }) =>
      linuxPlatforms({ arch, bits: bits === 32 ? 32 : 64, glibc: glibc ?? undefined, musl: musl ?? undefined }),
    );
    expect(mine.filter((list, i) => JSON.stringify(list) !== JSON.stringify(theirs[i]))).toEqual([]);
  });

  it('macOS of any release', () => {
    const cases = fc.sample(
      fc.tuple(
        fc.tuple(fc.integer({ min: 10, max: 27 }), fc.integer({ min: 0, max: 17 })),
        fc.constantFrom('arm64', 'x86_64', 'i386'),
      ),
      sampled,
    );
    const theirs = askPackaging(found, 'mac', cases);
    const mine = cases.map(([release, arch]) => macPlatforms(release, arch));
    expect(mine.filter((list, i) => JSON.stringify(list) !== JSON.stringify(theirs[i]))).toEqual([]);
  });

  it('interpreters of any kind', () => {
    const cases = fc
      .sample(
        fc.record({
          implementation: fc.constantFrom('cpython', 'cpython', 'pypy', 'graalpy'),
          version: fc.tuple(fc.constant(3), fc.integer({ min: 0, max: 16 })),
          flags: fc.constantFrom('', 't', 'd', 'td', 'm', 'dm'),
          extra: fc.subarray(['cp38', 'pypy310_pp73', 'none', 'abi3', 'graalpy242_311_native']),
          platforms: fc.subarray(
            [
              'linux_x86_64',
              'manylinux2014_x86_64',
              'musllinux_1_2_x86_64',
              'win_amd64',
              'win32',
              'macosx_11_0_universal2',
            ],
            { minLength: 1 },
          ),
        }),
        sampled,
      )
      .map(({ implementation, version, flags, extra, platforms }) => {
        const own = `${implementation === 'cpython' ? 'cp' : implementation}${version.join('')}${flags}`;
        return { implementation, version, abis: [own, ...extra], platforms, freeThreaded: flags.startsWith('t') };
      });
    const short: Readonly<Record<string, string>> = { cpython: 'cp', pypy: 'pp', graalpy: 'graalpy' };
    const theirs = askPackaging(
      found,
      'tags',
      cases.map(({ implementation, version, abis, platforms }) => [short[implementation], version, abis, platforms]),
    );
    expect(cases.filter((target, i) => JSON.stringify(compatibleTags(target)) !== JSON.stringify(theirs[i]))).toEqual(
      [],
    );
  });

  it.each([
    {
      python: '3.9',
      platform: 'manylinux_2_28_x86_64',
      there: ['linux', ['x86_64', false, [2, 28], null]],
      abi: 'cp39',
    },
    {
      python: '3.14',
      platform: 'linux',
      freeThreaded: true,
      there: ['linux', ['x86_64', false, [2, 40], null]],
      abi: 'cp314t',
    },
    { python: '3.7', platform: 'manylinux_2_17_i686', there: ['linux', ['i686', false, [2, 17], null]], abi: 'cp37m' },
    {
      python: '3.12',
      platform: 'musllinux_1_2_aarch64',
      there: ['linux', ['aarch64', false, null, [1, 2]]],
      abi: 'cp312',
    },
    { python: '3.13', platform: 'macos', there: ['mac', [[14, 0], 'arm64']], abi: 'cp313' },
    {
      python: '3.10',
      platform: 'macos_10_15_x86_64',
      implementation: 'pypy',
      there: ['mac', [[10, 15], 'x86_64']],
      abi: 'pypy310_pp73',
    },
    { python: '3.11', platform: 'windows', there: undefined, abi: 'cp311' },
  ] satisfies readonly (TargetDescription & { there: [string, unknown[]] | undefined; abi: string })[])(
    'described as $platform, Python $python',
    ({ there, abi, ...described }) => {
      const [platforms = ['win_amd64']] = there === undefined ? [] : askPackaging(found, there[0], [there[1]]);
      const version = described.python.split('.').map(Number);
      const short = abi.startsWith('pypy') ? 'pp' : 'cp';
      expect([compatibleTags(described)]).toEqual(askPackaging(found, 'tags', [[short, version, [abi], platforms]]));
    },
  );
});

/** Asked in the interpreter itself; one too old to run the reference is described to it by the variables of its build. */
function tagsThere({ executable, version }: Interpreter): unknown {
  const [major, minor] = version;
  if (minor >= 9) return askPackaging(found, 'own', [[]], executable)[0];
  const names = "'Py_DEBUG', 'Py_GIL_DISABLED', 'WITH_PYMALLOC', 'Py_UNICODE_SIZE'";
  const code = `import json, sysconfig; print(json.dumps({name: sysconfig.get_config_var(name) for name in [${names}]}))`;
  const variables: unknown = JSON.parse(execFileSync(executable, ['-I', '-c', code], { encoding: 'utf8' }));
  return askPackaging(found, 'with', [[[major, minor], variables]])[0];
}
