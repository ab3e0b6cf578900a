import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLinker } from '../../../src/installer/link.ts';
import { scratchFolder } from '../../support/tree.ts';

const SIZE = 33 * 1024 * 1024;

test('large files are copied in pieces, and whatever a pause throws ends it', async () => {
  const folder = scratchFolder();
  const [source, target, given] = ['source', 'target', 'given'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(source, 'begin');
  truncateSync(source, SIZE);
  const linker = createLinker('copy', () => {});
  linker.file(source, given, { size: SIZE, executable: false });
  expect(existsSync(given)).toBe(false);
  await expect(linker.finish(() => Promise.reject(new Error('a signal')))).rejects.toThrow('a signal');
  linker.file(source, target, { size: SIZE, executable: true });
  await linker.finish(() => Promise.resolve());
  expect(readFileSync(target).equals(readFileSync(source))).toBe(true);
  expect(statSync(target).mode & 0o777).toBe(0o755);
  expect(existsSync(given)).toBe(false);
});
