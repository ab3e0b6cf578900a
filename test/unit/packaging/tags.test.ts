import { describe, expect, it } from 'vitest';
import {
  compatibleTags,
  linuxPlatforms,
  macPlatforms,
  parseTagSet,
  type TagTarget,
} from '../../../src/packaging/tags.ts';

function target(changes: Partial<TagTarget>): TagTarget {
  return {
    implementation: 'cpython',
    version: [3, 11],
    abis: ['cp311'],
    platforms: ['p'],
    freeThreaded: false,
    ...changes,
  };
}

describe('compatibleTags', () => {
  it('of CPython put the own ABI first, older stable ABIs before pure tags, and py3 between py311 and py310', () => {
    const tags = compatibleTags(target({}));
    expect(tags.slice(0, 4)).toEqual(['cp311-cp311-p', 'cp311-abi3-p', 'cp311-none-p', 'cp310-abi3-p']);
    expect(tags.slice(11, 15)).toEqual(['cp32-abi3-p', 'py311-none-p', 'py3-none-p', 'py310-none-p']);
    expect(tags.slice(25, 29)).toEqual(['cp311-none-any', 'py311-none-any', 'py3-none-any', 'py310-none-any']);
    expect(tags).toHaveLength(39);
  });

  it('of CPython leave out what only looks compatible', () => {
    const tags = new Set(compatibleTags(target({})));
    expect(['py310-none-any', 'py310-none-p', 'cp32-abi3-p'].map((tag) => tags.has(tag))).toEqual([true, true, true]);
    const wrong = ['cp310-none-any', 'cp3-none-any', 'cp3-abi3-p', 'cp310-cp310-p', 'cp311-cp311t-p', 'cp311-abi3t-p'];
    expect(wrong.filter((tag) => tags.has(tag))).toEqual([]);
  });

  it('of a build without the GIL take abi3t in place of abi3', () => {
    const tags = new Set(compatibleTags(target({ version: [3, 15], abis: ['cp315t'], freeThreaded: true })));
    const asked = ['cp315-cp315t-p', 'cp315-abi3t-p', 'cp37-abi3t-p', 'py3-none-any', 'cp315-cp315-p', 'cp37-abi3-p'];
    expect(asked.map((tag) => tags.has(tag))).toEqual([true, true, true, true, false, false]);
  });

  it('of a debug build take the ABI without debugging, too', () => {
    expect(compatibleTags(target({ version: [3, 8], abis: ['cp38d', 'cp38'] })).slice(0, 3)).toEqual([
      'cp38-cp38d-p',
      'cp38-cp38-p',
      'cp38-abi3-p',
    ]);
  });

  it('of PyPy have no stable ABI', () => {
    const tags = compatibleTags(
      target({ implementation: 'pypy', version: [3, 10], abis: ['pypy310_pp73'], platforms: ['p', 'q'] }),
    );
    expect(tags.slice(0, 6)).toEqual([
      'pp310-pypy310_pp73-p',
      'pp310-pypy310_pp73-q',
      'pp310-none-p',
      'pp310-none-q',
      'py310-none-p',
      'py310-none-q',
    ]);
    expect(tags.slice(28, 31)).toEqual(['pp3-none-any', 'py310-none-any', 'py3-none-any']);
    expect(tags.some((tag) => tag.includes('abi3'))).toBe(false);
  });

  it('of other implementations use their whole name', () => {
    const tags = compatibleTags(target({ implementation: 'graalpy', abis: ['graalpy242_311_native'] }));
    expect(tags.slice(0, 2)).toEqual(['graalpy311-graalpy242_311_native-p', 'graalpy311-none-p']);
    expect(tags).not.toContain('graalpy311-none-any');
  });
});

describe('platforms', () => {
  it('of Linux start with the native tag and end with the oldest glibc', () => {
    const platforms = linuxPlatforms({ arch: 'x86_64', glibc: [2, 17], bits: 64 });
    expect(platforms.slice(0, 4)).toEqual([
      'linux_x86_64',
      'manylinux_2_17_x86_64',
      'manylinux2014_x86_64',
      'manylinux_2_16_x86_64',
    ]);
    expect(platforms.slice(-2)).toEqual(['manylinux_2_5_x86_64', 'manylinux1_x86_64']);
    expect(linuxPlatforms({ arch: 'aarch64', glibc: [2, 18], bits: 64 }).at(-1)).toBe('manylinux2014_aarch64');
  });

  it('of Linux follow the width of the interpreter', () => {
    expect(linuxPlatforms({ arch: 'x86_64', glibc: [2, 5], bits: 32 })).toEqual([
      'linux_i686',
      'manylinux_2_5_i686',
      'manylinux1_i686',
    ]);
    expect(linuxPlatforms({ arch: 'aarch64', glibc: [2, 17], bits: 32 }).slice(0, 3)).toEqual([
      'linux_armv8l',
      'linux_armv7l',
      'manylinux_2_17_armv8l',
    ]);
  });

  it('of Linux without glibc are those of musl or the native one', () => {
    expect(linuxPlatforms({ arch: 'aarch64', musl: [1, 2], bits: 64 })).toEqual([
      'linux_aarch64',
      'musllinux_1_2_aarch64',
      'musllinux_1_1_aarch64',
      'musllinux_1_0_aarch64',
    ]);
    expect(linuxPlatforms({ arch: 'mips64', glibc: [2, 36], bits: 64 })).toEqual(['linux_mips64']);
  });

  it('of macOS count majors from 11 on and keep fat binaries', () => {
    const arm = macPlatforms([14, 4], 'arm64');
    expect(arm.slice(0, 3)).toEqual(['macosx_14_0_arm64', 'macosx_14_0_universal2', 'macosx_13_0_arm64']);
    expect(arm).toContain('macosx_10_9_universal2');
    expect(arm).not.toContain('macosx_11_0_x86_64');
    expect(macPlatforms([14, 0], 'x86_64')).toHaveLength(102);
    expect(macPlatforms([10, 4], 'x86_64')).toEqual(
      ['x86_64', 'intel', 'fat64', 'fat3', 'universal2', 'universal'].map((format) => `macosx_10_4_${format}`),
    );
    expect(macPlatforms([10, 3], 'x86_64')).toEqual([]);
  });
});

describe('parseTagSet', () => {
  it('reads tags or refuses them', () => {
    expect(parseTagSet('py2.PY3-none-any')).toEqual([
      { python: 'py2', abi: 'none', platform: 'any' },
      { python: 'py3', abi: 'none', platform: 'any' },
    ]);
    expect(() => parseTagSet('py3..py2-none-any')).toThrow(expect.objectContaining({ code: 'TSPM_INVALID_TAG' }));
  });
});
