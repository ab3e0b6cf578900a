/** What tspm needs of an ELF file: which loader starts it, and whether it is 32-bit ARM with hardware floating point. */
export interface ElfFacts {
  /** Path in `PT_INTERP`; undefined for a static program. */
  readonly loader: string | undefined;
  readonly hardFloatArm: boolean;
}

const PT_INTERP = 3;
const MACHINE_ARM = 40;
const ARM_ABI_5 = 0x05000000;
const ARM_HARD_FLOAT = 0x00000400;
const LONGEST_PATH = 4096;

/** Reads the headers of an ELF file through `read`, which gives the bytes at a place (fewer at the end of the file); undefined when it is none. */
export function readElf(read: (offset: number, length: number) => Buffer): ElfFacts | undefined {
  const header = read(0, 64);
  if (header.length < 52 || header.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
  const wide = header[4] === 2;
  const little = header[5] === 1;
  if (wide && header.length < 64) return undefined;
  const number = (bytes: Buffer, at: number, size: 2 | 4 | 8): number => {
    if (size === 8) return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
    return little ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
  };
  const flags = number(header, wide ? 48 : 36, 4);
  const hardFloatArm =
    !wide &&
    number(header, 18, 2) === MACHINE_ARM &&
    (flags & 0xff000000) === ARM_ABI_5 &&
    (flags & ARM_HARD_FLOAT) !== 0;
  const start = wide ? number(header, 32, 8) : number(header, 28, 4);
  const entrySize = number(header, wide ? 54 : 42, 2);
  const count = number(header, wide ? 56 : 44, 2);
  const entries = read(start, entrySize * count);
  if (entrySize < (wide ? 56 : 32)) return undefined;
  for (let at = 0; at + entrySize <= entries.length; at += entrySize) {
    if (number(entries, at, 4) !== PT_INTERP) continue;
    const offset = wide ? number(entries, at + 8, 8) : number(entries, at + 4, 4);
    const size = wide ? number(entries, at + 32, 8) : number(entries, at + 16, 4);
    if (size > LONGEST_PATH) return undefined;
    const text = read(offset, size).toString('utf8');
    return { loader: text.replace(/\0[^]*$/, ''), hardFloatArm };
  }
  return { loader: undefined, hardFloatArm };
}

/** The musl version in the text its loader prints when started without a program (`Version 1.2.4`). */
export function readMuslVersion(text: string): readonly [number, number] | undefined {
  const match = /^musl[^]*?^Version (\d+)\.(\d+)/m.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}
