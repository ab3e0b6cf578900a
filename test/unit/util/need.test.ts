import { expect, test } from 'vitest';

import { TspmError } from '../../../src/errors.ts';
import { countNodes, withNeed } from '../../../src/util/need.ts';

const FULL = Object.assign(new Error('no space'), { code: 'ENOSPC' });

test('the need comes to what is told of a full disk', () => {
  const error = new TspmError('TSPM_IO', 'cannot write x', { cause: FULL });
  expect(withNeed(error, () => ({ work: 'unpacking a', bytes: 7, inodes: 1 }))).toMatchObject({
    message: 'cannot write x: unpacking a needs at least 7 bytes and 1 inode',
    context: { bytes: 7, inodes: 1 },
  });
});

test('where the need cannot be found out, the full disk is still what is told', () => {
  const error = new TspmError('TSPM_IO', 'cannot write x', { cause: FULL });
  const gone = (): never => {
    throw new TspmError('TSPM_STORE', 'the entry has gone');
  };
  expect(withNeed(error, gone)).toBe(error);
});

test('folders count once', () => {
  expect(countNodes(['a/b/c', 'a/b/d', 'e'])).toBe(5);
});
