import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

/** A new empty directory that is removed when the test ends. */
export function scratchFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tspm-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A directory as data: each file by its path as `mode content` (latin1), each link as `-> target`, each empty directory as `/`. */
export function readTree(directory: string): Record<string, string> {
  const tree: Record<string, string> = {};
  const visit = (path: string, name: string): void => {
    const found = lstatSync(path);
    if (found.isSymbolicLink()) tree[name] = `-> ${readlinkSync(path)}`;
    else if (found.isFile()) tree[name] = `${(found.mode & 0o7777).toString(8)} ${readFileSync(path, 'latin1')}`;
    else {
      const children = readdirSync(path).sort();
      if (children.length === 0) tree[`${name}/`] = '/';
      for (const child of children) visit(join(path, child), name === '' ? child : `${name}/${child}`);
    }
  };
  visit(directory, '');
  return tree;
}
