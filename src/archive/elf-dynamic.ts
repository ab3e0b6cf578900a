/** What a dynamic ELF file asks of the loader (System V ABI, "Dynamic Section"). */
export interface ElfDynamic {
  /** Names of DT_NEEDED. */
  readonly needed: readonly string[];
  /** Entries of DT_RPATH and DT_RUNPATH, with their `$ORIGIN` as written. */
  readonly searchPaths: readonly string[];
}

/** Reads `length` bytes of a file at `position`; fewer at its end. */
export type ReadAt = (position: number, length: number) => Buffer;

/**
 * Reads the dynamic section of an ELF file of 32 or 64 bits in either byte order. A file without one needs nothing; `undefined` stands for a
 * file that is no ELF file or cannot be understood.
 */
export function readElfDynamic(readAt: ReadAt): ElfDynamic | undefined {
  const read: ReadAt = (position, length) =>
    Number.isSafeInteger(position) && length <= LARGEST_TABLE ? readAt(position, length) : Buffer.alloc(0);
  const form = readForm(read);
  if (form === undefined) return undefined;
  const segments = readSegments(read, form);
  const dynamic = segments?.find(({ type }) => type === PT_DYNAMIC);
  if (segments === undefined || dynamic === undefined) return segments && { needed: [], searchPaths: [] };
  const entries = readEntries(form, read(dynamic.offset, dynamic.size));
  if (entries === undefined) return undefined;
  const strings = readStrings(read, segments, entries);
  if (strings === undefined) return undefined;
  const texts = (...tags: number[]): (string | undefined)[] =>
    entries.filter(({ tag }) => tags.includes(tag)).map(({ value }) => textAt(strings, value));
  const needed = texts(DT_NEEDED);
  const paths = texts(DT_RPATH, DT_RUNPATH);
  if (!needed.every(isText) || !paths.every(isText)) return undefined;
  return { needed, searchPaths: paths.flatMap((path) => path.split(':')).filter((path) => path !== '') };
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_STRSZ = 10;
const DT_RPATH = 15;
const DT_RUNPATH = 29;

/** Bytes; the largest seen in real libraries are well below one MiB. */
const LARGEST_TABLE = 1 << 26;

/** How numbers are written in the file at hand, and where its program headers are. */
interface Form {
  readonly wide: boolean;
  readonly word: (data: Buffer, at: number) => number;
  /** An address or offset: 8 bytes in files of 64 bits, else 4. */
  readonly address: (data: Buffer, at: number) => number;
  readonly headers: { readonly offset: number; readonly size: number; readonly count: number };
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

interface Entry {
  readonly tag: number;
  readonly value: number;
}

function readForm(read: ReadAt): Form | undefined {
  const head = read(0, 64);
  const [width, order] = [head[4], head[5]];
  if (head.length < 52 || head.readUInt32BE(0) !== 0x7f454c46) return undefined;
  if ((width !== 1 && width !== 2) || (order !== 1 && order !== 2)) return undefined;
  const little = order === 1;
  const wide = width === 2;
  const word = (data: Buffer, at: number): number => (little ? data.readUInt32LE(at) : data.readUInt32BE(at));
  const half = (data: Buffer, at: number): number => (little ? data.readUInt16LE(at) : data.readUInt16BE(at));
  const long = (data: Buffer, at: number): number =>
    Number(little ? data.readBigUInt64LE(at) : data.readBigUInt64BE(at));
  if (wide && head.length < 64) return undefined;
  const headers = wide
    ? { offset: long(head, 32), size: half(head, 54), count: half(head, 56) }
    : { offset: word(head, 28), size: half(head, 42), count: half(head, 44) };
  return { wide, word, address: wide ? long : word, headers };
}

function readSegments(read: ReadAt, form: Form): Segment[] | undefined {
  const { offset, size, count } = form.headers;
  if (count === 0) return [];
  if (size < (form.wide ? 56 : 32)) return undefined;
  const table = read(offset, size * count);
  if (table.length < size * count) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const at = index * size;
    const type = form.word(table, at);
    const places = form.wide ? [8, 16, 32] : [4, 8, 16];
    const [from = 0, address = 0, length = 0] = places.map((place) => form.address(table, at + place));
    return { type, offset: from, address, size: length };
  });
}

/** The entries before DT_NULL, which must be there. */
function readEntries(form: Form, table: Buffer): Entry[] | undefined {
  const step = form.wide ? 8 : 4;
  const entries: Entry[] = [];
  for (let at = 0; at + 2 * step <= table.length; at += 2 * step) {
    const entry = { tag: form.address(table, at), value: form.address(table, at + step) };
    if (entry.tag === 0) return entries;
    entries.push(entry);
  }
  return undefined;
}

/** The string table; its address is one of memory, which the segments place in the file. */
function readStrings(read: ReadAt, segments: readonly Segment[], entries: readonly Entry[]): Buffer | undefined {
  const address = entries.find(({ tag }) => tag === DT_STRTAB)?.value;
  const size = entries.find(({ tag }) => tag === DT_STRSZ)?.value;
  if (address === undefined || size === undefined) return undefined;
  const holds = (segment: Segment): boolean => address >= segment.address && address < segment.address + segment.size;
  const segment = segments.find((candidate) => candidate.type === PT_LOAD && holds(candidate));
  return segment && read(segment.offset + address - segment.address, size);
}

function textAt(strings: Buffer, at: number): string | undefined {
  const end = at < strings.length ? strings.indexOf(0, at) : -1;
  return end === -1 ? undefined : strings.toString('utf8', at, end);
}

function isText(value: string | undefined): value is string {
  return value !== undefined;
}
