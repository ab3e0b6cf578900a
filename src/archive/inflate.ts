import { crc32, inflateRawSync } from 'node:zlib';

import { archiveFault } from './fault.ts';
import type { ZipEntry } from './zip-directory.ts';

/** Unpacks the data of one member held in memory and verifies its size and CRC. Throws TSPM_ARCHIVE. */
export function unpackMember(packed: Uint8Array, entry: ZipEntry, archive: string): Uint8Array {
  const data = entry.method === 0 ? packed : inflate(packed, entry, archive);
  checkUnpacked({ size: data.length, crc: crc32(data) }, entry, archive);
  return data;
}

/** Throws TSPM_ARCHIVE unless size and CRC of unpacked data are those of the central record. */
export function checkUnpacked(actual: { size: number; crc: number }, entry: ZipEntry, archive: string): void {
  if (actual.size !== entry.size) {
    const problem = `unpacks to ${actual.size} bytes, but the archive tells of ${entry.size}`;
    throw archiveFault('TSPM_ARCHIVE', { archive, member: entry.name }, problem);
  }
  if (actual.crc !== entry.crc) {
    throw archiveFault(
      'TSPM_ARCHIVE',
      { archive, member: entry.name },
      'the CRC of the content differs: the file is damaged',
    );
  }
}

/** The error for data that is no deflate stream of the stated length; other errors pass unchanged. */
export function inflateFault(error: unknown, entry: ZipEntry, archive: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const ofZlib = typeof code === 'string' && (code.startsWith('Z_') || code === 'ERR_BUFFER_TOO_LARGE');
  if (!ofZlib) return error;
  const problem =
    code === 'ERR_BUFFER_TOO_LARGE' ? 'unpacks to more bytes than the archive tells' : 'the packed data is broken';
  return archiveFault('TSPM_ARCHIVE', { archive, member: entry.name }, problem, error);
}

/** Throws TSPM_ARCHIVE when the deflate stream ended before the packed data did. */
export function checkConsumed(consumed: number, entry: ZipEntry, archive: string): void {
  if (consumed === entry.packedSize) return;
  throw archiveFault('TSPM_ARCHIVE', { archive, member: entry.name }, 'the packed data goes on after its end');
}

function inflate(packed: Uint8Array, entry: ZipEntry, archive: string): Uint8Array {
  let result: InflateInfo;
  try {
    // One output piece as large as the result: the default of 16 KiB pieces costs a third of the time on big members.
    const options = { info: true, maxOutputLength: Math.max(1, entry.size), chunkSize: Math.max(64, entry.size + 1) };
    // With `info` Node returns this pair, which its types do not tell.
    result = inflateRawSync(packed, options) as unknown as InflateInfo;
  } catch (error) {
    throw inflateFault(error, entry, archive);
  }
  checkConsumed(result.engine.bytesWritten, entry, archive);
  return result.buffer;
}

interface InflateInfo {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}
