import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unpackSdist } from '../../../src/archive/sdist-unpack.ts';
import { type TarMember, writeTar } from '../../support/tar.ts';
import { scratchFolder } from '../../support/tree.ts';
import { writeZip } from '../../support/zip.ts';

interface Unpacking {
  readonly scratch: string;
  readonly folder: string;
  readonly done: Promise<string>;
}

function unpack(bytes: Uint8Array, filename = 'demo-1.0.tar.gz'): Unpacking {
  const scratch = scratchFolder();
  const path = join(scratch, 'archive');
  writeFileSync(path, bytes);
  const folder = join(scratch, 'private', 'tree');
  mkdirSync(folder, { recursive: true });
  return { scratch, folder, done: unpackSdist(path, filename, folder) };
}

const SETUP: TarMember = { name: 'demo-1.0/setup.py', data: 'setup()\n' };

describe('unpackSdist', () => {
  it('unpacks files, folders, modes and links of a tar archive', async () => {
    const { done } = unpack(
      await writeTar([
        { name: './demo-1.0/', type: 'directory' },
        SETUP,
        { name: 'demo-1.0/configure', data: '#!/bin/sh\n', mode: 0o6775 },
        { name: 'demo-1.0/src/link.py', type: 'symlink', linkname: '../setup.py' },
        { name: 'demo-1.0/dangling', type: 'symlink', linkname: 'src/later' },
        { name: 'demo-1.0/copy.py', type: 'link', linkname: 'demo-1.0/setup.py' },
        { name: 'demo-1.0/empty/', type: 'directory' },
      ]),
    );
    const root = await done;
    expect(readdirSync(root).sort()).toEqual(['configure', 'copy.py', 'dangling', 'empty', 'setup.py', 'src']);
    expect(readFileSync(join(root, 'src/link.py'), 'utf8')).toBe('setup()\n');
    expect(readlinkSync(join(root, 'dangling'))).toBe('src/later');
    expect(readFileSync(join(root, 'copy.py'), 'utf8')).toBe('setup()\n');
    expect(statSync(join(root, 'copy.py')).ino).not.toBe(statSync(join(root, 'setup.py')).ino);
    expect(statSync(join(root, 'configure')).mode & 0o7777 & ~process.umask()).toBe(0o755 & ~process.umask());
    expect(statSync(join(root, 'setup.py')).mode & 0o111).toBe(0);
    // The archive says 1970, from before the first time a zip archive, and so a wheel, can hold.
    expect(statSync(join(root, 'setup.py')).mtime.getFullYear()).toBe(1980);
  });

  it('unpacks a zip archive', async () => {
    const members = [
      { name: 'demo-1.0/setup.py', data: 'setup()\n' },
      { name: 'demo-1.0/big.bin', data: 'x'.repeat(9 * 1024 * 1024) },
    ];
    const root = await unpack(writeZip(members), 'demo-1.0.zip').done;
    expect(readFileSync(join(root, 'setup.py'), 'utf8')).toBe('setup()\n');
    expect(lstatSync(join(root, 'big.bin')).size).toBe(9 * 1024 * 1024);
  });

  it('takes a chain of links that stays inside', async () => {
    const links = Array.from({ length: 60 }, (_, index): TarMember => {
      return { name: `demo-1.0/l${index}`, type: 'symlink', linkname: index === 0 ? 'setup.py' : `l${index - 1}` };
    });
    const root = await unpack(await writeTar([...links, SETUP])).done;
    expect(readlinkSync(join(root, 'l59'))).toBe('l58');
  });

  const link = (name: string, linkname: string, type: 'symlink' | 'link' = 'symlink'): TarMember => {
    return { name: `demo-1.0/${name}`, type, linkname };
  };

  it.each<[string, string, readonly TarMember[]]>([
    ['a name that leads up', 'TSPM_ARCHIVE_PATH', [SETUP, { name: 'demo-1.0/../../out', data: '1' }]],
    ['an absolute name', 'TSPM_ARCHIVE_PATH', [SETUP, { name: '/out', data: '1' }]],
    ['an absolute link', 'TSPM_ARCHIVE_PATH', [link('passwd', '/etc/passwd')]],
    ['a link that leads up', 'TSPM_ARCHIVE_PATH', [link('a/b', '../../../out')]],
    ['a link to above the top', 'TSPM_ARCHIVE_PATH', [link('up', '..')]],
    ['a link through a link', 'TSPM_ARCHIVE', [link('a/b/c', '../..'), link('d', 'a/b/c/../../out')]],
    ['a file behind a link', 'TSPM_ARCHIVE', [link('d', 'src'), { name: 'demo-1.0/d/x', data: '1' }]],
    ['a file over a link', 'TSPM_ARCHIVE', [link('d', 'src'), { name: 'demo-1.0/d', data: '1' }]],
    ['a file below a file', 'TSPM_ARCHIVE', [SETUP, { name: 'demo-1.0/setup.py/x', data: '1' }]],
    ['a folder in the place of a file', 'TSPM_ARCHIVE', [SETUP, { name: 'demo-1.0/setup.py', type: 'directory' }]],
    ['a file twice', 'TSPM_ARCHIVE', [SETUP, { ...SETUP, name: './demo-1.0//setup.py' }]],
    ['a hard link to outside', 'TSPM_ARCHIVE', [link('h', '../../etc/passwd', 'link')]],
    ['a hard link to a later file', 'TSPM_ARCHIVE', [link('h', 'demo-1.0/setup.py', 'link'), SETUP]],
    ['a hard link to a link', 'TSPM_ARCHIVE', [link('l', 'setup.py'), link('h', 'demo-1.0/l', 'link'), SETUP]],
    ['a device', 'TSPM_ARCHIVE', [{ name: 'demo-1.0/null', type: 'character-device' }]],
    ['a pipe', 'TSPM_ARCHIVE', [{ name: 'demo-1.0/pipe', type: 'fifo' }]],
    ['two folders at the top', 'TSPM_ARCHIVE', [SETUP, { name: 'other/x', data: '1' }]],
    ['no folder at the top', 'TSPM_ARCHIVE', [{ name: 'setup.py', data: '1' }]],
    ['nothing at all', 'TSPM_ARCHIVE', []],
    ['a bomb', 'TSPM_ARCHIVE_LIMIT', [{ name: 'demo-1.0/zeros', data: Buffer.alloc(96 * 1024 * 1024) }]],
  ])('refuses %s', async (_, code, members) => {
    const { scratch, done } = unpack(await writeTar(members));
    await expect(done).rejects.toMatchObject({ code });
    expect(existsSync(join(scratch, 'out')) || existsSync(join(scratch, 'private', 'out'))).toBe(false);
  });

  it('refuses other kinds of archives', async () => {
    await expect(unpack(Buffer.from('BZh9'), 'demo-1.0.tar.bz2').done).rejects.toMatchObject({ code: 'TSPM_ARCHIVE' });
  });
});
