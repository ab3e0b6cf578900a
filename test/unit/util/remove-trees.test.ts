import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeTrees } from '../../../src/util/remove-trees.ts';
import { readTree, scratchFolder } from '../../support/tree.ts';

test('trees, files and links go, what links point to and what is absent does not matter', async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'tree/deep/er'), { recursive: true });
  mkdirSync(join(folder, 'elsewhere'));
  for (const name of ['tree/a', 'tree/deep/er/b', 'file', 'elsewhere/kept']) writeFileSync(join(folder, name), '');
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'tree/deep/link'));
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'));
  const paths = ['tree', 'absent', 'file', 'link', 'file/below'].map((name) => join(folder, name));
  await removeTrees(paths, undefined);
  expect(readTree(folder)).toEqual({ 'elsewhere/kept': '644 ' });
});

test('a signal that comes meanwhile is seen, and what is left of the time decides how much still goes', async () => {
  const folder = scratchFolder();
  const names = Array.from({ length: 10_000 }, (_, at) => join(folder, String(at)));
  for (const name of names) writeFileSync(name, '');
  const stop = new AbortController();
  setImmediate(() => stop.abort());
  await removeTrees([folder], stop.signal, 0);
  expect(existsSync(folder)).toBe(true);
  await removeTrees([folder], undefined);
  expect(existsSync(folder)).toBe(false);
});
