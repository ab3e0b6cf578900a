import { describe, expect, it } from 'vitest';
import { parsePlatformName } from '../../../src/packaging/platform-name.ts';
import { parsePythonRange } from '../../../src/packaging/python-range.ts';
import { compatibleTags, formatTag, parseTagSet } from '../../../src/packaging/tags.ts';
import { wheelFits } from '../../../src/packaging/wheel-target.ts';

describe('wheelFits', () => {
  it.each([
    ['cp311-cp311-win_amd64', '>=3.9', true],
    ['cp38-cp38-win_amd64', '>=3.9', false],
    ['cp313-cp313t-macosx_11_0_arm64', '>=3.9', true],
    ['cp37-abi3-manylinux_2_17_x86_64', '>=3.12', true],
    ['cp313-abi3-win32', '<3.13', false],
    ['cp315-abi3.abi3t-win32', '>=3.15', true],
    ['pp310-pypy310_pp73-win_amd64', '>=3.9', true],
    ['pp39-pypy39_pp73-win_amd64', '>=3.10', false],
    ['py3-none-any', '>=3.9', true],
    ['py2-none-any', '>=3.9', false],
    ['py2.py3-none-any', '>=3.9', true],
    ['py37-none-any', '==3.11.*', true],
    ['py312-none-any', '==3.11.*', false],
    ['cp310-none-any', '==3.11.*', false],
    ['cp3-abi3-win32', '>=3.9', false],
    ['pp3-none-any', '>=3.9', true],
    ['py3-cp311-any', '>=3.9', false],
    ['cp27-cp27mu-linux_x86_64', '>=3.6', false],
  ])('of any platform: %s in %s: %s', (tags, python, fits) => {
    expect(wheelFits(parseTagSet(tags), { python: parsePythonRange(python) })).toBe(fits);
  });

  it.each([
    ['linux', 'cp311-cp311-manylinux_2_17_x86_64', true],
    ['linux', 'cp311-cp311-manylinux_2_41_x86_64', false],
    ['linux', 'cp311-cp311-musllinux_1_2_x86_64', false],
    ['linux', 'py3-none-any', true],
    ['alpine', 'cp311-cp311-musllinux_1_1_x86_64', true],
    ['windows', 'cp311-abi3-win_amd64', true],
    ['windows', 'cp311-cp311-win32', false],
    ['macos', 'cp311-cp311-macosx_11_0_universal2', true],
    ['macos', 'cp311-cp311-macosx_15_0_arm64', false],
  ])('on %s: %s: %s', (platform, tags, fits) => {
    const target = { python: parsePythonRange('>=3.9'), platform: parsePlatformName(platform) };
    expect(wheelFits(parseTagSet(tags), target)).toBe(fits);
  });

  it.each([
    ['cpython', false, 'cp311-cp311-win32', true],
    ['cpython', false, 'cp313-cp313t-win32', false],
    ['cpython', false, 'cp311-abi3-win32', true],
    ['cpython', false, 'cp315-abi3t-win32', false],
    ['cpython', false, 'pp310-pypy310_pp73-win32', false],
    ['cpython', true, 'cp313-cp313t-win32', true],
    ['cpython', true, 'cp313-cp313-win32', false],
    ['cpython', true, 'cp37-abi3-win32', false],
    ['cpython', true, 'cp315-abi3.abi3t-win32', true],
    ['cpython', true, 'cp313-none-win32', true],
    ['pypy', false, 'pp310-pypy310_pp73-win32', true],
    ['pypy', false, 'cp310-cp310-win32', false],
    ['pypy', false, 'py3-none-any', true],
  ])('for %s, free-threaded %s: %s: %s', (implementation, freeThreaded, tags, fits) => {
    const target = { python: parsePythonRange('>=3.9'), implementation, freeThreaded };
    expect(wheelFits(parseTagSet(tags), target)).toBe(fits);
  });

  it('takes exactly the tags an interpreter of the target lists', () => {
    const platform = parsePlatformName('manylinux_2_17_x86_64');
    const builds = [
      { implementation: 'cpython', freeThreaded: false, abis: ['cp313'] },
      { implementation: 'cpython', freeThreaded: true, abis: ['cp313t'] },
      { implementation: 'pypy', freeThreaded: false, abis: ['pypy313_pp73'] },
    ];
    const lists = builds.map((build) => {
      return new Set(compatibleTags({ ...build, version: [3, 13], platforms: platform.platforms }));
    });
    const foreign = ['cp313-abi3-any', 'cp3-none-any', 'cp27-abi3-linux_x86_64', 'pp313-none-any', 'pp313-abi3-win32'];
    const all = [...lists.flatMap((list) => [...list]), ...foreign].flatMap(parseTagSet);
    for (const [i, { implementation, freeThreaded }] of builds.entries()) {
      const target = { python: parsePythonRange('==3.13.*'), platform, implementation, freeThreaded };
      expect(all.filter((tag) => wheelFits([tag], target) !== (lists[i]?.has(formatTag(tag)) ?? false))).toEqual([]);
    }
  });
});
