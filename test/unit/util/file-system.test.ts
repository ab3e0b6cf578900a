import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolders } from '../../../src/util/file-system.ts';

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'tspm-folders-'));
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

describe('making folders', () => {
  it('makes what is missing and says so', () => {
    const path = join(base, 'a', 'b', 'c');
    expect(makeFolders(path)).toBe(true);
    expect(statSync(path).isDirectory()).toBe(true);
    expect(makeFolders(path)).toBe(false);
  });

  it('goes through links to folders, and no further than a file or a dangling link', () => {
    symlinkSync(base, join(base, 'link'));
    expect(makeFolders(join(base, 'link', 'd'))).toBe(true);
    writeFileSync(join(base, 'file'), '');
    expect(() => makeFolders(join(base, 'file', 'd'))).toThrow(/ENOTDIR/);
    symlinkSync(join(base, 'nothing'), join(base, 'dangling'));
    expect(() => makeFolders(join(base, 'dangling'))).toThrow(/EEXIST/);
    expect(() => makeFolders(join(base, 'dangling', 'd'))).toThrow(/EEXIST/);
  });

  it.runIf(process.platform === 'linux')('ends where a folder takes no new names', () => {
    expect(() => makeFolders('/proc/nobody/.cache/tspm')).toThrow(/ENOENT/);
  });
});
