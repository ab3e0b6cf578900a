import { createHash, hash } from 'node:crypto';
import { closeSync, futimesSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { archiveFault } from './fault.ts';
import { doing } from '../util/io-fault.ts';
import { show } from './show.ts';
import { contentTime, isNative, type WheelFile } from './wheel-manifest.ts';
import type { ListedEntry } from './wheel-record.ts';
import { readEntry, STREAMING_SIZE, streamEntry, type Zip } from './zip-reader.ts';
import { makeFolders } from '../util/file-system.ts';

/** How files are written. */
export interface ExtractOptions {
  /** Permission bits before the umask. Default 0o644 and 0o755. */
  readonly modes?: { readonly file: number; readonly executable: number };
  /**
   * Takes over the descriptor of each file once it is written, and must close it. Unpacking goes on when the promise it gives has
   * resolved, which bounds how much is under way. Default: close at once.
   */
  readonly finish?: (fd: number, path: string) => Promise<void>;
  /** Ends the unpacking; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each file when it is written and verified. */
  readonly onFile?: (file: WheelFile) => void;
}

/**
 * Unpacks the listed members below `directory`, which must be private and empty, each byte hashed once and compared with RECORD.
 * Gives the files in the order of the archive. Byte code beside its source is verified but not written: it may be stale. When it
 * throws (TSPM_ARCHIVE, TSPM_HASH_MISMATCH, TSPM_IO) the directory holds a part and is the caller's to remove.
 */
export async function extractEntries(
  zip: Zip,
  listed: readonly ListedEntry[],
  target: { readonly directory: string; readonly options: ExtractOptions },
): Promise<WheelFile[]> {
  const sources = new Set(listed.map(({ entry }) => entry.name));
  const writer = createWriter(target.directory, target.options);
  const files: WheelFile[] = [];
  for (const [index, item] of listed.entries()) {
    const { entry } = item;
    if (entry.directory) {
      readEntry(zip, entry);
    } else {
      const wanted = !isByteCodeOf(entry.name, sources);
      const file = await extractEntry(zip, item, wanted ? writer : undefined);
      if (wanted) {
        files.push(file);
        target.options.onFile?.(file);
      }
    }
    // The loop waits for nothing by itself, and downloads and the display must go on.
    if (index % YIELD_EVERY === 0) await setImmediate();
    target.options.signal?.throwIfAborted();
  }
  return files;
}

const YIELD_EVERY = 32;
const DEFAULT_MODES = { file: 0o644, executable: 0o755 };
const START_LENGTH = 4096;

/** What was found in a member. */
interface Content {
  readonly size: number;
  readonly sha256: string;
  /** By the algorithm of its RECORD line. */
  readonly recordedDigest: string;
  /** The first bytes. */
  readonly start: Uint8Array;
}

interface Writer {
  open(path: string, executable: boolean): number;
  write(fd: number, data: Uint8Array, path: string): void;
  finish(fd: number, file: WheelFile): Promise<void>;
}

/** Reads and verifies one member; without a writer nothing is written. */
async function extractEntry(zip: Zip, item: ListedEntry, writer: Writer | undefined): Promise<WheelFile> {
  const { entry } = item;
  const fd = writer?.open(entry.name, entry.executable);
  let file: WheelFile;
  try {
    const content = await readContent(zip, item, (piece) => {
      if (fd !== undefined) writer?.write(fd, piece, entry.name);
    });
    checkRecorded(content, item, zip.archive);
    const { size, sha256 } = content;
    file = { path: entry.name, size, sha256, executable: entry.executable, native: isNative(content.start) };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw error;
  }
  if (fd !== undefined) await writer?.finish(fd, file);
  return file;
}

async function readContent(zip: Zip, item: ListedEntry, consume: (piece: Uint8Array) => void): Promise<Content> {
  const { entry, recorded } = item;
  const algorithm = recorded?.algorithm ?? 'sha256';
  if (entry.size <= STREAMING_SIZE && entry.packedSize <= STREAMING_SIZE) {
    const data = readEntry(zip, entry);
    consume(data);
    const sha256 = hash('sha256', data, 'base64url');
    const recordedDigest = algorithm === 'sha256' ? sha256 : hash(algorithm, data, 'base64url');
    return { size: data.length, sha256, recordedDigest, start: data };
  }
  const hashes = Array.from(new Set(['sha256', algorithm]), (name) => createHash(name));
  let start: Uint8Array = new Uint8Array();
  await streamEntry(zip, entry, (piece) => {
    if (start.length === 0) start = Buffer.from(piece.subarray(0, START_LENGTH));
    for (const digest of hashes) digest.update(piece);
    consume(piece);
  });
  const [sha256 = '', recordedDigest = sha256] = hashes.map((digest) => digest.digest('base64url'));
  return { size: entry.size, sha256, recordedDigest, start };
}

function checkRecorded(content: Content, item: ListedEntry, archive: string): void {
  const { entry, recorded } = item;
  if (recorded === undefined) return;
  const place = { archive, member: entry.name };
  if (content.size !== recorded.size) {
    throw archiveFault('TSPM_HASH_MISMATCH', place, `${content.size} bytes, but RECORD says ${recorded.size}`);
  }
  if (content.recordedDigest === recorded.digest) return;
  const { algorithm, digest } = recorded;
  throw archiveFault(
    'TSPM_HASH_MISMATCH',
    place,
    `${algorithm} is ${content.recordedDigest}, but RECORD says ${show(digest)}`,
  );
}

/** Whether a path is `…/__pycache__/x.tag.pyc` and `…/x.py` is there too. */
function isByteCodeOf(path: string, sources: ReadonlySet<string>): boolean {
  const [, folder = '', module] = /^(.*\/)?__pycache__\/([^./]+)\.[^/]*\.?pyc$/u.exec(path) ?? [];
  return module !== undefined && sources.has(`${folder}${module}.py`);
}

function createWriter(directory: string, options: ExtractOptions): Writer {
  const modes = options.modes ?? DEFAULT_MODES;
  const made = new Set<string>();
  return {
    open: (path, executable) => {
      const file = join(directory, path);
      return doing('cannot write', file, () => {
        const parent = dirname(file);
        if (!made.has(parent)) makeFolders(parent, 0o755);
        made.add(parent);
        return openSync(file, 'wx', executable ? modes.executable : modes.file);
      });
    },
    write: (fd, data, path) => {
      options.signal?.throwIfAborted();
      doing('cannot write', join(directory, path), () => writeAll(fd, data));
    },
    finish: async (fd, file) => {
      const path = join(directory, file.path);
      const time = contentTime(file.sha256);
      doing('cannot write', path, () => futimesSync(fd, time, time));
      if (options.finish === undefined) closeSync(fd);
      else await options.finish(fd, path);
    },
  };
}

function writeAll(fd: number, data: Uint8Array): void {
  for (let done = 0; done < data.length;) done += writeSync(fd, data, done);
}
