import { crc32, deflateRawSync } from 'node:zlib';

/** Header fields of one member; tests override them apart in the local and in the central header. */
interface ZipFields {
  readonly name: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  /** Stored as 32 bits. */
  readonly packedSize: number;
  /** Stored as 32 bits. */
  readonly size: number;
  readonly extra: Uint8Array;
}

/** One member of {@link writeZip}. Only `name` and `data` are needed; the rest breaks or varies the archive. */
export interface ZipMember {
  readonly name: string | Uint8Array;
  readonly data: string | Uint8Array;
  /** Compression method written and applied: 8 deflates, every other one stores. Default 8. */
  readonly method?: number;
  /** Unix mode for the upper half of the external attributes. Default 0o100644. */
  readonly mode?: number;
  /** The packed bytes themselves, in place of compressing `data`. */
  readonly packed?: Uint8Array;
  /** Bytes written after the packed data (a data descriptor). */
  readonly descriptor?: Uint8Array;
  readonly local?: Partial<ZipFields>;
  readonly central?: Partial<ZipFields>;
  readonly centralComment?: Uint8Array;
  /** Point the central record here and write no local header or data at all. */
  readonly offset?: number;
  /** Leave the central record out. */
  readonly hidden?: boolean;
}

/** Faults and variants of the container as a whole. */
export interface ZipOptions {
  /** Bytes before the first member; offsets count them. */
  readonly prefix?: Uint8Array;
  /** Bytes after the end record. */
  readonly suffix?: Uint8Array;
  readonly comment?: Uint8Array;
  /** Bytes between the last member and the directory. */
  readonly gap?: Uint8Array;
  /** The count written in the end record. */
  readonly count?: number;
  /** Write a zip64 end record and locator and saturate the end record. */
  readonly zip64?: boolean;
  /** Edits the finished zip64 end record and locator (56 + 20 bytes). */
  readonly editZip64?: (records: Buffer) => Buffer;
}

/** A zip archive, byte by byte as told: well-formed unless a member or an option says otherwise. Deterministic. */
export function writeZip(members: readonly ZipMember[], options: ZipOptions = {}): Uint8Array {
  const body: Uint8Array[] = [options.prefix ?? new Uint8Array()];
  const directory: Uint8Array[] = [];
  let position = body[0]?.length ?? 0;
  for (const member of members) {
    const { local, central, packed } = fieldsOf(member);
    if (!(member.hidden ?? false)) directory.push(centralRecord(central, member, member.offset ?? position));
    if (member.offset !== undefined) continue;
    const pieces = [localHeader(local), packed, member.descriptor ?? new Uint8Array()];
    body.push(...pieces);
    position += pieces.reduce((sum, piece) => sum + piece.length, 0);
  }
  body.push(options.gap ?? new Uint8Array());
  const start = position + (options.gap?.length ?? 0);
  return Buffer.concat([...body, ...directory, endRecords({ directory, start, options })]);
}

/** One zip extra field. */
export function zipExtra(id: number, data: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(data.length, 2);
  return Buffer.concat([head, data]);
}

/** Little-endian 64-bit numbers in a row, as zip64 extra fields hold them. */
export function uint64s(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(values.length * 8);
  values.forEach((value, index) => out.writeBigUInt64LE(BigInt(value), index * 8));
  return out;
}

/** A data descriptor with signature and 32-bit sizes. */
export function zipDescriptor(crc: number, packedSize: number, size: number): Buffer {
  const out = Buffer.alloc(16);
  out.writeUInt32LE(0x08074b50, 0);
  out.writeUInt32LE(crc, 4);
  out.writeUInt32LE(packedSize, 8);
  out.writeUInt32LE(size, 12);
  return out;
}

function fieldsOf(member: ZipMember): { local: ZipFields; central: ZipFields; packed: Uint8Array } {
  const data = Buffer.from(member.data);
  const method = member.method ?? 8;
  const packed = member.packed ?? (method === 8 ? deflateRawSync(data, { level: 9 }) : data);
  const fields: ZipFields = {
    name: Buffer.from(member.name),
    flags: typeof member.name === 'string' ? 0x800 : 0,
    method,
    crc: crc32(data),
    packedSize: packed.length,
    size: data.length,
    extra: new Uint8Array(),
  };
  return { local: { ...fields, ...member.local }, central: { ...fields, ...member.central }, packed };
}

const DATE_1980 = 33;

function localHeader(fields: ZipFields): Buffer {
  const out = Buffer.alloc(30);
  out.writeUInt32LE(0x04034b50, 0);
  out.writeUInt16LE(20, 4);
  writeCommon(out, 6, fields);
  return Buffer.concat([out, fields.name, fields.extra]);
}

function centralRecord(fields: ZipFields, member: ZipMember, offset: number): Buffer {
  const out = Buffer.alloc(46);
  const comment = member.centralComment ?? new Uint8Array();
  out.writeUInt32LE(0x02014b50, 0);
  out.writeUInt16LE(0x0314, 4);
  out.writeUInt16LE(20, 6);
  writeCommon(out, 8, fields);
  out.writeUInt16LE(comment.length, 32);
  out.writeUInt32LE(((member.mode ?? 0o100644) << 16) >>> 0, 38);
  out.writeUInt32LE(offset, 42);
  return Buffer.concat([out, fields.name, fields.extra, comment]);
}

function writeCommon(out: Buffer, at: number, fields: ZipFields): void {
  out.writeUInt16LE(fields.flags, at);
  out.writeUInt16LE(fields.method, at + 2);
  out.writeUInt16LE(DATE_1980, at + 6);
  out.writeUInt32LE(fields.crc, at + 8);
  out.writeUInt32LE(fields.packedSize, at + 12);
  out.writeUInt32LE(fields.size, at + 16);
  out.writeUInt16LE(fields.name.length, at + 20);
  out.writeUInt16LE(fields.extra.length, at + 22);
}

function endRecords(input: { directory: readonly Uint8Array[]; start: number; options: ZipOptions }): Buffer {
  const { directory, start, options } = input;
  const length = directory.reduce((sum, record) => sum + record.length, 0);
  const count = options.count ?? directory.length;
  const wide = options.zip64 ?? false;
  const comment = options.comment ?? new Uint8Array();
  const out = Buffer.alloc(22);
  out.writeUInt32LE(0x06054b50, 0);
  out.writeUInt16LE(wide ? 0xffff : count, 8);
  out.writeUInt16LE(wide ? 0xffff : count, 10);
  out.writeUInt32LE(wide ? 0xffffffff : length, 12);
  out.writeUInt32LE(wide ? 0xffffffff : start, 16);
  out.writeUInt16LE(comment.length, 20);
  const records = wide ? zip64Records({ count, length, start }) : Buffer.alloc(0);
  return Buffer.concat([
    wide && options.editZip64 ? options.editZip64(records) : records,
    out,
    comment,
    options.suffix ?? new Uint8Array(),
  ]);
}

function zip64Records(directory: { count: number; length: number; start: number }): Buffer {
  const out = Buffer.alloc(76);
  out.writeUInt32LE(0x06064b50, 0);
  out.writeBigUInt64LE(44n, 4);
  out.writeUInt16LE(45, 12);
  out.writeUInt16LE(45, 14);
  uint64s(directory.count, directory.count, directory.length, directory.start).copy(out, 24);
  out.writeUInt32LE(0x07064b50, 56);
  out.writeBigUInt64LE(BigInt(directory.start + directory.length), 64);
  out.writeUInt32LE(1, 72);
  return out;
}
