import { describe, expect, it } from 'vitest';
import {
  parseSdistFilename,
  parseWheelFilename,
  tryParseSdistFilename,
  tryParseWheelFilename,
} from '../../../src/packaging/filename.ts';

const invalid = expect.objectContaining({ code: 'TSPM_INVALID_FILENAME' });

describe('wheel file names', () => {
  it('gives the parts', () => {
    const wheel = parseWheelFilename(
      'Flask_Bcrypt-01.0+cu121-1abc-cp311.PY3-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    );
    expect(wheel).toMatchObject({ name: 'flask-bcrypt', version: { text: '1.0+cu121' }, build: [1, 'abc'] });
    expect(wheel.tags).toEqual([
      { python: 'cp311', abi: 'abi3', platform: 'manylinux_2_17_x86_64' },
      { python: 'cp311', abi: 'abi3', platform: 'manylinux2014_x86_64' },
      { python: 'py3', abi: 'abi3', platform: 'manylinux_2_17_x86_64' },
      { python: 'py3', abi: 'abi3', platform: 'manylinux2014_x86_64' },
    ]);
  });

  it('compares build tags of any size', () => {
    expect(parseWheelFilename('foo-1.0-9007199254740993x-py3-none-any.whl').build).toEqual([9007199254740993n, 'x']);
  });

  it('has no build tag in most', () => {
    expect(parseWheelFilename('foo-1!1.0-py3-none-any.whl')).toMatchObject({
      version: { text: '1!1.0' },
      build: undefined,
    });
  });

  it.each([
    'foo-1.0-py3-none-any.WHL',
    'foo-1.0-py3-none-any.zip',
    'foo__bar-1.0-py3-none-any.whl',
    'foo-1.0-py3..py2-none-any.whl',
    'foo-1.0-3py-none-any.whl',
    'foo-1.0-abc-py3-none-any.whl',
    'foo-1.0_1-py3-none-any.whl',
    'foo-1.0 -py3-none-any.whl',
    'foo-1.0\u001c-py3-none-any.whl',
    'foo-1.0-py3-none-any.whl\n',
    '-1.0-py3-none-any.whl',
    'foo-1.0-py3-none.whl',
    'numpy-2.3.2-cp313-cp313t-musllinux_1_2_x86_64-x86_64_v3.whl',
    'foo-1.0-1-py3-none-any-x86_64_v3.whl',
  ])('rejects %j', (text) => {
    expect(tryParseWheelFilename(text)).toBeUndefined();
    expect(() => parseWheelFilename(text)).toThrowError(invalid);
  });
});

describe('sdist file names', () => {
  it.each([
    ['foo-1.0-1.tar.gz', 'foo', 'foo', '1.0.post1'],
    ['foo-1.0-1.tar.gz', undefined, 'foo-1-0', '1'],
    ['foo-1.0-rc1.tar.gz', 'foo', 'foo', '1.0rc1'],
    ['Foo.Bar-1.0.zip', 'foo-bar', 'foo-bar', '1.0'],
    ['foo-bar-1.0.tar.gz', 'Foo_Bar', 'foo-bar', '1.0'],
    ['foo-bar-1.0.tar.gz', undefined, 'foo-bar', '1.0'],
    ['foo-bar-1.0.tar.gz', 'foo', undefined, undefined],
    ['foo-1.0.tar.bz2', 'foo', 'foo', '1.0'],
    ['foo-1.0.tgz', 'foo', 'foo', '1.0'],
    ['foo-1.0.tgz', undefined, undefined, undefined],
    ['foo-1!2.0+l.tar.gz', undefined, 'foo', '1!2.0+l'],
    ['foo-1.0 .tar.gz', 'foo', undefined, undefined],
    ['foo-1.0.tar.gz\n', undefined, undefined, undefined],
    ['foo.tar.gz', undefined, undefined, undefined],
    ['-1.0.tar.gz', undefined, undefined, undefined],
    ['foo-1.x.tar.gz', 'foo', undefined, undefined],
    ['foo-1.0.exe', 'foo', undefined, undefined],
  ])('%j known as %j is %j %j', (text, knownName, name, version) => {
    const sdist = tryParseSdistFilename(text, knownName);
    expect(sdist?.name).toBe(name);
    expect(sdist?.version.text).toBe(version);
  });

  it('prefers .tar.gz, then .zip', () => {
    const names = ['foo-1.0.tar.xz', 'foo-1.0.zip', 'foo-1.0.tar.bz2', 'foo-1.0.tar.gz'];
    const ranked = names.toSorted((a, b) => parseSdistFilename(a, 'foo').rank - parseSdistFilename(b, 'foo').rank);
    expect(ranked.slice(0, 2)).toEqual(['foo-1.0.tar.gz', 'foo-1.0.zip']);
  });

  it('names the project a file should belong to', () => {
    expect(() => parseSdistFilename('bar-1.0.tar.gz', 'Foo')).toThrowError(invalid);
    expect(() => parseSdistFilename('bar-1.0.tar.gz', 'Foo')).toThrowError('must be written foo-version.tar.gz');
  });
});
