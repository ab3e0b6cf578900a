/**
 * Small files of the cache directory that can be fetched again: written without fsync, so each begins with a check sum of
 * the rest, and anything odd about one counts as its absence.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { makeSharedFolders, shareFile } from '../util/shared-folder.ts';

/** Reads what {@link writeCacheFile} wrote; undefined when it is not there, damaged or unreadable. */
export function readCacheFile(file: string): Buffer | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    return undefined;
  }
  const header = bytes.subarray(0, HEADER_LENGTH).toString('latin1');
  const content = bytes.subarray(HEADER_LENGTH);
  return header === headerOf(content) ? content : undefined;
}

/**
 * Writes a file by one rename, making its folder; a cache that cannot be written to is left as it is. What a killed process began is replaced, and
 * two that write at once may spoil each other's file: it then counts as absent.
 */
export function writeCacheFile(file: string, content: Uint8Array): void {
  const temporary = `${file}.tmp`;
  try {
    makeSharedFolders(path.dirname(file));
    removeQuietly(temporary);
    writeFileSync(temporary, Buffer.concat([Buffer.from(headerOf(content), 'latin1'), content]), { flag: 'wx' });
    shareFile(temporary);
    renameSync(temporary, file);
  } catch {
    removeQuietly(temporary);
  }
}

/** Removes a file if it is there and can be removed. */
export function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Its folder is no folder, or may not be written to: then there is nothing of ours in it.
  }
}

/** The place for `key` under `directory`: two levels, so that no folder gets too large. */
export function cachePath(directory: string, key: string, extension: string): string {
  const name = createHash('sha256').update(key).digest('hex');
  return path.join(directory, name.slice(0, 2), name.slice(2) + extension);
}

const MAGIC = 'tspm-cache-1 ';
const HEADER_LENGTH = MAGIC.length + 8 + 1;

function headerOf(content: Uint8Array): string {
  return `${MAGIC}${crc32(content).toString(16).padStart(8, '0')}\n`;
}
