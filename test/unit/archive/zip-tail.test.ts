import { describe, expect, it } from 'vitest';

import { readTailEntry, type FilePiece, type TailAnswer } from '../../../src/archive/zip-tail.ts';
import { buildWheel } from '../../support/wheel.ts';
import { writeZip } from '../../support/zip.ts';

const METADATA = 'Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n';
const isMetadata = (name: string): boolean => name.endsWith('.dist-info/METADATA');

/** Asks with a tail of so many bytes, fetching what is needed; gives the answer and the ranges fetched. */
function ask(file: Uint8Array, tailLength: number): { answer: TailAnswer; fetched: number[][] } {
  const tailOffset = Math.max(0, file.length - tailLength);
  const pieces: FilePiece[] = [];
  for (;;) {
    const answer = readTailEntry(file.subarray(tailOffset), tailOffset, file.length, isMetadata, pieces);
    if (answer.kind !== 'need') return { answer, fetched: pieces.map(({ offset, bytes }) => [offset, bytes.length]) };
    if (pieces.length === 3) throw new Error('asked too often');
    pieces.push({ offset: answer.offset, bytes: file.subarray(answer.offset, answer.offset + answer.length) });
  }
}

/** METADATA at the front, behind it a member that no tail below 3 KB reaches over. */
function metadataInFront(): Uint8Array {
  return writeZip([
    { name: 'demo-1.0.dist-info/METADATA', data: METADATA },
    { name: 'demo/data.bin', data: Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31) % 251)), method: 0 },
    { name: 'demo/__init__.py', data: '' },
  ]);
}

const found = { kind: 'found', name: 'demo-1.0.dist-info/METADATA', data: expect.anything() };

describe('readTailEntry', () => {
  it('finds a member inside the tail', () => {
    const { bytes } = buildWheel({ name: 'demo', version: '1.0', requires: ['six>=1'] });
    const { answer, fetched } = ask(bytes, bytes.length);
    expect(fetched).toEqual([]);
    expect(answer.kind === 'found' && Buffer.from(answer.data).toString()).toBe(`${METADATA}Requires-Dist: six>=1\n`);
  });

  it.each([1, 22, 98, 99, 150, 200, 300, 400, 1000])(
    'gets there from a tail of %i bytes in at most three steps',
    (length) => {
      for (const file of [buildWheel({ name: 'demo', version: '1.0' }).bytes, metadataInFront()]) {
        const { answer } = ask(file, length);
        expect(answer).toEqual(found);
        expect(answer.kind === 'found' && Buffer.from(answer.data).toString()).toBe(METADATA);
      }
    },
  );

  it('asks for the member alone when it lies far in front', () => {
    const file = metadataInFront();
    const { answer, fetched } = ask(file, 1000);
    expect(answer).toEqual(found);
    expect(fetched).toEqual([[0, 30 + 27 + file.indexOf(0x50, 31) - 57]]);
  });

  it('asks for the rest of the directory, which touches the tail', () => {
    const file = buildWheel({ name: 'demo', version: '1.0' }).bytes;
    const first = readTailEntry(file.subarray(-120), file.length - 120, file.length, isMetadata);
    if (first.kind !== 'need') throw new Error('the directory is longer than this tail');
    expect(first.offset + first.length).toBe(file.length - 120);
    const joined = file.subarray(first.offset);
    expect(readTailEntry(joined, first.offset, file.length, isMetadata).kind).not.toBe('missing');
  });

  it('reads zip64 archives', () => {
    const file = writeZip([{ name: 'demo-1.0.dist-info/METADATA', data: METADATA }], { zip64: true });
    expect(ask(file, 60).answer).toEqual(found);
  });

  it('tells when there is no such member', () => {
    expect(ask(writeZip([{ name: 'demo/a.py', data: '' }]), 1000).answer).toEqual({ kind: 'missing' });
  });

  it.each<[string, string, Uint8Array]>([
    ['TSPM_ARCHIVE', 'a page', Buffer.from('<!DOCTYPE html>'.repeat(20))],
    [
      'TSPM_ARCHIVE',
      'two such members',
      writeZip([
        { name: 'a-1.dist-info/METADATA', data: '' },
        { name: 'b-1.dist-info/METADATA', data: '' },
      ]),
    ],
    [
      'TSPM_ARCHIVE',
      'a wrong CRC',
      writeZip([{ name: 'a-1.dist-info/METADATA', data: METADATA, local: { crc: 1 }, central: { crc: 1 } }]),
    ],
    [
      'TSPM_ARCHIVE',
      'another local header',
      writeZip([{ name: 'a-1.dist-info/METADATA', data: METADATA, local: { size: 1 } }]),
    ],
    ['TSPM_ARCHIVE_PATH', 'a hostile name', writeZip([{ name: '../a-1.dist-info/METADATA', data: METADATA }])],
    [
      'TSPM_ARCHIVE_LIMIT',
      'a huge member',
      writeZip([{ name: 'a-1.dist-info/METADATA', data: Buffer.alloc(5_000_000) }]),
    ],
  ])('throws %s for %s', (code, _, file) => {
    expect(() => ask(file, 1000)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses a tail that does not reach to the end: a bug of the caller', () => {
    expect(() => readTailEntry(Buffer.alloc(10), 0, 20, isMetadata)).toThrow(
      'the tail must reach to the end of the file',
    );
  });
});
