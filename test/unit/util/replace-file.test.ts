import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from '../../../src/util/replace-file.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tspm-replace-'));
  path = join(folder, 'a.toml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('replaceFile', () => {
  it('creates and replaces, keeps the mode and leaves nothing else behind', async () => {
    await replaceFile(path, 'one');
    chmodSync(path, 0o640);
    await replaceFile(path, 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['a.toml']);
  });

  it('does not write what is already there', async () => {
    writeFileSync(path, 'same');
    utimesSync(path, 1000, 1000);
    await replaceFile(path, 'same');
    expect(statSync(path).mtimeMs).toBe(1_000_000);
  });

  it('refuses a symbolic link and a file that changed meanwhile', async () => {
    writeFileSync(join(folder, 'target'), 'old');
    symlinkSync('target', path);
    await expect(replaceFile(path, 'new')).rejects.toMatchObject({ code: 'TSPM_IO' });
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('old');
    await expect(replaceFile(join(folder, 'target'), 'new', { expected: 'other' })).rejects.toMatchObject({
      code: 'TSPM_BUSY',
    });
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('old');
    await replaceFile(join(folder, 'target'), 'new', { expected: 'old' });
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('new');
  });

  it('names the file it cannot write', async () => {
    await expect(replaceFile(join(folder, 'missing', 'x'), 'y')).rejects.toMatchObject({
      code: 'TSPM_IO',
      message: expect.stringContaining('missing'),
    });
  });
});
