import { archiveFault } from './fault.ts';
import { DESCRIPTOR_FLAG, type ZipEntry } from './zip-directory.ts';
import { asBuffer, widenFields, type Refuse } from './zip-fields.ts';

/** Bytes of a local header before its name. */
export const LOCAL_FIXED_LENGTH = 30;

/**
 * Compares a local header with its central record and gives the length of the header, that is the position of the data behind
 * `entry.offset`. `bytes` begins at `entry.offset` and holds the whole header. Throws TSPM_ARCHIVE for any difference.
 */
export function checkLocalHeader(bytes: Uint8Array, entry: ZipEntry, archive: string): number {
  const refuse: Refuse = (problem) => archiveFault('TSPM_ARCHIVE', { archive, member: entry.name }, problem);
  const header = asBuffer(bytes);
  if (header.readUInt32LE(0) !== 0x04034b50) throw refuse('the local header is missing');
  const length = localHeaderLength(header);
  const nameEnd = LOCAL_FIXED_LENGTH + header.readUInt16LE(26);
  if (length > header.length || length + entry.packedSize > entry.end - entry.offset)
    throw refuse('the local header overlaps what follows it');
  const same =
    header.readUInt16LE(6) === entry.flags &&
    header.readUInt16LE(8) === entry.method &&
    header.subarray(LOCAL_FIXED_LENGTH, nameEnd).equals(entry.rawName);
  if (!same) throw refuse('name, flags or method differ between the local and the central header');
  const stored = [header.readUInt32LE(22), header.readUInt32LE(18)];
  const [size, packedSize] = widenFields(stored, header.subarray(nameEnd, length), refuse);
  const zeros = (entry.flags & DESCRIPTOR_FLAG) !== 0;
  const agrees = (local: number | undefined, central: number): boolean => local === central || (zeros && local === 0);
  if (
    !agrees(size, entry.size) ||
    !agrees(packedSize, entry.packedSize) ||
    !agrees(header.readUInt32LE(14), entry.crc)
  ) {
    throw refuse('sizes or CRC differ between the local and the central header');
  }
  return length;
}

/** The length of a local header told by its first 30 bytes. */
export function localHeaderLength(header: Uint8Array): number {
  const buffer = asBuffer(header);
  return LOCAL_FIXED_LENGTH + buffer.readUInt16LE(26) + buffer.readUInt16LE(28);
}

/**
 * Checks what lies between the data of a member and the next one: nothing, or under flag bit 3 exactly a data descriptor (with or
 * without signature, 32 or 64 bits wide) that repeats the central record. Throws TSPM_ARCHIVE.
 */
export function checkTrailer(bytes: Uint8Array, entry: ZipEntry, archive: string): void {
  const refuse: Refuse = (problem) => archiveFault('TSPM_ARCHIVE', { archive, member: entry.name }, problem);
  if ((entry.flags & DESCRIPTOR_FLAG) === 0) {
    if (bytes.length > 0) throw refuse(`${bytes.length} bytes follow that belong to no member`);
    return;
  }
  const trailer = asBuffer(bytes);
  const signed = trailer.length === 16 || trailer.length === 24;
  const wide = trailer.length === 20 || trailer.length === 24;
  if (!signed && !wide && trailer.length !== 12) throw refuse('the data descriptor is missing or broken');
  const start = signed ? 4 : 0;
  const expected = Buffer.alloc(trailer.length);
  if (signed) expected.writeUInt32LE(0x08074b50, 0);
  expected.writeUInt32LE(entry.crc, start);
  for (const [index, value] of [entry.packedSize, entry.size].entries()) {
    if (wide) expected.writeBigUInt64LE(BigInt(value), start + 4 + index * 8);
    else expected.writeUInt32LE(value % 2 ** 32, start + 4 + index * 4);
  }
  if (!trailer.equals(expected)) throw refuse('the data descriptor differs from the central header');
}
