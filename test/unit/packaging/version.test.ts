import { describe, expect, it } from 'vitest';
import {
  baseVersion,
  canonicalizeVersion,
  compareVersions,
  isPostrelease,
  isPrerelease,
  parseVersion,
  publicVersion,
  tryParseVersion,
  versionsEqual,
  withoutLocal,
} from '../../../src/packaging/version.ts';

describe('reading versions', () => {
  it.each([
    [' v1.0-1\n', '1.0.post1'],
    ['V1', '1'],
    ['01!01.002', '1!1.2'],
    ['1.0RC1', '1.0rc1'],
    ['1.0_beta_2', '1.0b2'],
    ['1.0alpha', '1.0a0'],
    ['1.0preview3', '1.0rc3'],
    ['1.0pre', '1.0rc0'],
    ['1.0c4', '1.0rc4'],
    ['1.0-r4', '1.0.post4'],
    ['1.0rev', '1.0.post0'],
    ['1.0.post-1', '1.0.post1'],
    ['1.0.dev', '1.0.dev0'],
    ['1.0a--1', '1.0a0.post1'],
    ['1.0a-1', '1.0a1'],
    ['1.0a.', '1.0a0'],
    ['1.0.0-alpha.1', '1.0.0a1'],
    ['1.0.0-beta+exp.sha', '1.0.0b0+exp.sha'],
    ['1.0+ABC.001', '1.0+abc.1'],
    ['1.0+foo0100', '1.0+foo0100'],
    ['1.0+ubuntu-1_a', '1.0+ubuntu.1.a'],
    ['20240101123456789012', '20240101123456789012'],
    ['9007199254740991.9007199254740992', '9007199254740991.9007199254740992'],
    ['1.0.0.0.0', '1.0.0.0.0'],
    ['1!2.3a4.post5.dev6+l.7', '1!2.3a4.post5.dev6+l.7'],
  ])('reads %j as %j', (text, expected) => {
    expect(parseVersion(text).text).toBe(expected);
  });

  it.each([
    '',
    'dog',
    '1.0-',
    '1_0',
    '1.0.dev1.post1',
    '1.0+',
    'vv1',
    '2.6.9.final.0',
    '1..0',
    '1.0.',
    '1-2-3',
    '1.0 a',
    '1.0+a..b',
    '1.0--1',
    '1.0-SNAPSHOT',
    '20.04LTS',
    '3.15.0+',
    '\u0661.0',
    '1.0+é',
    '1!',
    '!1',
    '1.0a1b2',
    '1.0*',
  ])('rejects %j', (text) => {
    expect(tryParseVersion(text)).toBeUndefined();
    expect(() => parseVersion(text)).toThrowError(expect.objectContaining({ code: 'TSPM_INVALID_VERSION' }));
  });

  it('gives the parts', () => {
    expect(parseVersion('1!2.0rc3.post4.dev5+l.06')).toEqual({
      epoch: 1,
      release: [2, 0],
      pre: ['rc', 3],
      post: 4,
      dev: 5,
      local: ['l', 6],
      text: '1!2.0rc3.post4.dev5+l.6',
    });
    expect(parseVersion('20240101123456789012').release).toEqual([20_240_101_123_456_789_012n]);
  });

  it('gives one object for one text', () => {
    expect(parseVersion('4.5.6')).toBe(parseVersion('4.5.6'));
  });
});

describe('the order of versions', () => {
  const ascending = [
    [
      '0.dev0',
      '1.0.dev9',
      '1.0.dev10',
      '1.0a1.dev1',
      '1.0a1',
      '1.0a1.post1.dev1',
      '1.0a1.post1',
      '1.0a2',
      '1.0b1',
      '1.0rc1',
      '1.0',
    ],
    [
      '1.0+a',
      '1.0+a.1',
      '1.0+ab',
      '1.0+1',
      '1.0+1.a',
      '1.0+9',
      '1.0+10',
      '1.0.post1.dev0',
      '1.0.post1',
      '1.0.0.1',
      '1.1.dev0',
      '1.10',
    ],
    ['2026.1', '20240101123456789012', '20240101123456789013', '1!0.1'],
  ].flat();

  it('is total and strict on one list', () => {
    const versions = ascending.map(parseVersion);
    for (const [i, a] of versions.entries()) {
      for (const [j, b] of versions.entries()) expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(i - j));
    }
  });

  it.each([
    ['1.0', '1.0.0'],
    ['1.0.0a1', '1a1'],
    ['1.0+01', '1.0+1'],
    ['0!1', '1'],
  ])('takes %s and %s as equal', (a, b) => {
    expect(versionsEqual(parseVersion(a), parseVersion(b))).toBe(true);
  });
});

describe('views of a version', () => {
  it('tells pre- and post-releases', () => {
    expect(
      ['1.0', '1.0a1', '1.0.dev1', '1.0.post1', '1.0.post1.dev1'].map((text) => isPrerelease(parseVersion(text))),
    ).toEqual([false, true, true, false, true]);
    expect(isPostrelease(parseVersion('1.0.post0'))).toBe(true);
    expect(isPostrelease(parseVersion('1.0'))).toBe(false);
  });

  it('drops the local label, and everything but the release', () => {
    const version = parseVersion('1!2.0rc1.post2+cu121.5');
    expect(publicVersion(version)).toBe('1!2.0rc1.post2');
    expect(withoutLocal(version)).toBe(parseVersion('1!2.0rc1.post2'));
    expect(baseVersion(version)).toBe('1!2.0');
  });

  it.each([
    ['1.0.0', '1'],
    ['1.0.post0', '1.post0'],
    ['0.0', '0'],
    ['1.10', '1.10'],
    ['1!1.0.0+a', '1!1+a'],
    ['junk', 'junk'],
  ])('canonicalises %s to %s', (text, expected) => {
    expect(canonicalizeVersion(text)).toBe(expected);
  });

  it('keeps trailing zeros when asked to', () => {
    expect(canonicalizeVersion('V1.0.0', { stripTrailingZeros: false })).toBe('1.0.0');
  });
});
