import { describe, expect, it } from 'vitest';
import { parseSpecifierSet } from '../../../src/packaging/specifier.ts';
import {
  ALL,
  complement,
  containsVersion,
  EMPTY,
  formatVersionSet,
  holdsStable,
  intersect,
  isDisjoint,
  isEmpty,
  isSubset,
  isUnsatisfiable,
  union,
  versionSetOf,
  type VersionSet,
} from '../../../src/packaging/version-set.ts';
import { parseVersion } from '../../../src/packaging/version.ts';

function setOf(text: string): VersionSet {
  return versionSetOf(parseSpecifierSet(text));
}

describe('sets of versions', () => {
  it.each([
    ['', '(-inf, +inf)'],
    ['>=1.0,<2', '[1, 2.dev0)'],
    ['==1.0', '[1, 1.post0.dev0)'],
    ['==1.0+l', '[1+l, 1+l]'],
    ['!=1.0+l', '(-inf, 1+l) | (1+l, +inf)'],
    ['==1.1.*', '[1.1.dev0, 1.2.dev0)'],
    ['>1.7', '(1.7.post*, +inf)'],
    ['>1.7a1', '[1.7a2.dev0, +inf)'],
    ['>1.7.dev1', '[1.7.dev2, +inf)'],
    ['<3.1.post1', '(-inf, 3.1.post1.dev0)'],
    ['~=1.4.5a4', '[1.4.5a4, 1.5.dev0)'],
    ['===1.0', '[1, 1]'],
    ['===foobar', '(none)'],
    ['<0', '(none)'],
    ['>=9007199254740991', '[9007199254740991, +inf)'],
    ['==9007199254740991.*', '[9007199254740991.dev0, 9007199254740992.dev0)'],
  ])('%j is %s', (text, expected) => {
    expect(formatVersionSet(setOf(text))).toBe(expected);
  });

  it.each([
    ['>=1.0,<2', '<2.0,>=1'],
    ['==1.0', '<=1.0,>=1.0'],
    ['<=1.0.dev1', '<1.0.dev2'],
    ['>1.0.post1', '>=1.0.post2.dev0'],
    ['>1.0a1', '>=1.0a2.dev0'],
    ['~=2.2', '>=2.2,==2.*'],
    ['==0.*', '<1'],
    ['!=1.*', '!=1.*,!=1.2'],
  ])('%s and %s have one structure', (a, b) => {
    expect(setOf(a)).toEqual(setOf(b));
  });

  it('knows emptiness that no sampling finds', () => {
    expect(isEmpty(setOf('>1.0,<1.0.post1'))).toBe(true);
    expect(isEmpty(setOf('>=1.0rc1,<1.0'))).toBe(true);
    expect(isEmpty(setOf('>1.0,<1.0.0.1'))).toBe(false);
  });

  it('combines', () => {
    const low = setOf('<2');
    const high = setOf('>=1');
    expect(intersect(low, high)).toEqual(setOf('>=1,<2'));
    expect(containsVersion(union(low, high), parseVersion('1!5'))).toBe(true);
    expect(union(setOf('<2'), setOf('==2.*'))).toEqual(setOf('<3'));
    expect(formatVersionSet(complement(setOf('>=1,<2')))).toBe('(-inf, 1) | [2.dev0, +inf)');
    expect(complement(ALL)).toEqual(EMPTY);
    expect(complement(EMPTY)).toEqual(ALL);
    expect(isSubset(setOf('~=1.2'), high)).toBe(true);
    expect(isSubset(high, setOf('~=1.2'))).toBe(false);
    expect(isDisjoint(setOf('<1'), high)).toBe(true);
  });

  it('separates the set without clauses, which texts that are no versions satisfy, from all versions', () => {
    expect(isSubset(setOf('>=0.dev0'), ALL)).toBe(true);
    expect(isSubset(ALL, setOf('>=0.dev0'))).toBe(false);
    expect(ALL).toEqual(setOf(''));
  });
});

describe('satisfiability', () => {
  it.each([
    ['<1.0a3,>1.0a1', undefined, false],
    ['<1.0a3,>1.0a1', false, true],
    ['>=1.dev3,<1', false, true],
    ['>=1.0a1,<=1.0', false, false],
    ['>1.0,<1.0.0.1', false, false],
    ['<1.0.post0,>=1.0.post0.dev1', undefined, true],
    ['>=1.0.post1.dev1,<1.0.post2.dev1', false, false],
    ['===foobar', undefined, false],
    ['===foobar,>=1', undefined, true],
    ['===1.0,===1.0.0', undefined, true],
    ['===1.0a1', false, true],
    ['===1.0,>=0.5', false, false],
    ['', false, false],
  ])('%j with prereleases %s is unsatisfiable: %s', (text, prereleases, expected) => {
    expect(isUnsatisfiable(parseSpecifierSet(text), { prereleases })).toBe(expected);
  });

  it('finds stable versions above all post-releases', () => {
    expect(holdsStable(setOf('>1.0,<1.0.1a1'))).toBe(true);
  });
});
