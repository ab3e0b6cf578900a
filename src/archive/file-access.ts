import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

import { TspmError } from '../errors.ts';
import { ioFault } from '../util/io-fault.ts';
import type { RandomAccess } from './zip-reader.ts';

/** A file open for reading anywhere. */
export interface FileAccess extends RandomAccess {
  close(): void;
}

const WINDOW = 1024 * 1024;

/** Opens a regular file. Small reads are served from a window of 1 MiB, so that reading in order costs few system calls. */
export function openFile(path: string): FileAccess {
  const fd = openForReading(path);
  const size = fstatSync(fd).size;
  let window: { offset: number; bytes: Uint8Array } = { offset: 0, bytes: new Uint8Array() };
  const buffer = Buffer.allocUnsafeSlow(WINDOW);
  const read = (offset: number, length: number): Uint8Array => {
    if (offset < 0 || length < 0 || offset + length > size) throw new Error(`reading outside of ${path}`);
    if (length > WINDOW) return fill(fd, { path, offset }, Buffer.allocUnsafeSlow(length));
    const inside = offset >= window.offset && offset + length <= window.offset + window.bytes.length;
    if (!inside) {
      const bytes = fill(fd, { path, offset }, buffer.subarray(0, Math.min(WINDOW, size - offset)));
      window = { offset, bytes };
    }
    return window.bytes.subarray(offset - window.offset, offset - window.offset + length);
  };
  return { size, read, close: () => closeSync(fd) };
}

/** The sha256 of a file in hex. Gives way to other work after each MiB. Throws TSPM_IO when it cannot be read. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const file = openFile(path);
  try {
    const hash = createHash('sha256');
    for (let at = 0; at < file.size; at += WINDOW) {
      hash.update(file.read(at, Math.min(WINDOW, file.size - at)));
      await setImmediate();
      signal?.throwIfAborted();
    }
    return hash.digest('hex');
  } finally {
    file.close();
  }
}

function openForReading(path: string): number {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw ioFault('cannot read', path, error);
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new TspmError('TSPM_IO', `cannot read ${path}: not a regular file`, { context: { path } });
}

function fill(fd: number, place: { path: string; offset: number }, buffer: Buffer): Buffer {
  let done = 0;
  while (done < buffer.length) {
    const count = readSync(fd, buffer, done, buffer.length - done, place.offset + done);
    if (count === 0) throw new TspmError('TSPM_IO', `${place.path} became shorter while it was read`);
    done += count;
  }
  return buffer;
}
