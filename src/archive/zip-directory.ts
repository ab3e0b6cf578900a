import { archiveFault } from './fault.ts';
import { readMemberName } from './member-name.ts';
import { pathSetProblem } from './path-policy.ts';
import type { DirectoryPlace } from './zip-end.ts';
import { asBuffer, widenFields, type Refuse } from './zip-fields.ts';

/** One member as the central directory states it. */
export interface ZipEntry {
  /** The path, of directories without the final slash. */
  readonly name: string;
  /** The other reading of a name without the UTF-8 flag; RECORD decides between the two. */
  readonly utf8Name: string | undefined;
  readonly rawName: Uint8Array;
  readonly directory: boolean;
  /** A regular file by its Unix mode, with any x bit. */
  readonly executable: boolean;
  readonly flags: number;
  readonly method: 0 | 8;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** The member's bytes in the file, local header and descriptor included: from `offset` to just before `end`. */
  readonly offset: number;
  readonly end: number;
}

/** Flag bit 3: sizes and CRC follow the data. */
export const DESCRIPTOR_FLAG = 0x8;

/**
 * Reads the central directory from its bytes into entries in the order of their offsets. Checks all that needs no other byte:
 * names by the path policy, methods, flags, modes, total size, and that the members lie one behind the other from offset 0 up to
 * the directory. Throws TSPM_ARCHIVE, TSPM_ARCHIVE_PATH or TSPM_ARCHIVE_LIMIT.
 */
export function parseDirectory(bytes: Uint8Array, place: DirectoryPlace, archive: string): readonly ZipEntry[] {
  const buffer = asBuffer(bytes);
  const records: CentralRecord[] = [];
  let at = 0;
  while (at < buffer.length) {
    const length = recordLength(buffer, at, archive);
    records.push(readRecord(buffer.subarray(at, at + length), archive));
    at += length;
  }
  if (records.length !== place.count) {
    throw archiveFault(
      'TSPM_ARCHIVE',
      { archive },
      `${records.length} members, but the end record tells of ${place.count}`,
    );
  }
  const entries = layOut(records, place.start, archive);
  checkNames(entries, archive);
  checkTotal(entries, place.start + place.length, archive);
  return entries;
}

/** Throws for the first problem the path policy finds in the names of `entries`. */
export function checkNames(entries: readonly Pick<ZipEntry, 'name' | 'directory'>[], archive: string): void {
  const files = entries.filter((entry) => !entry.directory).map((entry) => entry.name);
  const folders = entries.filter((entry) => entry.directory).map((entry) => entry.name);
  const found = pathSetProblem(files, folders);
  if (found !== undefined) throw archiveFault(found.code, { archive, member: found.path }, found.problem);
}

type CentralRecord = Omit<ZipEntry, 'end'>;

/** A central record without its name, extra field and comment. */
const RECORD_LENGTH = 46;

// Bits 1 and 2 tell how hard the deflater tried, bit 11 that the name is UTF-8. All others change how data is read.
const KNOWN_FLAGS = 0x2 | 0x4 | DESCRIPTOR_FLAG | 0x800;
const LOCAL_HEADER_LENGTH = 30;
const SHORTEST_DESCRIPTOR = 12;
/** A local header with the longest name and extra field, and the longest descriptor. */
const MOST_AROUND_DATA = LOCAL_HEADER_LENGTH + 2 * 0xffff + 24;
const FREE_UNPACKED = 64 * 1024 * 1024;
const MOST_RATIO = 200;
const MOST_UNPACKED = 64 * 1024 ** 3;

/** The length of the central record at `at`, which must lie within the directory. */
function recordLength(buffer: Buffer, at: number, archive: string): number {
  if (at + RECORD_LENGTH <= buffer.length && buffer.readUInt32LE(at) === 0x02014b50) {
    const parts = [28, 30, 32].map((field) => buffer.readUInt16LE(at + field));
    const length = parts.reduce((sum, part) => sum + part, RECORD_LENGTH);
    if (at + length <= buffer.length) return length;
  }
  throw archiveFault('TSPM_ARCHIVE', { archive }, 'the central directory is broken');
}

