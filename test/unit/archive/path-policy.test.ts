import { describe, expect, it } from 'vitest';

import { foldPath, pathProblem, pathSetProblem } from '../../../src/archive/path-policy.ts';

describe('pathProblem', () => {
  it.each([
    'a',
    'pkg/__init__.py',
    'pkg/caf\u00e9.py',
    'pkg/e\u0301.py',
    'pkg/.hidden',
    'pkg/a b.txt',
    'pkg/console.py',
    'pkg/auxiliary/x.h',
    'pkg/com10.txt',
    'setuptools/script (dev).tmpl',
    'pkg/\u4e2d\u6587.txt',
    `pkg/${'a'.repeat(255)}`,
    "pkg/#%&'+,;=@[]^{}~!$.txt",
  ])('accepts %s', (path) => {
    expect(pathProblem(path)).toBeUndefined();
  });

  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    './a',
    'a/..',
    '..',
    '../a',
    'a\\b',
    'C:a',
    'a|b',
    'a\tb',
    'a\u0085b',
    'a\u200bb',
    'a\u2028b',
    'a ',
    'a.',
    'a./b',
    '...',
    'CON',
    'con.txt',
    'x/Aux.py',
    'lpt1',
    'COM9.c',
    'nul .txt',
    '\u00e9'.repeat(128),
  ])('refuses %j', (path) => {
    expect(pathProblem(path)).toMatchObject({ code: 'TSPM_ARCHIVE_PATH', path });
  });
});

describe('pathSetProblem', () => {
  it('takes folders that differ only in case, for their files do not clash', () => {
    expect(pathSetProblem(['PIL/a.py', 'pil/b.py'], ['PIL', 'PIL/plugins'])).toBeUndefined();
  });

  it.each([
    [['a', 'a'], [], 'TSPM_ARCHIVE'],
    [['a', 'A'], [], 'TSPM_ARCHIVE_PATH'],
    [['a'], ['a'], 'TSPM_ARCHIVE'],
    [[], ['a', 'a'], 'TSPM_ARCHIVE'],
    [['a'], ['a/b'], 'TSPM_ARCHIVE'],
    [['a/b/c', 'a/b'], [], 'TSPM_ARCHIVE'],
    [['a/b/c/d', 'a'], ['a/b'], 'TSPM_ARCHIVE'],
  ])('%j with folders %j: %s', (files, folders, code) => {
    expect(pathSetProblem(files, folders)?.code).toBe(code);
  });
});

it('foldPath makes names equal that some file system holds for equal', () => {
  const groups = [
    ['stra\u00dfe', 'STRASSE', 'strasse', 'STRA\u1e9eE'],
    ['\u00e9', 'e\u0301', '\u00c9'],
    ['\ufb03', 'ffi'],
    ['\u212a', 'k'],
    ['\u03c3', '\u03c2', '\u03a3'],
    ['\uff21', 'a'],
  ];
  for (const group of groups) expect(new Set(group.map(foldPath)).size).toBe(1);
  expect(foldPath('a')).not.toBe(foldPath('b'));
});
