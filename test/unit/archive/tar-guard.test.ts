/** Tar streams that different readers take differently. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSdist } from '../../../src/archive/sdist-archive.ts';
import { type TarMember, writeTar } from '../../support/tar.ts';
import { scratchFolder } from '../../support/tree.ts';

const INFO: TarMember = { name: 'demo-1.0/PKG-INFO', data: 'Name: demo\n' };
const BLOCK = 512;

describe('refused', () => {
  it('A76 a size in an extended header that is not the one of the member', async () => {
    for (const size of ['0', '5000']) {
      expect(await refusal(joined(extended('x', `size=${size}`), await plain(INFO)))).toMatch(
        /TSPM_ARCHIVE .*not the one of its member/,
      );
    }
  });

  it('A77 a path for all members', async () => {
    expect(await refusal(joined(extended('g', 'path=demo-1.0/setup.py'), await plain(INFO)))).toMatch(
      /"path" for all members/,
    );
    expect(await refusal(joined(extended('x', 'path=../x'), await plain(INFO)))).toMatch(
      /TSPM_ARCHIVE_PATH .*leads out/,
    );
  });

  it('A79 an extended header of megabytes, and one that cannot be read', async () => {
    const huge = extended('x', `comment=${'y'.repeat(2_000_000)}`);
    expect(await refusal(joined(huge, await plain(INFO)))).toMatch(
      /TSPM_ARCHIVE_LIMIT .*extended header of 2\d{6} bytes/,
    );
    const broken = Buffer.concat([header('x', 8), Buffer.from('nonsense'.padEnd(BLOCK, '\0'))]);
    expect(await refusal(joined(broken, await plain(INFO)))).toMatch(/cannot be read/);
  });

  it('A79 members, or anything, after the end; two archives in one', async () => {
    const whole = await plain(INFO);
    for (const more of [await plain({ name: 'demo-1.0/late.py', data: 'x' }), Buffer.from('x')]) {
      expect(await refusal(Buffer.concat([whole, more]))).toMatch(/TSPM_ARCHIVE .*goes on after its end/);
    }
    expect(await refusal(Buffer.alloc(0), Buffer.concat([gzipSync(whole), gzipSync(whole)]))).toMatch(
      /goes on after its end/,
    );
  });

  it('a link with content', async () => {
    const link = header('2', BLOCK);
    expect(await refusal(joined(Buffer.concat([link, Buffer.alloc(BLOCK)]), await plain(INFO)))).toMatch(
      /with content/,
    );
  });
});

it('takes what real archives have: comments for all, times and long names of one, zeros at the end', async () => {
  const name = `demo-1.0/${'deep/'.repeat(40)}x.py`;
  const pax = { mtime: '1700000000.5', path: name };
  const parts = joined(
    extended('g', 'comment=0123'),
    await plain(INFO, { name, data: 'x', pax }, { name: 'demo-1.0/d', type: 'directory' }),
  );
  expect(await read(gzipSync(Buffer.concat([parts, Buffer.alloc(20 * BLOCK)])))).toBe('Name: demo\n');
});

async function refusal(tar: Buffer, packed = gzipSync(tar)): Promise<string> {
  return read(packed).then(
    () => 'taken',
    (error: unknown) => `${String((error as { code?: string }).code)} ${String(error)}`,
  );
}

async function read(packed: Uint8Array): Promise<string | undefined> {
  const path = join(scratchFolder(), 'demo-1.0.tar.gz');
  writeFileSync(path, packed);
  return (await readSdist(path, 'demo-1.0.tar.gz')).pkgInfo;
}

async function plain(...members: readonly TarMember[]): Promise<Buffer> {
  return gunzipSync(await writeTar(members));
}

/** Blocks before those of an archive. */
function joined(before: Buffer, archive: Buffer): Buffer {
  return Buffer.concat([before, archive]);
}

/** An extended header with one record. */
function extended(type: 'x' | 'g', record: string): Buffer {
  const rest = ` ${record}\n`;
  let length = rest.length + 1;
  while (`${length}${rest}`.length !== length) length += 1;
  const content = Buffer.from(`${length}${rest}`);
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return Buffer.concat([header(type, content.length), content, padding]);
}

function header(type: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write('demo-1.0/x', 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write(type, 156);
  block.write('ustar\u000000', 257);
  block.write('        ', 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
