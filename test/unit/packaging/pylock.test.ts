import { describe, expect, it } from 'vitest';
import { validatePylock } from '../../../src/packaging/pylock.ts';

const hashes = { sha256: 'aa' };

function lock(
  entry: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { 'lock-version': '1.0', 'created-by': 'x', packages: [{ name: 'foo', ...entry }], ...changes };
}

describe('validatePylock', () => {
  it.each([
    [
      'files of one version',
      lock({ version: '1.0+cpu', wheels: [{ url: 'https://h/foo-1.0%2Bcpu-py3-none-any.whl', hashes }] }),
    ],
    [
      'an explicit file name',
      lock({
        sdist: { name: 'foo-1.0.tar.gz', url: 'https://h/download', hashes, size: 3, 'upload-time': new Date(0) },
      }),
    ],
    ['keys it does not know', lock({ directory: { path: '.' }, 'new-key': 1 }, { 'lock-version': '1.1', more: {} })],
  ])('accepts %s', (_, document) => {
    expect(validatePylock(document)).toBeUndefined();
  });

  it.each([
    [undefined, 'the lock file must be a table'],
    [lock({ directory: { path: '.' } }, { 'lock-version': 1 }), 'lock-version must be a string'],
    [
      lock({ directory: { path: '.' } }, { 'lock-version': '2.0' }),
      'lock-version must be 1.0 or a later 1.x, not "2.0"',
    ],
    [lock({}, { packages: {} }), 'packages must be an array'],
    [lock({ name: 'Foo_Bar', directory: { path: '.' } }), 'packages[0].name must be a normalised name, not "Foo_Bar"'],
    [lock({}), 'packages[0] must have one source: vcs, directory, archive, or sdist and wheels'],
    [
      lock({ vcs: { type: 'git', url: 'u', 'commit-id': 'c' }, wheels: [] }),
      'packages[0] must have one source: vcs, directory, archive, or sdist and wheels',
    ],
    [lock({ archive: { hashes } }), 'packages[0].archive must have a path or a url'],
    [lock({ archive: { path: 'a', hashes: {} } }), 'packages[0].archive.hashes must hold at least one hash'],
    [lock({ archive: { path: 'a', hashes, size: true } }), 'packages[0].archive.size must be an integer'],
    [
      lock({ sdist: { path: 'foo.txt', hashes } }),
      'packages[0].sdist has the file name "foo.txt", which is not that of a sdist',
    ],
    [
      lock({ wheels: [{ path: 'bar-1.0-py3-none-any.whl', hashes }] }),
      'packages[0].wheels[0] has the file bar-1.0-py3-none-any.whl, which belongs to another project than foo',
    ],
    [
      lock({ version: '1.0', wheels: [{ path: 'foo-1.0+cpu-py3-none-any.whl', hashes }] }),
      'packages[0].wheels[0] has the file foo-1.0+cpu-py3-none-any.whl, which belongs to another version than 1.0',
    ],
    [
      lock({ directory: { path: '.' }, marker: 'foo == 1' }),
      'packages[0].marker: marker "foo == 1" must have a marker variable or a quoted text at character 1',
    ],
  ])('refuses a document with one message: %#', (document, message) => {
    expect(validatePylock(document)).toBe(message);
  });
});
