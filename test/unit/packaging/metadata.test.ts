import { describe, expect, it } from 'vitest';
import { parseMetadata, parseWheelInfo } from '../../../src/packaging/metadata.ts';

const HEAD = 'Metadata-Version: 2.4\nName: Foo.Bar\nVersion: 1.0\n';

describe('parseMetadata', () => {
  it('reads the fields an installer needs', () => {
    const metadata = parseMetadata(
      [
        ...HEAD.trim().split('\n'),
        'summary: Does things',
        'Requires-Python: >=3.9',
        'Requires-Dist: a>=1',
        'REQUIRES-DIST: b; extra == "x"',
        'Provides-Extra: x',
        'Dynamic: License-File',
        'Home-page: UNKNOWN',
        'License: first line',
        '        second line',
        '',
        'Requires-Dist: not-a-header',
      ].join('\r\n'),
    );
    expect(metadata).toMatchObject({
      metadataVersion: '2.4',
      name: 'Foo.Bar',
      version: '1.0',
      summary: 'Does things',
      requiresPython: '>=3.9',
      requiresDist: ['a>=1', 'b; extra == "x"'],
      providesExtra: ['x'],
      dynamic: ['license-file'],
      homePage: '',
      license: 'first line\n        second line',
      warnings: [],
    });
    expect(metadata.fields.get('requires-dist')).toHaveLength(2);
    expect(metadata.fields.has('toString')).toBe(false);
  });

  it('takes everything from the first line that is no header for the description, and says so', () => {
    const metadata = parseMetadata(`${HEAD}Name : other\nRequires-Dist: lost\n`);
    expect(metadata.requiresDist).toEqual([]);
    expect(metadata.warnings).toEqual(['line 4 is no header, so everything from it on was taken for the description']);
  });

  it('skips a byte order mark and a mail box line', () => {
    const metadata = parseMetadata(`\uFEFFFrom someone\n${HEAD}`);
    expect([metadata.name, metadata.warnings]).toEqual(['Foo.Bar', ['a byte order mark was skipped']]);
  });

  it('keeps the first of repeated single values, form feeds and other letters', () => {
    const metadata = parseMetadata(`${HEAD}Version: 2.0\nSummary: a\fb é\n`);
    expect([metadata.version, metadata.summary]).toEqual(['1.0', 'a\fb é']);
  });

  it('reads old files as 2.1 and newer ones of the same major version, with a warning', () => {
    const old = parseMetadata('Name: a\nVersion: 1\n');
    expect([old.metadataVersion, old.warnings]).toEqual([
      '2.1',
      ['metadata of a 1 has no Metadata-Version, read as 2.1'],
    ]);
    expect(parseMetadata('Metadata-Version: 2.9\nName: a\nVersion: 1\n').warnings).toEqual([
      'metadata of a 1 has the newer Metadata-Version 2.9',
    ]);
    expect(parseMetadata('Metadata-Version: 2.0\nName: a\nVersion: 1\n').warnings).toEqual([]);
  });

  it.each([
    [
      'Metadata-Version: 3.0\nName: a\nVersion: 1\n',
      'metadata of a 1 has Metadata-Version 3.0, this tool reads 1.x and 2.x',
    ],
    ['Metadata-Version: 2.1\nVersion: 1\n', 'package metadata has no Name'],
    ['Metadata-Version: 2.1\nName: a\n', 'package metadata has no Version'],
    ['', 'package metadata has no Name'],
  ])('refuses %j', (text, message) => {
    expect(() => parseMetadata(text)).toThrow(expect.objectContaining({ code: 'TSPM_INVALID_METADATA', message }));
  });
});

describe('parseWheelInfo', () => {
  it('reads the file of a wheel', () => {
    const text =
      'Wheel-Version: 1.0\nWheel-Version: 2.0\nGenerator: tool 1\nRoot-Is-Purelib: True\nTag: py2-none-any\nTag: py3-none-any\n';
    expect(parseWheelInfo(text)).toEqual({
      wheelVersion: '1.0',
      rootIsPurelib: true,
      tags: ['py2-none-any', 'py3-none-any'],
      generator: 'tool 1',
      warnings: [],
    });
    expect(parseWheelInfo('Wheel-Version: 1.0\nRoot-Is-Purelib: false\n').rootIsPurelib).toBe(false);
  });

  it('warns of a newer minor version and refuses a newer major one or none', () => {
    expect(parseWheelInfo('Wheel-Version: 1.9\n').warnings).toEqual(['WHEEL version 1.9 is newer than 1.0']);
    for (const text of ['Wheel-Version: 2.0\n', 'Generator: x\n', 'Wheel-Version: one\n']) {
      expect(() => parseWheelInfo(text)).toThrow(expect.objectContaining({ code: 'TSPM_WHEEL_METADATA' }));
    }
  });
});
