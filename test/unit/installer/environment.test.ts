import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { ensurePackagesLayout, packagesPaths } from '../../../src/installer/environment.ts';
import { readTree, scratchFolder } from '../../support/tree.ts';

test('a .gitignore that cannot be written takes nothing with it that somebody else has put there', () => {
  const root = scratchFolder();
  const others = join(root, '__pypackages__/.gitignore.tspm-new');
  mkdirSync(others, { recursive: true });
  writeFileSync(join(others, 'file'), 'keep');
  expect(() => ensurePackagesLayout(packagesPaths(root, '3.11'))).toThrow(
    expect.objectContaining({ code: 'TSPM_IO' }) as Error,
  );
  expect(readTree(root)).toEqual({ '__pypackages__/.gitignore.tspm-new/file': '644 keep' });
});
