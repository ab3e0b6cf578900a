import { describe, expect, it } from 'vitest';
import { ANY_VERSION, parseLegacySpecifierSet, parseSpecifierSet } from '../../../src/packaging/specifier.ts';
import { parseVersion } from '../../../src/packaging/version.ts';

const invalid = expect.objectContaining({ code: 'TSPM_INVALID_SPECIFIER' });

describe('reading specifiers', () => {
  it.each([
    ['>=2,<3', '<3,>=2'],
    [' >= 1.0 , , < 2 ,', '<2,>=1.0'],
    ['!=1,==2,~=3.0,>4,<5', '!=1,<5,==2,>4,~=3.0'],
    ['>=1.0,>=1', '>=1'],
    ['~=1.0,~=1.0.0', '~=1.0,~=1.0.0'],
    ['=== foo_bar', '===foo_bar'],
    ['===', '==='],
    ['== v1.0', '==v1.0'],
    ['', ''],
  ])('prints %j as %j', (text, expected) => {
    expect(parseSpecifierSet(text).toString()).toBe(expected);
  });

  it.each([
    '1.0',
    '=1.0',
    '><1',
    '~=1',
    '~=1.1+abc',
    '~=1.0.*',
    '>=1.0+abc',
    '>1.0+l',
    '>1.*',
    '<=1.*',
    '>=1.*',
    '==1.0a1.*',
    '==1.0.post1.*',
    '!=1.0.dev1.*',
    '>dev',
    '==',
    '>=1 <2',
    '==1.0+a.*',
    '=== a b',
    '===a;b',
    '==1.0 .*',
    '==1.*.2',
  ])('rejects %j', (text) => {
    expect(() => parseSpecifierSet(text)).toThrowError(invalid);
  });

  it('names the clause that is wrong', () => {
    expect(() => parseSpecifierSet('>=1,>2.*')).toThrowError(
      'version specifier ">2.*" can use ".*" with == and != only',
    );
  });

  it.each([
    ['>=7.2.0<8', '<8,>=7.2.0'],
    ['!=~5.0', '!=5.0.*'],
    ['>=1.9.*', '>=1.9'],
    ['>= 2.7.*,!=3.0.*', '!=3.0.*,>=2.7'],
    ['!=3.0*', '!=3.0.*'],
    ['>dev', '>0.0.0dev'],
    ['>=9.0.0a1.0', '>=9.0.0a1'],
    [">= '3.6'", '>=3.6'],
    [">= '3.6.*'", '>=3.6'],
    ['>=1.0+abc', '>=1.0'],
    ['>=2.7, !=3.0*, <4.*', '!=3.0.*,<4,>=2.7'],
  ])('mends %j of published metadata to %j', (text, expected) => {
    expect(() => parseSpecifierSet(text)).toThrowError(invalid);
    expect(parseLegacySpecifierSet(text).toString()).toBe(expected);
  });

  it('leaves alone what is valid, and what cannot be mended', () => {
    expect(parseLegacySpecifierSet('===1.0<2')).toBe(parseSpecifierSet('===1.0<2'));
    expect(() => parseLegacySpecifierSet('about 3')).toThrowError('"about 3"');
  });
});

