import { createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { readDirectory, readEntry, streamEntry, type RandomAccess, type Zip } from '../../../src/archive/zip-reader.ts';
import { uint64s, writeZip, zipDescriptor, zipExtra, type ZipMember, type ZipOptions } from '../../support/zip.ts';

function memory(bytes: Uint8Array): RandomAccess {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

function open(members: readonly ZipMember[], options?: ZipOptions): Zip {
  return readDirectory(memory(writeZip(members, options)), 'a.zip');
}

function contents(zip: Zip): Record<string, string> {
  return Object.fromEntries(
    zip.entries.filter((e) => !e.directory).map((e) => [e.name, Buffer.from(readEntry(zip, e)).toString('latin1')]),
  );
}

async function streamed(zip: Zip, name: string): Promise<Buffer> {
  const entry = zip.entries.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new Error(`no ${name}`);
  const pieces: Uint8Array[] = [];
  await streamEntry(zip, entry, (piece) => pieces.push(Buffer.from(piece)));
  return Buffer.concat(pieces);
}

/** Bytes that do not deflate well and differ everywhere. */
function noise(length: number): Buffer {
  const out = Buffer.alloc(length);
  for (let at = 0; at < length; at += 32) createHash('sha256').update(String(at)).digest().copy(out, at);
  return out;
}

const DATA = 'hello hello hello';
const SIZES = { size: DATA.length, packedSize: DATA.length };

describe('well-formed variants are read', () => {
  it.each<[string, ZipMember[], ZipOptions?]>([
    ['deflated', [{ name: 'a', data: DATA }]],
    ['stored', [{ name: 'a', data: DATA, method: 0 }]],
    ['a zip64 end record', [{ name: 'a', data: DATA }], { zip64: true }],
    [
      'a zip64 field beside normal sizes',
      [{ name: 'a', data: DATA, method: 0, central: { extra: zipExtra(1, uint64s(17, 17)) } }],
    ],
    [
      'a zip64 field with offset and disk',
      [
        {
          name: 'a',
          data: DATA,
          method: 0,
          central: { extra: zipExtra(1, Buffer.concat([uint64s(17, 17, 0), Buffer.alloc(4)])) },
        },
      ],
    ],
    [
      'saturated sizes',
      [
        {
          name: 'a',
          data: DATA,
          method: 0,
          local: { size: 0xffffffff, packedSize: 0xffffffff, extra: zipExtra(1, uint64s(17, 17)) },
          central: { size: 0xffffffff, packedSize: 0xffffffff, extra: zipExtra(1, uint64s(17, 17)) },
        },
      ],
    ],
    [
      'only the size saturated',
      [{ name: 'a', data: DATA, method: 0, central: { size: 0xffffffff, extra: zipExtra(1, uint64s(17)) } }],
    ],
    [
      'other extra fields',
      [
        {
          name: 'a',
          data: DATA,
          local: { extra: zipExtra(0x5455, Buffer.alloc(5)) },
          central: { extra: zipExtra(0x5455, Buffer.alloc(1)) },
        },
      ],
    ],
    [
      'folder entries',
      [
        { name: 'f/', data: '', method: 0, mode: 0o040755 },
        { name: 'a', data: DATA },
      ],
    ],
  ])('%s', (_, members, options) => {
    expect(contents(open(members, options))).toEqual({ a: DATA });
  });

  it.each([12, 16, 20, 24])('a data descriptor of %i bytes', (length) => {
    const narrow = zipDescriptor(crc32(DATA), DATA.length, DATA.length);
    const wide = Buffer.concat([narrow.subarray(0, 8), uint64s(DATA.length, DATA.length)]);
    const signed = length >= 20 ? wide : narrow;
    const descriptor = length % 8 === 0 ? signed : signed.subarray(4);
    expect(descriptor.length).toBe(length);
    const flags = { flags: 0x808 };
    const member = {
      name: 'a',
      data: DATA,
      method: 0,
      local: { ...flags, crc: 0, size: 0, packedSize: 0 },
      central: { ...flags, ...SIZES },
    };
    expect(
      contents(
        open([
          { ...member, descriptor },
          { name: 'b', data: '' },
        ]),
      ),
    ).toEqual({ a: DATA, b: '' });
  });

  it('members out of order in the directory', () => {
    // The second record points to the first member and the first to the second.
    const lengths = 30 + 1 + 1;
    const zip = open([
      { name: 'b', data: '2', method: 0, hidden: true },
      { name: 'a', data: '1', method: 0 },
      { name: 'b', data: '2', method: 0, offset: 0 },
    ]);
    expect(zip.entries.map((entry) => [entry.name, entry.offset])).toEqual([
      ['b', 0],
      ['a', lengths],
    ]);
    expect(contents(zip)).toEqual({ a: '1', b: '2' });
  });
});

describe('names and modes', () => {
  it('reads names without the UTF-8 flag as cp437 and tells the other reading', () => {
    const [entry] = open([{ name: Buffer.from('caf\u00e9'), data: '' }]).entries;
    expect(entry).toMatchObject({ name: 'caf\u251c\u2310', utf8Name: 'caf\u00e9' });
  });

  it('has no other reading where the bytes are not UTF-8', () => {
    const [entry] = open([{ name: Buffer.from([0x63, 0x82]), data: '' }]).entries;
    expect(entry).toMatchObject({ name: 'c\u00e9', utf8Name: undefined });
  });

  it.each([
    [0o100755, true],
    [0o104755, true],
    [0o100644, false],
    [0o100001, true],
    [0o755, false],
    [0, false],
  ])('mode %o is executable: %s', (mode, executable) => {
    expect(open([{ name: 'a', data: '', mode }]).entries[0]?.executable).toBe(executable);
  });
});

describe('streaming', () => {
  it.each([0, 8])('gives the same bytes as reading at once, method %i', async (method) => {
    const data = noise(5_000_000);
    const zip = open([{ name: 'a', data, method }]);
    expect((await streamed(zip, 'a')).equals(data)).toBe(true);
    expect(contents(zip)).toEqual({ a: data.toString('latin1') });
  });

  const packed = deflateRawSync(DATA);
  it.each<[string, Partial<ZipMember>, string]>([
    ['a wrong CRC', { local: { crc: 1 }, central: { crc: 1 } }, 'CRC'],
    ['a size too small', { local: { size: 16 }, central: { size: 16 } }, 'unpacks to 17 bytes'],
    ['a size too large', { local: { size: 18 }, central: { size: 18 } }, 'unpacks to 17 bytes'],
    ['a truncated stream', { packed: packed.subarray(0, 6) }, 'broken'],
    ['a stream with more behind it', { packed: Buffer.concat([packed, Buffer.from('more')]) }, 'goes on after its end'],
    ['no deflate stream', { packed: Buffer.from([0xff, 0xff]) }, 'broken'],
    ['a gap', { descriptor: Buffer.alloc(3) }, 'belong to no member'],
    ['another local header', { local: { method: 0 } }, 'differ'],
  ])('refuses %s as reading at once does', async (_, fault, message) => {
    const zip = open([{ name: 'a', data: DATA, ...fault }]);
    await expect(streamed(zip, 'a')).rejects.toMatchObject({
      code: 'TSPM_ARCHIVE',
      message: expect.stringContaining(message),
    });
    expect(() => contents(zip)).toThrow(expect.objectContaining({ code: 'TSPM_ARCHIVE' }));
  });

  it('passes on what the consumer throws', async () => {
    const zip = open([{ name: 'a', data: DATA }]);
    const [entry] = zip.entries;
    if (entry === undefined) throw new Error('one entry was written');
    const failing = streamEntry(zip, entry, () => {
      throw new TypeError('full');
    });
    await expect(failing).rejects.toThrow(new TypeError('full'));
  });

  it('refuses to read at once what is larger than the limit', () => {
    const zip = open([{ name: 'a', data: DATA }]);
    const [entry] = zip.entries;
    if (entry === undefined) throw new Error('one entry was written');
    expect(() => readEntry(zip, entry, 16)).toThrow(expect.objectContaining({ code: 'TSPM_ARCHIVE_LIMIT' }));
  });
});