function readRecord(record: Buffer, archive: string): CentralRecord {
  const flags = record.readUInt16LE(8);
  const rawName = record.subarray(RECORD_LENGTH, RECORD_LENGTH + record.readUInt16LE(28));
  const name = readMemberName(rawName, (flags & 0x800) !== 0);
  if (name === undefined) {
    throw archiveFault('TSPM_ARCHIVE_PATH', { archive, member: rawName.toString('latin1') }, 'the name is not UTF-8');
  }
  const refuse: Refuse = (problem) => archiveFault('TSPM_ARCHIVE', { archive, member: name.text }, problem);
  if (record.readUInt16LE(32) > 0) throw refuse('comments are not accepted');
  if (record.readUInt16LE(34) !== 0) throw refuse('the member lies in another part of the archive');
  const stored = [record.readUInt32LE(24), record.readUInt32LE(20), record.readUInt32LE(42)];
  const extra = record.subarray(RECORD_LENGTH + rawName.length);
  const [size = 0, packedSize = 0, offset = 0] = widenFields(stored, extra, refuse);
  const directory = name.text.endsWith('/');
  const method = readMethod(record.readUInt16LE(10), refuse);
  if (directory && size > 0) throw refuse('a folder with content is not accepted');
  if (method === 0 && size !== packedSize) throw refuse('a stored member with two sizes');
  return {
    name: directory ? name.text.slice(0, -1) : name.text,
    utf8Name: directory ? name.utf8?.slice(0, -1) : name.utf8,
    rawName,
    directory,
    executable: isExecutable(record.readUInt16LE(40), directory, refuse),
    flags: readFlags(flags, refuse),
    method,
    crc: record.readUInt32LE(16),
    packedSize,
    size,
    offset,
  };
}

function readFlags(flags: number, refuse: Refuse): number {
  if ((flags & 0x1) !== 0) throw refuse('encrypted members are not accepted');
  if ((flags & ~KNOWN_FLAGS) !== 0) throw refuse(`the flags 0x${flags.toString(16)} are not accepted`);
  return flags;
}

function readMethod(method: number, refuse: Refuse): 0 | 8 {
  if (method === 0 || method === 8) return method;
  throw refuse(`compression method ${method} is not accepted in wheels, only 0 (stored) and 8 (deflate)`);
}

/** Only modes that say "regular file" count, as in pip; without a type the bits are noise of the writer. */
function isExecutable(mode: number, directory: boolean, refuse: Refuse): boolean {
  const type = mode & 0o170000;
  if (type === 0o120000) throw refuse('symbolic links are not accepted in wheels');
  const fits = type === 0 || type === 0o100000 || (directory && type === 0o040000);
  if (!fits) throw refuse(`special files (mode 0${mode.toString(8)}) are not accepted in wheels`);
  return !directory && type === 0o100000 && (mode & 0o111) !== 0;
}

function layOut(records: readonly CentralRecord[], directoryStart: number, archive: string): ZipEntry[] {
  const inOrder = [...records].sort((a, b) => a.offset - b.offset);
  if ((inOrder[0]?.offset ?? directoryStart) !== 0) {
    throw archiveFault('TSPM_ARCHIVE', { archive }, 'the archive does not begin with its first member');
  }
  return inOrder.map((record, index) => {
    const end = inOrder[index + 1]?.offset ?? directoryStart;
    const descriptor = (record.flags & DESCRIPTOR_FLAG) === 0 ? 0 : SHORTEST_DESCRIPTOR;
    const least = LOCAL_HEADER_LENGTH + record.rawName.length + record.packedSize + descriptor;
    if (record.offset + least > end) {
      throw archiveFault('TSPM_ARCHIVE', { archive, member: record.name }, 'the member overlaps what follows it');
    }
    if (record.offset + record.packedSize + MOST_AROUND_DATA < end) {
      throw archiveFault('TSPM_ARCHIVE', { archive, member: record.name }, 'bytes follow that belong to no member');
    }
    return { ...record, end };
  });
}

function checkTotal(entries: readonly ZipEntry[], fileSize: number, archive: string): void {
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  const limit = Math.min(MOST_UNPACKED, FREE_UNPACKED + MOST_RATIO * fileSize);
  if (total > limit) {
    throw archiveFault('TSPM_ARCHIVE_LIMIT', { archive }, `unpacks to ${total} bytes, at most ${limit} are accepted`);
  }
}
