import { describe, expect, it } from 'vitest';
import { compatibleTags, type TagTarget } from '../../../src/packaging/tags.ts';
import { readFacts } from '../../../src/python/facts.ts';
import { tagTargetOf } from '../../../src/python/tag-target.ts';
import { probeAnswer } from './probe-answer.ts';

describe('tagTargetOf', () => {
  it('knows the ABI of CPython, also free-threaded and debug builds', () => {
    expect(target({}).abis).toEqual(['cp311']);
    expect(target({ version: [3, 13, 0], freeThreaded: true }).abis).toEqual(['cp313t']);
    expect(target({ debug: true }).abis).toEqual(['cp311d', 'cp311']);
    expect(target({ version: [3, 7, 16] }).abis).toEqual(['cp37m']);
    expect(target({ version: [3, 6, 15], debug: true }).abis).toEqual(['cp36dm']);
  });

  it('takes the ABI of other implementations from the suffix of their extension modules', () => {
    const pypy = target({
      implementation: 'pypy',
      extensionSuffix: '.pypy310-pp73-x86_64-linux-gnu.so',
      version: [3, 10, 14],
    });
    expect(pypy.abis).toEqual(['pypy310_pp73']);
    const graal = target({ implementation: 'graalpy', extensionSuffix: '.graalpy242-311-native-x86_64-linux.so' });
    expect(graal.abis).toEqual(['graalpy242_311_native']);
  });

  it('lists manylinux versions up to that of the C library', () => {
    const { platforms } = target({ glibc: '2.28' });
    expect(platforms).toContain('manylinux_2_28_x86_64');
    expect(platforms).toContain('manylinux2014_x86_64');
    expect(platforms).not.toContain('manylinux_2_29_x86_64');
    expect(compatibleTags(target({}))[0]).toMatch(/^cp311-cp311-/);
  });

  it('lists musllinux versions for a musl interpreter', () => {
    const { platforms } = target({ glibc: null, musl: '1.2' });
    expect(platforms).toContain('musllinux_1_2_x86_64');
    expect(platforms.some((platform) => platform.startsWith('manylinux'))).toBe(false);
  });

  it('leaves out what the _manylinux module of the interpreter refuses, old names included', () => {
    const { platforms } = target({ manylinux: { 17: false, 12: true } });
    expect(platforms).not.toContain('manylinux_2_17_x86_64');
    expect(platforms).not.toContain('manylinux2014_x86_64');
    expect(platforms).toContain('manylinux2010_x86_64');
  });

  it('follows the interpreter on macOS and Windows', () => {
    const mac = target({ platform: 'macosx-14.0-arm64', glibc: null, macos: { version: '14.4', machine: 'arm64' } });
    expect(mac.platforms).toContain('macosx_14_0_arm64');
    expect(target({ platform: 'win-amd64', glibc: null }).platforms).toEqual(['win_amd64']);
  });
});

function target(changes: Readonly<Record<string, unknown>>): TagTarget {
  const facts = readFacts(probeAnswer(changes));
  if (facts === undefined) throw new Error('the answer was refused');
  return tagTargetOf(facts);
}
