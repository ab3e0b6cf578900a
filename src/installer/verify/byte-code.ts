import { closeSync, openSync, readSync } from 'node:fs';

import { isReadOnlyError, parentOf, statIfAny } from '../files.ts';

/** The path of the source that a file is the byte code of (PEP 3147), relative as it is; undefined for other files. */
export function sourceOfByteCode(path: string): string | undefined {
  const folder = parentOf(path);
  if (folder !== '__pycache__' && !folder.endsWith('/__pycache__')) return undefined;
  const [, module] = /^([^.]+)\.[^/]*\.pyc$/u.exec(path.slice(folder.length + 1)) ?? [];
  const above = parentOf(folder);
  return module === undefined ? undefined : `${above === '' ? '' : `${above}/`}${module}.py`;
}

/** The path that Python will give to byte code it is writing, or was when it was killed; undefined for other files. Nothing reads it before. */
export function unfinishedByteCode(path: string): string | undefined {
  return /^(.*\.pyc)\.\d+$/u.exec(path)?.[1];
}

/**
 * Why the byte code at `path` may not be what its source says, by its header (PEP 552); undefined when it was compiled from a source of this
 * size and time, or Python compares its hash each time, or cannot read it either. The code itself is not looked at.
 */
export function byteCodeFault(path: string, source: string): string | undefined {
  const stats = statIfAny(source);
  if (stats === undefined) return 'its source is gone';
  const header = readHeader(path);
  if (header === 'closed') return undefined;
  if (header === undefined) return 'it is cut off';
  const flags = header.readUInt32LE(4);
  if (flags === CHECKED_HASH) return undefined;
  if (flags !== 0) return 'Python would never compare it with its source';
  const sameTime = header.readUInt32LE(8) === Math.floor(stats.mtimeMs / 1000) % 2 ** 32;
  return sameTime && header.readUInt32LE(12) === stats.size % 2 ** 32
    ? undefined
    : 'it was compiled from another source';
}

const CHECKED_HASH = 3;

/** The header; undefined of a shorter file, `closed` where this user may not read it. */
function readHeader(path: string): Buffer | 'closed' | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (isReadOnlyError(error)) return 'closed';
    throw error;
  }
  try {
    const header = Buffer.alloc(16);
    return readSync(fd, header, 0, 16, 0) === 16 ? header : undefined;
  } finally {
    closeSync(fd);
  }
}
