import { archiveFault } from './fault.ts';
import { asBuffer, readUint64, type Refuse } from './zip-fields.ts';

/** Where the central directory of an archive lies. */
export interface DirectoryPlace {
  readonly count: number;
  /** Offset of its first byte in the file. */
  readonly start: number;
  /** Bytes. */
  readonly length: number;
}

/** So many bytes at the end of a file always hold every end record a well-formed archive has. */
export const END_RECORDS_LENGTH = 98;

const MOST_ENTRIES = 100_000;
const LONGEST_DIRECTORY = 128 * 1024 * 1024;

/**
 * Reads the end record, and the zip64 one where its locator is present, from the last {@link END_RECORDS_LENGTH} bytes of a file
 * (all of it when shorter). The records must be the very end of the file and touch the directory: no comment, nothing after it.
 * Throws TSPM_ARCHIVE, and TSPM_ARCHIVE_LIMIT for more than 100,000 entries.
 */
export function readEndRecords(tail: Uint8Array, fileSize: number, archive: string): DirectoryPlace {
  const refuse: Refuse = (problem) => archiveFault('TSPM_ARCHIVE', { archive }, problem);
  const buffer = asBuffer(tail);
  const at = buffer.length - 22;
  if (at < 0 || buffer.readUInt32LE(at) !== 0x06054b50 || buffer.readUInt16LE(at + 20) !== 0) {
    throw refuse(
      'not a zip archive that ends with its end record (cut short, or with a comment or other bytes behind it)',
    );
  }
  const end = readEnd(buffer, at, refuse);
  const wide = at >= 20 && buffer.readUInt32LE(at - 20) === 0x07064b50;
  const place = wide ? readZip64(buffer, { at: at - 20, fileSize, end }, refuse) : end;
  const tailOfDirectory = fileSize - 22 - (wide ? 76 : 0);
  if (place.start + place.length !== tailOfDirectory)
    throw refuse('the directory does not end where the end record begins');
  if (place.count > MOST_ENTRIES) {
    throw archiveFault(
      'TSPM_ARCHIVE_LIMIT',
      { archive },
      `${place.count} members, at most ${MOST_ENTRIES} are accepted`,
    );
  }
  if (place.length > LONGEST_DIRECTORY) {
    throw archiveFault('TSPM_ARCHIVE_LIMIT', { archive }, `the directory is longer than ${LONGEST_DIRECTORY} bytes`);
  }
  return place;
}

function readEnd(buffer: Buffer, at: number, refuse: Refuse): DirectoryPlace {
  const count = buffer.readUInt16LE(at + 10);
  if (buffer.readUInt32LE(at + 4) !== 0 || buffer.readUInt16LE(at + 8) !== count) {
    throw refuse('the archive is one part of several');
  }
  return { count, length: buffer.readUInt32LE(at + 12), start: buffer.readUInt32LE(at + 16) };
}

interface Zip64Input {
  /** Position of the locator in the buffer. */
  readonly at: number;
  readonly fileSize: number;
  readonly end: DirectoryPlace;
}

function readZip64(buffer: Buffer, input: Zip64Input, refuse: Refuse): DirectoryPlace {
  const record = input.at - 56;
  const position = input.fileSize - 22 - 76;
  if (record < 0 || buffer.readUInt32LE(record) !== 0x06064b50) throw refuse('the zip64 end record is missing');
  if (readUint64(buffer, input.at + 8, refuse) !== position) throw refuse('the zip64 locator points elsewhere');
  if (buffer.readUInt32LE(input.at + 4) !== 0 || buffer.readUInt32LE(input.at + 16) !== 1) {
    throw refuse('the zip64 locator tells of several parts');
  }
  if (readUint64(buffer, record + 4, refuse) !== 44) throw refuse('the zip64 end record has an unexpected length');
  const [count, length, start] = [32, 40, 48].map((field) => readUint64(buffer, record + field, refuse));
  if (count === undefined || length === undefined || start === undefined) throw new Error('three fields were read');
  if (buffer.readBigUInt64LE(record + 16) !== 0n || readUint64(buffer, record + 24, refuse) !== count) {
    throw refuse('the archive is one part of several');
  }
  const { end } = input;
  const agrees =
    (end.count === 0xffff || end.count === count) &&
    (end.length === 0xffffffff || end.length === length) &&
    (end.start === 0xffffffff || end.start === start);
  if (!agrees) throw refuse('the end record and the zip64 end record differ');
  return { count, length, start };
}
