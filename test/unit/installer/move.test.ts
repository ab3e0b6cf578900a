import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

import { moveInto, openTrash } from '../../../src/installer/move.ts';
import { readTree, scratchFolder } from '../../support/tree.ts';

test('folders are merged, files replaced, the rest of the target stays', () => {
  const { from, to, trash } = scene({ 'a/x': 'new', 'a/sub/y': 'new' }, { 'a/x': 'old', 'a/z': 'stays' });
  moveInto(from, to, trash);
  expect(readTree(to)).toEqual({ 'a/x': '644 new', 'a/sub/y': '644 new', 'a/z': '644 stays' });
  expect(readTree(dirname(from))).not.toHaveProperty('from');
});

test('what cannot be replaced in one rename goes to the trash', () => {
  const { root, from, to, trash } = scene(
    { 'folder/x': 'new', file: 'new' },
    { folder: 'a file', 'file/inside': 'a folder' },
  );
  moveInto(from, to, trash);
  expect(readTree(to)).toEqual({ 'folder/x': '644 new', file: '644 new' });
  expect(Object.values(readTree(join(root, 'trash'))).toSorted()).toEqual(['644 a file', '644 a folder']);
});

test('a link to a folder is replaced and not followed', () => {
  const { root, from, to, trash } = scene({ 'folder/x': 'new' }, { other: '' });
  mkdirSync(join(root, 'elsewhere'));
  symlinkSync(join(root, 'elsewhere'), join(to, 'folder'));
  moveInto(from, to, trash);
  expect(readTree(to)).toEqual({ 'folder/x': '644 new', other: '644 ' });
  expect(readTree(join(root, 'elsewhere'))).toEqual({ '/': '/' });
});

test('moving again, or a second link to the same file, changes nothing', () => {
  const { from, to, trash } = scene({ x: 'same' }, { y: '' });
  linkSync(join(from, 'x'), join(to, 'x'));
  moveInto(from, to, trash);
  moveInto(from, to, trash);
  expect(readFileSync(join(to, 'x'), 'utf8')).toBe('same');
});

test('the trash never overwrites what it holds', () => {
  const { root, from, to, trash } = scene({ x: '1' }, { x: '2' });
  trash.take(join(from, 'x'));
  openTrash(join(root, 'trash')).take(join(to, 'x'));
  trash.take(join(to, 'absent'));
  expect(readTree(join(root, 'trash'))).toEqual({ 0: '644 1', 1: '644 2' });
});

type Files = Readonly<Record<string, string>>;

function scene(
  source: Files,
  target: Files,
): { root: string; from: string; to: string; trash: ReturnType<typeof openTrash> } {
  const root = scratchFolder();
  for (const [folder, files] of [
    ['from', source],
    ['to', target],
  ] as const) {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, folder, path)), { recursive: true });
      writeFileSync(join(root, folder, path), text);
    }
  }
  return { root, from: join(root, 'from'), to: join(root, 'to'), trash: openTrash(join(root, 'trash')) };
}
