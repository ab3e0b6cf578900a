import { describe, expect, it } from 'vitest';
import { readElf, readMuslVersion } from '../../../src/python/elf.ts';

describe('readElf', () => {
  it.each(['64-bit little', '64-bit big', '32-bit little', '32-bit big'] as const)(
    'finds the loader of a %s-endian program',
    (kind) => {
      const file = elfFile({
        wide: kind.startsWith('64'),
        little: kind.endsWith('little'),
        loader: '/lib/ld-musl-x86_64.so.1',
      });
      expect(readElf(from(file))).toEqual({ loader: '/lib/ld-musl-x86_64.so.1', hardFloatArm: false });
    },
  );

  it('knows a static program and hardware floating point of 32-bit ARM', () => {
    const file = elfFile({ wide: false, little: true, loader: undefined, machine: 40, flags: 0x05000400 });
    expect(readElf(from(file))).toEqual({ loader: undefined, hardFloatArm: true });
  });

  it.each([Buffer.from('#!/bin/sh\n'), Buffer.alloc(0), Buffer.from('\x7fELF')])(
    'gives nothing for what is no such file',
    (file) => {
      expect(readElf(from(file))).toBeUndefined();
    },
  );
});

describe('readMuslVersion', () => {
  it('reads the text the loader prints', () => {
    expect(readMuslVersion('musl libc (x86_64)\nVersion 1.2.4\nDynamic Program Loader\n')).toEqual([1, 2]);
    expect(readMuslVersion('ld.so: missing program name\nVersion 1.2.4\n')).toBeUndefined();
  });
});

interface ElfRecipe {
  readonly wide: boolean;
  readonly little: boolean;
  readonly loader: string | undefined;
  readonly machine?: number;
  readonly flags?: number;
}

/** The headers of an ELF file: one segment of another kind, then PT_INTERP. */
function elfFile({ wide, little, loader, machine = 62, flags = 0 }: ElfRecipe): Buffer {
  const file = Buffer.alloc(512);
  const put = (value: number, at: number, size: 2 | 4 | 8): void => {
    if (size === 8) file[little ? 'writeBigUInt64LE' : 'writeBigUInt64BE'](BigInt(value), at);
    else file[little ? 'writeUIntLE' : 'writeUIntBE'](value, at, size);
  };
  file.write('\x7fELF', 'latin1');
  file[4] = wide ? 2 : 1;
  file[5] = little ? 1 : 2;
  const entry = wide ? 56 : 32;
  const table = 64;
  put(machine, 18, 2);
  put(table, wide ? 32 : 28, wide ? 8 : 4);
  put(flags, wide ? 48 : 36, 4);
  put(entry, wide ? 54 : 42, 2);
  put(loader === undefined ? 1 : 2, wide ? 56 : 44, 2);
  put(6, table, 4);
  if (loader !== undefined) {
    const at = table + entry;
    put(3, at, 4);
    put(300, at + (wide ? 8 : 4), wide ? 8 : 4);
    put(loader.length + 1, at + (wide ? 32 : 16), wide ? 8 : 4);
    file.write(`${loader}\0`, 300, 'latin1');
  }
  return file;
}

function from(file: Buffer): (offset: number, length: number) => Buffer {
  return (offset, length) => file.subarray(offset, offset + length);
}
