import { describe, expect, test } from 'vitest';

import { markConfined } from '../../../src/cache/confined.ts';
import { compileTree, hasCompiler, type NativeFile } from '../../support/shared-object.ts';
import { scratchFolder } from '../../support/tree.ts';

const LIBRARY: NativeFile = { source: '' };

/** Paths of the files that are confined, when the wheel has all of `files` but those of `others`. */
function confined(files: Readonly<Record<string, NativeFile>>, others: readonly string[] = []): string[] {
  const tree = scratchFolder();
  const paths = Object.keys(compileTree(tree, files)).filter((path) => !others.includes(path));
  const listed = paths.map((path) => ({ path, size: 1, sha256: '', executable: false, native: true }));
  return markConfined(listed, tree).flatMap((file) => (file.confined === true ? [file.path] : []));
}

describe.skipIf(!hasCompiler)('a native file is confined to its wheel (skipped without gcc)', () => {
  test('when it needs nothing but the system', () => {
    expect(confined({ 'a/x.so': LIBRARY })).toEqual(['a/x.so']);
  });

  test('when it finds what it needs in its own wheel', () => {
    const files = {
      'a.libs/y.so': LIBRARY,
      'a/b/x.so': { source: '', needs: ['a.libs/y.so'], rpath: '$ORIGIN/../../a.libs' },
    };
    expect(confined(files)).toEqual(['a.libs/y.so', 'a/b/x.so']);
  });

  test('not when it looks where its wheel has nothing', () => {
    expect(confined({ 'a/x.so': { source: '', rpath: '$ORIGIN/../other' } })).toEqual([]);
    expect(confined({ 'a/x.so': { source: '', rpath: '${ORIGIN}/../../other', oldTags: true } })).toEqual([]);
    expect(confined({ 'a/x.so': { source: '', rpath: '$ORIGIN/$LIB' } })).toEqual([]);
    expect(confined({ 'a/x.so': { source: '', rpath: '/opt/lib:$ORIGIN' } })).toEqual(['a/x.so']);
  });

  test('not when it needs what its wheel has not, even in a folder that its wheel has', () => {
    const files = {
      'n/lib/y.so': LIBRARY,
      'n/lib/z.so': LIBRARY,
      'n/x.so': { source: '', needs: ['n/lib/y.so'], rpath: '$ORIGIN/lib' },
    };
    expect(confined(files, ['n/lib/y.so'])).toEqual(['n/lib/z.so']);
  });

  test('not when something that it needs is not, at any remove', () => {
    const files = {
      'a/far.so': { source: '', rpath: '$ORIGIN/../other' },
      'a/lib/mid.so': { source: '', needs: ['a/far.so'], rpath: '$ORIGIN/..' },
      'a/ops/near.so': { source: '', needs: ['a/lib/mid.so'], rpath: '$ORIGIN/../lib' },
      'a/free.so': LIBRARY,
    };
    expect(confined(files)).toEqual(['a/free.so']);
  });

  test('not below .data, where it looks elsewhere', () => {
    expect(
      confined({ 'a-1.data/platlib/a/l/y.so': LIBRARY, 'a-1.data/platlib/a/x.so': { source: '', rpath: '$ORIGIN/l' } }),
    ).toEqual(['a-1.data/platlib/a/l/y.so']);
  });
});
