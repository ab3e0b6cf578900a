import { readFileSync } from 'node:fs';

import { array, assert, nat, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { readElfDynamic } from '../../../src/archive/elf-dynamic.ts';
import { compileTree, hasCompiler } from '../../support/shared-object.ts';
import { scratchFolder } from '../../support/tree.ts';

const DYNAMIC = { needed: ['liba.so', 'libb.so.1'], searchPaths: ['$ORIGIN/../x', '/opt/lib'] };

describe('dynamic sections', () => {
  test.each([
    ['32 bits, most significant byte first', false, false],
    ['32 bits, least significant byte first', false, true],
    ['64 bits, most significant byte first', true, false],
    ['64 bits, least significant byte first', true, true],
  ])('of %s', (_, wide, little) => {
    expect(parse(makeElf(wide, little))).toEqual(DYNAMIC);
  });

  test.skipIf(!hasCompiler)('of files that gcc links (skipped without gcc)', () => {
    const folder = scratchFolder();
    const built = compileTree(folder, {
      'new.so': { source: '', rpath: '$ORIGIN/new:$ORIGIN' },
      'old.so': { source: '', rpath: '$ORIGIN/old', oldTags: true, needs: ['new.so'] },
    });
    expect(parse(built['new.so'])).toEqual({ needed: ['libc.so.6'], searchPaths: ['$ORIGIN/new', '$ORIGIN'] });
    expect(parse(built['old.so'])).toEqual({ needed: ['new.so', 'libc.so.6'], searchPaths: ['$ORIGIN/old'] });
  });

  test('a text is no ELF file, and a file without sections needs nothing', () => {
    expect(parse(Buffer.from('#!/bin/sh\n'))).toBeUndefined();
    expect(parse(readFileSync(import.meta.filename))).toBeUndefined();
    const empty = makeElf(true, true).subarray(0, 64);
    empty.writeUInt16LE(0, 56);
    expect(parse(empty)).toEqual({ needed: [], searchPaths: [] });
  });

  test('damage never throws', () => {
    const whole = makeElf(true, true);
    const change = record({ at: nat(whole.length - 1), value: nat(255) });
    const changes = array(change, { minLength: 1, maxLength: 20 });
    assert(
      property(changes, nat(whole.length), (edits, length) => {
        const damaged = Buffer.from(whole);
        for (const { at, value } of edits) damaged[at] = value;
        expect(() => [parse(damaged), parse(whole.subarray(0, length))]).not.toThrow();
      }),
    );
  });
});

function parse(bytes: Uint8Array | undefined): ReturnType<typeof readElfDynamic> {
  const data = Buffer.from(bytes ?? []);
  return readElfDynamic((position, length) => data.subarray(position, position + length));
}

/** An ELF file of a header, two program headers, a dynamic section and its strings, loaded at 0x10000. */
function makeElf(wide: boolean, little: boolean): Buffer {
  const strings = Buffer.from(`\0${DYNAMIC.needed.join('\0')}\0${DYNAMIC.searchPaths.join(':')}\0`);
  const at = (text: string): number => strings.indexOf(`${text}\0`);
  const step = wide ? 8 : 4;
  const tables = 0x200;
  const tags = [
    [1, at('liba.so')],
    [1, at('libb.so.1')],
    [29, at(DYNAMIC.searchPaths.join(':'))],
    [5, 0x10000 + tables + 12 * step],
    [10, strings.length],
    [0, 0],
  ];
  const file = Buffer.concat([Buffer.alloc(tables + 12 * step), strings]);
  const put = (value: number, place: number, size: number): void => {
    const data = Buffer.alloc(8);
    if (little) data.writeBigUInt64LE(BigInt(value));
    else data.writeBigUInt64BE(BigInt(value));
    data.copy(file, place, little ? 0 : 8 - size, little ? size : 8);
  };
  file.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2]);
  put(64, wide ? 32 : 28, step);
  put(wide ? 56 : 32, wide ? 54 : 42, 2);
  put(2, wide ? 56 : 44, 2);
  for (const [index, type, offset, size] of [
    [0, 1, 0, file.length],
    [1, 2, tables, 12 * step],
  ] as const) {
    const header = 64 + index * (wide ? 56 : 32);
    const [from, address, length] = wide ? [8, 16, 32] : [4, 8, 16];
    put(type, header, 4);
    put(offset, header + (from ?? 0), step);
    put(0x10000 + offset, header + (address ?? 0), step);
    put(size, header + (length ?? 0), step);
  }
  for (const [index, [tag = 0, value = 0]] of tags.entries()) {
    put(tag, tables + index * 2 * step, step);
    put(value, tables + index * 2 * step + step, step);
  }
  return file;
}
