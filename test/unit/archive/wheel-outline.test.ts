import { describe, expect, it } from 'vitest';
import { formatManifest, type WheelFile, type WheelManifest } from '../../../src/archive/wheel-manifest.ts';
import { formatOutline, outlineWheel, parseOutline, type WheelOutline } from '../../../src/archive/wheel-outline.ts';

const DIGEST = 'A'.repeat(43);

function file(path: string, marks: Partial<WheelFile> = {}): WheelFile {
  return { path, size: 3, sha256: DIGEST, executable: false, native: false, ...marks };
}

function outline(...files: WheelFile[]): WheelOutline | undefined {
  const manifest: WheelManifest = {
    format: 1,
    filename: 'a-1-py3-none-any.whl',
    sha256: 'a'.repeat(64),
    name: 'a',
    version: '1',
    distInfo: 'a-1.dist-info',
    purelib: true,
    files: [...files, file('a-1.dist-info/METADATA')],
  };
  return outlineWheel(manifest, formatManifest(manifest));
}

const names = (found: WheelOutline | undefined) => found?.folders.map(({ name }) => name);
const rest = (found: WheelOutline | undefined) => found?.manifest.files.map(({ path }) => path);

describe('outlineWheel', () => {
  it('tells plain folders as a whole, with their rows of RECORD, and all else by its files', () => {
    const found = outline(file('b/x.py'), file('top.py'), file('a/c/é,.txt'), file('a/b.py'));
    expect(names(found)).toEqual(['a', 'b']);
    expect(rest(found)).toEqual(['top.py', 'a-1.dist-info/METADATA']);
    expect(found?.folders[0]?.rows).toEqual({
      path: 'a/',
      text: `a/b.py,sha256=${DIGEST},3\n"a/c/é,.txt",sha256=${DIGEST},3\n`,
    });
  });

  it.each([
    ['a program', file('a/tool.sh', { executable: true })],
    ['a native program', file('a/tool', { native: true, confined: true })],
    ['a library that may need those of other wheels', file('a/x.so', { native: true })],
    ['byte code without a source', file('a/__pycache__/x.cpython-311.pyc')],
  ])('a folder with %s is told by its files', (_, special) => {
    expect(outline(file('a/x.py'), special)).toBeUndefined();
    expect(names(outline(file('a/x.py'), special, file('b/x.py')))).toEqual(['b']);
  });

  it('below a folder with a program, plain folders are told by themselves', () => {
    const program = file('a/bin/tool', { executable: true });
    const found = outline(file('a/b/x.py'), file('a/bc/d/x.py'), file('a/x.py'), program, file('a/bin/data/x'));
    expect(names(found)).toEqual(['a/b', 'a/bc', 'a/bin/data']);
    expect(rest(found)).toEqual(['a/x.py', 'a/bin/tool', 'a-1.dist-info/METADATA']);
    expect(found?.folders.map(({ count, rows }) => [count, rows.path])).toEqual([
      [1, 'a/b/'],
      [1, 'a/bc/'],
      [1, 'a/bin/data/'],
    ]);
  });

  it('a confined library is plain, also with the executable bit, which is remembered', () => {
    const found = outline(file('a/x.so.1', { native: true, confined: true, executable: true }));
    expect(found?.folders).toMatchObject([{ name: 'a', executable: ['a/x.so.1'] }]);
  });

  it('a wheel whose .data brings files to other folders is told by its files, one with scripts is not', () => {
    expect(outline(file('a/x.py'), file('a-1.data/purelib/b/x.py'))).toBeUndefined();
    expect(rest(outline(file('a/x.py'), file('a-1.data/scripts/run')))).toEqual([
      'a-1.data/scripts/run',
      'a-1.dist-info/METADATA',
    ]);
  });
});

describe('parseOutline', () => {
  const made = outline(file('b/é.py'), file('a/x.so', { native: true, confined: true, executable: true }));
  const text = made === undefined ? '' : formatOutline(made);

  it('reads what formatOutline writes', () => {
    expect(parseOutline(text)).toEqual(made);
  });

  it('takes no part of it for the whole', () => {
    for (let length = 0; length < text.length; length++) expect(parseOutline(text.slice(0, length))).toBeUndefined();
    expect(parseOutline(`${text}\n`)).toBeUndefined();
  });

  it.each(['../b', '.', '..', '', 'x.dist-info', '/b', 'b//c', 'x.data/b'])('refuses a folder called %j', (name) => {
    expect(parseOutline(text.replace('{"name":"b"', `{"name":${JSON.stringify(name)}`))).toBeUndefined();
  });

  it.each(['"count":0', '"count":-1', '"count":"1"'])('refuses %s', (count) => {
    expect(parseOutline(text.replace('"count":1', count))).toBeUndefined();
  });

  it.each([['manifest'], ['manifestSize'], ['folders'], ['executable'], ['length']])(
    'refuses one without %s',
    (key) => {
      expect(parseOutline(text.replace(`"${key}":`, '"other":'))).toBeUndefined();
    },
  );
});
