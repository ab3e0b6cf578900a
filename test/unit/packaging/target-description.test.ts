import { describe, expect, it } from 'vitest';
import { readTagTarget } from '../../../src/packaging/target-description.ts';

const invalid = expect.objectContaining({ code: 'TSPM_INVALID_TARGET' });
const described = { python: '3.13', platform: 'windows' };
const target = {
  implementation: 'graalpy',
  version: [3, 11] as const,
  abis: ['graalpy242_311_native'],
  platforms: ['linux_x86_64'],
  freeThreaded: false,
};

describe('readTagTarget', () => {
  it('fills in what plain words leave out', () => {
    expect(readTagTarget(described)).toEqual({
      implementation: 'cpython',
      version: [3, 13],
      abis: ['cp313'],
      platforms: ['win_amd64'],
      freeThreaded: false,
    });
    expect(readTagTarget({ ...described, freeThreaded: true }).abis).toEqual(['cp313t']);
    expect(readTagTarget({ ...described, python: '3.7.16' }).abis).toEqual(['cp37m']);
    expect(readTagTarget({ ...described, python: '3.10', implementation: 'pypy' }).abis).toEqual(['pypy310_pp73']);
  });

  it('takes lists as they are, also those of an interpreter', () => {
    expect(readTagTarget(target)).toBe(target);
    expect(readTagTarget({ tagTarget: target })).toBe(target);
  });

  it.each([
    { ...described, python: '3' },
    { ...described, python: '3.12345' },
    { ...described, platform: 'beos' },
    { ...described, implementation: 'graalpy' as 'pypy' },
    { ...described, implementation: 'pypy' as const, freeThreaded: true },
    { ...target, version: [3, 1e9] as const },
    { ...target, abis: 'cp311' as never },
  ])('refuses %j', (source) => {
    expect(() => readTagTarget(source)).toThrow(invalid);
  });
});
