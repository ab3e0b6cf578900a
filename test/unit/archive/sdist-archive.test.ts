import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readSdist } from '../../../src/archive/sdist-archive.ts';
import { buildSdist } from '../../support/sdist.ts';
import { type TarMember, writeTar } from '../../support/tar.ts';
import { scratchFolder } from '../../support/tree.ts';
import { writeZip } from '../../support/zip.ts';

async function read(bytes: Uint8Array, filename = 'demo-1.0.tar.gz') {
  const path = join(scratchFolder(), 'archive');
  writeFileSync(path, bytes);
  return readSdist(path, filename);
}

const INFO: TarMember = { name: 'demo-1.0/PKG-INFO', data: 'Name: demo\n' };
const PROJECT: TarMember = { name: 'demo-1.0/pyproject.toml', data: '[project]\n' };
const BOTH = { pkgInfo: 'Name: demo\n', pyproject: '[project]\n' };

describe('readSdist', () => {
  it('reads the two files at the top of a tar archive, wherever they lie, and of a zip archive', async () => {
    const noise = Array.from({ length: 300 }, (_, index) => ({
      name: `demo-1.0/src/${index}.py`,
      data: 'x'.repeat(999),
    }));
    const nested = { name: 'demo-1.0/src/demo.egg-info/PKG-INFO', data: 'other' };
    expect(await read(await writeTar([INFO, ...noise, nested, PROJECT]))).toEqual(BOTH);
    expect(await read(await writeTar([{ name: './demo-1.0/', type: 'directory' }, PROJECT, INFO]))).toEqual(BOTH);
    const zip = writeZip([INFO, PROJECT].map(({ name, data = '' }) => ({ name, data })));
    expect(await read(zip, 'demo-1.0.zip')).toEqual(BOTH);
    const { bytes, filename } = buildSdist({ name: 'demo', version: '1.0' });
    expect((await read(bytes, filename)).pkgInfo).toContain('Metadata-Version: 2.2');
  });

  it('finds nothing in kinds of archives it does not read', async () => {
    const nothing = { pkgInfo: undefined, pyproject: undefined };
    expect(await read(Buffer.from('BZh9'), 'demo-1.0.tar.bz2')).toEqual(nothing);
    expect(await read(await writeTar([]))).toEqual(nothing);
  });

  it('reads regular files only', async () => {
    const link: TarMember = { name: 'demo-1.0/PKG-INFO', type: 'symlink', linkname: '/etc/passwd' };
    const hard: TarMember = { name: 'demo-1.0/pyproject.toml', type: 'link', linkname: '../../etc/passwd' };
    expect(await read(await writeTar([link, hard]))).toEqual({ pkgInfo: undefined, pyproject: undefined });
    const device: TarMember = { name: 'demo-1.0/PKG-INFO', type: 'character-device' };
    expect((await read(await writeTar([device]))).pkgInfo).toBeUndefined();
  });

  it.each<[string, string, readonly TarMember[]]>([
    ['a name that leads up', 'TSPM_ARCHIVE_PATH', [INFO, { name: 'demo-1.0/../../out', data: '1' }]],
    ['an absolute name', 'TSPM_ARCHIVE_PATH', [{ name: '/abs/PKG-INFO', data: '1' }]],
    ['a name for another drive', 'TSPM_ARCHIVE_PATH', [{ name: 'C:/x/PKG-INFO', data: '1' }]],
    ['a name that leads up by a header of its own', 'TSPM_ARCHIVE_PATH', [{ ...INFO, pax: { path: '../PKG-INFO' } }]],
    ['a second folder', 'TSPM_ARCHIVE', [INFO, { name: 'other/PKG-INFO', data: '1' }]],
    ['a second file of the name', 'TSPM_ARCHIVE', [INFO, INFO]],
    ['a file that is too large', 'TSPM_ARCHIVE_LIMIT', [{ ...INFO, data: Buffer.alloc(4 * 1024 * 1024 + 1) }]],
  ])('refuses %s', async (_, code, members) => {
    await expect(read(await writeTar(members))).rejects.toMatchObject({ code });
  });

  it.each<[string, Uint8Array]>([
    ['no gzip stream', Buffer.from('<html>')],
    ['nothing', new Uint8Array()],
    ['gzip of something else', gzipSync('hello '.repeat(1000))],
  ])('refuses %s', async (_, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'TSPM_ARCHIVE',
      message: 'demo-1.0.tar.gz: no tar archive of this kind, or a damaged one',
    });
  });

  it('refuses a cut archive', async () => {
    const whole = await writeTar([
      INFO,
      { name: 'demo-1.0/data', data: Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))) },
    ]);
    await expect(read(whole.subarray(0, whole.length / 2))).rejects.toMatchObject({ code: 'TSPM_ARCHIVE' });
  });

  it('refuses what unpacks to much more than its size explains', async () => {
    const block = Buffer.alloc(32 * 1024 * 1024);
    const members = Array.from({ length: 4 }, (_, index) => ({ name: `demo-1.0/${index}`, data: block }));
    await expect(read(await writeTar(members))).rejects.toMatchObject({ code: 'TSPM_ARCHIVE_LIMIT' });
  });

  it('refuses an archive of very many members', async () => {
    const header = gunzipSync(await writeTar([{ name: 'd/x' }])).subarray(0, 512);
    await expect(read(gzipSync(Buffer.alloc(100_001 * header.length, header)))).rejects.toMatchObject({
      code: 'TSPM_ARCHIVE_LIMIT',
    });
  });
});