describe('matching', () => {
  it.each([
    ['', '1.0a1', true],
    ['==1', '1.0.0', true],
    ['==1.0', '1.0+cu121', true],
    ['==1.0+cu121', '1.0', false],
    ['==1.0+LOCAL', '1.0+local', true],
    ['==1.0+1', '1.0+01', true],
    ['!=1.0', '1.0+x', false],
    ['!=1.0+a', '1.0', true],
    ['!=1.0+a', '1.0+b', true],
    ['==1.1.*', '1.1.dev1', true],
    ['==1.1.*', '1.1a1', true],
    ['==1.1.*', '1.1.post1', true],
    ['==1.1.*', '1.1+x', true],
    ['==1.1.*', '1.10', false],
    ['==1.1.0.*', '1.1', true],
    ['==1!1.*', '1.5', false],
    ['>=1.0', '1.0+x', true],
    ['<=1.0', '1.0+local', true],
    ['<=1.0', '1.0.post1', false],
    ['>1.7', '1.7.post1', false],
    ['>1.7', '1.7+l', false],
    ['>1.7', '1.7.0.1', true],
    ['>1.7a1', '1.7a1.post1', false],
    ['>1.7.post2', '1.7.post3', true],
    ['>1.7.post2', '1.7.post2+l', false],
    ['>1.7.dev1', '1.7.dev2', true],
    ['>1.7.dev1', '1.7.post1', true],
    ['<3.1', '3.1rc1', false],
    ['<3.1', '3.1.dev0', false],
    ['<3.1', '3.0.5rc1', true],
    ['<3.1.post1', '3.1rc1', true],
    ['<3.1.post1', '3.1.post0', true],
    ['<3.1.post1', '3.1.post1.dev0', false],
    ['<3.1rc1', '3.1b2', true],
    ['<3.1rc1', '3.1rc1.dev1', true],
    ['~=2.2', '2.9', true],
    ['~=2.2', '3.0.dev0', false],
    ['~=2.2.post3', '2.2.post2', false],
    ['~=1.4.5a4', '1.4.5a4', true],
    ['~=1.4.5a4', '1.5', false],
    ['===1.0', '1.0', true],
    ['===1.0', '1.0.0', false],
    ['===1.0', '1.0+x', false],
    ['===1.0', 'V1.0', false],
    ['===1.0a1', '1.0A1', true],
    ['===FooBar', 'foobar', true],
    ['>=1', 'foobar', false],
    ['', 'foobar', true],
  ])('%s and %s: %s', (specifier, version, expected) => {
    expect(parseSpecifierSet(specifier).contains(version)).toBe(expected);
  });

  it('takes parsed versions as well', () => {
    expect(parseSpecifierSet('>=1,<2').contains(parseVersion('1.5'))).toBe(true);
    expect(parseSpecifierSet('===1.5').contains(parseVersion('v1.5'))).toBe(true);
  });

  it('shuts pre-releases out only when told to', () => {
    expect(parseSpecifierSet('>=1').contains('2a1')).toBe(true);
    expect(parseSpecifierSet('>=1').contains('2a1', { prereleases: false })).toBe(false);
    expect(parseSpecifierSet('>=2a1').contains('2a1', { prereleases: false })).toBe(false);
    expect(ANY_VERSION.contains('2.dev0', { prereleases: false })).toBe(false);
  });
});

describe('choosing among candidates', () => {
  it.each([
    ['>=1.0', ['2.0a1'], ['2.0a1']],
    ['>=1.0', ['1.0', '2.0a1'], ['1.0']],
    ['!=2.0a1', ['1.0', '2.0b1'], ['1.0']],
    ['<2.0a1', ['1.0', '1.5a1', '2.0.dev1'], ['1.0', '1.5a1', '2.0.dev1']],
    ['==1.*', ['1.0rc1', '1.0', '2'], ['1.0']],
    ['', ['garbage', '1.0a1'], ['garbage', '1.0a1']],
    ['', ['garbage', '1.0a1', '1'], ['garbage', '1']],
  ])('%j of %j: %j', (specifier, candidates, expected) => {
    expect(parseSpecifierSet(specifier).filter(candidates)).toEqual(expected);
  });

  it('follows an explicit policy', () => {
    const candidates = ['1.0', '2.0a1'];
    expect(parseSpecifierSet('>=1').filter(candidates, { prereleases: true })).toEqual(candidates);
    expect(parseSpecifierSet('>=1').filter(['2.0a1'], { prereleases: false })).toEqual([]);
    expect(parseSpecifierSet('>=1a1').filter(candidates, { prereleases: false })).toEqual(['1.0']);
  });

  it.each([
    ['>=1.0a1', true],
    ['==2.0a1', true],
    ['===2.0.dev1', true],
    ['~=1.0a1', true],
    ['!=2.0a1', false],
    ['==1.*', false],
    ['>=1', false],
  ])('%s names a pre-release: %s', (specifier, expected) => {
    expect(parseSpecifierSet(specifier).namesPrerelease).toBe(expected);
  });
});
