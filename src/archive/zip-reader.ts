import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { crc32, createInflateRaw } from 'node:zlib';

import { archiveFault } from './fault.ts';
import { checkConsumed, checkUnpacked, inflateFault, unpackMember } from './inflate.ts';
import { showBytes } from './show.ts';
import { parseDirectory, type ZipEntry } from './zip-directory.ts';
import { END_RECORDS_LENGTH, readEndRecords } from './zip-end.ts';
import { checkLocalHeader, checkTrailer, LOCAL_FIXED_LENGTH, localHeaderLength } from './zip-local.ts';

/** Bytes that can be read anywhere, synchronously: thousands of small reads are the hot path of unpacking. */
export interface RandomAccess {
  readonly size: number;
  /** Exactly `length` bytes, within the size; they stay valid until the next call only. */
  read(offset: number, length: number): Uint8Array;
}

/** An archive whose directory has been read and judged. */
export interface Zip {
  /** File name for messages. */
  readonly archive: string;
  readonly source: RandomAccess;
  /** In the order of their offsets. */
  readonly entries: readonly ZipEntry[];
}

/** Members larger than this, packed or unpacked, are unpacked piece by piece. */
export const STREAMING_SIZE = 8 * 1024 * 1024;

const LARGEST_ARCHIVE = 16 * 1024 ** 3;
const PIECE = 1024 * 1024;

/**
 * Opens a zip archive strictly: stored and deflated members only, zip64 accepted, every byte of the file accounted for. What lies
 * in front of each member is compared with the directory when the member is read. Throws TSPM_ARCHIVE, TSPM_ARCHIVE_PATH or
 * TSPM_ARCHIVE_LIMIT.
 */
export function readDirectory(source: RandomAccess, archive: string): Zip {
  if (source.size > LARGEST_ARCHIVE) {
    throw archiveFault('TSPM_ARCHIVE_LIMIT', { archive }, `larger than ${LARGEST_ARCHIVE} bytes`);
  }
  checkStart(source, archive);
  const tailLength = Math.min(END_RECORDS_LENGTH, source.size);
  const place = readEndRecords(source.read(source.size - tailLength, tailLength), source.size, archive);
  // Entries keep parts of these bytes, and a source may reuse its buffer.
  const directory = Buffer.from(source.read(place.start, place.length));
  return { archive, source, entries: parseDirectory(directory, place, archive) };
}

/**
 * One member in memory, its local header, sizes and CRC verified. Throws TSPM_ARCHIVE, and TSPM_ARCHIVE_LIMIT when it is larger
 * than `limit` bytes, packed or unpacked.
 */
export function readEntry(zip: Zip, entry: ZipEntry, limit: number = STREAMING_SIZE): Uint8Array {
  const { archive, source } = zip;
  if (entry.size > limit || entry.packedSize > limit) {
    throw archiveFault('TSPM_ARCHIVE_LIMIT', { archive, member: entry.name }, `larger than ${limit} bytes`);
  }
  const span = source.read(entry.offset, entry.end - entry.offset);
  const start = checkLocalHeader(span, entry, archive);
  checkTrailer(span.subarray(start + entry.packedSize), entry, archive);
  const packed = span.subarray(start, start + entry.packedSize);
  return unpackMember(entry.method === 0 ? Buffer.from(packed) : packed, entry, archive);
}

/**
 * Unpacks one member of any size piece by piece, handing each piece to `consume` in order; memory stays at a few MiB. Size and CRC
 * are verified by the time it resolves, so what was consumed counts only then. Throws TSPM_ARCHIVE, and what `consume` throws.
 */
export async function streamEntry(zip: Zip, entry: ZipEntry, consume: (piece: Uint8Array) => void): Promise<void> {
  const start = checkSpan(zip, entry);
  let size = 0;
  let crc = 0;
  const take = (piece: Uint8Array): void => {
    size += piece.length;
    if (size > entry.size) checkUnpacked({ size, crc }, entry, zip.archive);
    crc = crc32(piece, crc);
    consume(piece);
  };
  if (entry.method === 0) await copyPieces(packedPieces(zip, entry, start), take);
  else await inflatePieces(zip, { entry, start }, take);
  checkUnpacked({ size, crc }, entry, zip.archive);
}

function checkStart(source: RandomAccess, archive: string): void {
  const start = source.read(0, Math.min(16, source.size));
  if (start.length >= 4 && Buffer.from(start.subarray(0, 4)).readUInt32LE(0) === 0x04034b50) return;
  const seen = source.size === 0 ? 'it is empty' : `it begins with "${showBytes(start)}" and not with a zip member`;
  throw archiveFault('TSPM_ARCHIVE', { archive }, `not a wheel: ${seen}`);
}

/** Checks what lies around the data of a member and gives where in the file the data begins. */
function checkSpan(zip: Zip, entry: ZipEntry): number {
  const { archive, source } = zip;
  const spanLength = entry.end - entry.offset;
  const headerLength = localHeaderLength(source.read(entry.offset, LOCAL_FIXED_LENGTH));
  const start = checkLocalHeader(source.read(entry.offset, Math.min(headerLength, spanLength)), entry, archive);
  const dataEnd = start + entry.packedSize;
  checkTrailer(source.read(entry.offset + dataEnd, spanLength - dataEnd), entry, archive);
  return entry.offset + start;
}

function* packedPieces(zip: Zip, entry: ZipEntry, start: number): Generator<Uint8Array> {
  for (let done = 0; done < entry.packedSize; done += PIECE) {
    // A copy: the inflater still reads a piece when the next one is fetched.
    yield Buffer.from(zip.source.read(start + done, Math.min(PIECE, entry.packedSize - done)));
  }
}

/** Signals and the display get their turn between the pieces. */
async function copyPieces(pieces: Iterable<Uint8Array>, take: (piece: Uint8Array) => void): Promise<void> {
  for (const piece of pieces) {
    take(piece);
    await setImmediate();
  }
}

async function inflatePieces(
  zip: Zip,
  place: { entry: ZipEntry; start: number },
  take: (piece: Uint8Array) => void,
): Promise<void> {
  const { entry } = place;
  const engine = createInflateRaw({ chunkSize: PIECE });
  try {
    await pipeline(packedPieces(zip, entry, place.start), engine, async (pieces: AsyncIterable<Uint8Array>) => {
      for await (const piece of pieces) take(piece);
    });
  } catch (error) {
    throw inflateFault(error, entry, zip.archive);
  }
  checkConsumed(engine.bytesWritten, entry, zip.archive);
}
