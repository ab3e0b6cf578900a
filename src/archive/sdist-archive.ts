/** Source archives, of which only the files that tell what a package requires are read; nothing is unpacked to disk. */
import { createReadStream, statSync } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Extract, extract, type Header } from 'tar-stream';
import { isTspmError } from '../errors.ts';
import { ioFault } from '../util/io-fault.ts';
import { archiveFault } from './fault.ts';
import { openFile } from './file-access.ts';
import { readDirectory, readEntry } from './zip-reader.ts';

/** Texts of a source archive, from its one folder at the top; undefined for a file it does not have. */
export interface SdistTexts {
  readonly pkgInfo: string | undefined;
  readonly pyproject: string | undefined;
}

/** Bytes of the largest file that is read. */
const LARGEST_TEXT = 4 * 1024 * 1024;
const MOST_MEMBERS = 100_000;
/** An archive may unpack to so many bytes, and to so many times its size more. */
const UNPACKED_BASE = 64 * 1024 * 1024;
const UNPACKED_RATIO = 200;

const WANTED = /^[^/]+\/(PKG-INFO|pyproject\.toml)$/;

/**
 * Reads `.tar.gz`, `.tgz` (PEP 625) and `.zip`; other kinds give nothing. `filename` tells the kind and is for messages. Throws
 * TSPM_ARCHIVE, TSPM_ARCHIVE_PATH for names that lead elsewhere, TSPM_ARCHIVE_LIMIT for what is too large, TSPM_IO.
 */
export async function readSdist(path: string, filename: string): Promise<SdistTexts> {
  const found = new Finds(filename);
  if (/\.(?:tar\.gz|tgz)$/i.test(filename)) await readTar(path, found);
  else if (/\.zip$/i.test(filename)) readZip(path, found);
  return { pkgInfo: found.texts.get('PKG-INFO'), pyproject: found.texts.get('pyproject.toml') };
}

/** What was met of an archive so far. */
class Finds {
  readonly texts = new Map<string, string>();
  readonly archive: string;
  #members = 0;
  #top: string | undefined;

  constructor(archive: string) {
    this.archive = archive;
  }

  /** Judges a member by its name; tells which wanted file it is, if any. */
  meet(name: string): string | undefined {
    const path = name.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '');
    this.#members++;
    if (this.#members > MOST_MEMBERS) {
      throw archiveFault('TSPM_ARCHIVE_LIMIT', { archive: this.archive }, `more than ${MOST_MEMBERS} members`);
    }
    if (path === '' || path === '.') return undefined;
    if (/^[/\\]|^[A-Za-z]:/.test(path) || path.split(/[/\\]/).includes('..')) {
      throw archiveFault(
        'TSPM_ARCHIVE_PATH',
        { archive: this.archive, member: name },
        'the name leads out of the archive',
      );
    }
    const [top = ''] = path.split('/', 1);
    this.#top ??= top;
    if (top !== this.#top) {
      throw archiveFault('TSPM_ARCHIVE', { archive: this.archive, member: name }, 'a second folder at the top');
    }
    const wanted = WANTED.exec(path)?.[1];
    if (wanted !== undefined && this.texts.has(wanted)) {
      throw archiveFault('TSPM_ARCHIVE', { archive: this.archive, member: name }, 'a second member of this name');
    }
    return wanted;
  }

  keep(wanted: string, bytes: Uint8Array): void {
    this.texts.set(wanted, new TextDecoder().decode(bytes));
  }
}

async function readTar(path: string, found: Finds): Promise<void> {
  const unpacker = extract();
  try {
    const { size } = statSync(path);
    const reading = pipeline(createReadStream(path), createGunzip(), limiter(size, found.archive), unpacker);
    await Promise.all([reading, readMembers(unpacker, found)]);
  } catch (error) {
    if (isTspmError(error)) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (/^E[A-Z]+$/.test(code)) throw ioFault('cannot read', path, error);
    const problem = 'no gzip-compressed tar archive, or a damaged one';
    throw archiveFault('TSPM_ARCHIVE', { archive: found.archive }, problem, error);
  }
}

/** Links to a wanted file and devices of its name count as absent: only regular files are read. */
async function readMembers(unpacker: Extract, found: Finds): Promise<void> {
  for await (const entry of unpacker) {
    const { name, type } = entry.header;
    const wanted = found.meet(name);
    if (wanted === undefined || !isRegular(type)) {
      entry.resume();
      continue;
    }
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of entry) {
      if (!(piece instanceof Uint8Array)) throw new Error('the tar reader gives bytes');
      size += piece.length;
      if (size > LARGEST_TEXT) throw tooLarge(found.archive, name);
      pieces.push(piece);
    }
    found.keep(wanted, Buffer.concat(pieces));
  }
}

function isRegular(type: Header['type']): boolean {
  return type === 'file' || type === 'contiguous-file';
}

/** Ends a stream that unpacks to more than the packed size explains. */
function limiter(packedSize: number, archive: string): Transform {
  const most = UNPACKED_BASE + UNPACKED_RATIO * packedSize;
  let size = 0;
  return new Transform({
    transform(piece: Buffer, _, done) {
      size += piece.length;
      if (size <= most) done(null, piece);
      else done(archiveFault('TSPM_ARCHIVE_LIMIT', { archive }, `unpacks to more than ${most} bytes`));
    },
  });
}

function readZip(path: string, found: Finds): void {
  const file = openFile(path);
  try {
    const zip = readDirectory(file, found.archive);
    for (const entry of zip.entries) {
      const wanted = found.meet(entry.name);
      if (wanted === undefined || entry.directory) continue;
      if (entry.size > LARGEST_TEXT) throw tooLarge(found.archive, entry.name);
      found.keep(wanted, readEntry(zip, entry));
    }
  } finally {
    file.close();
  }
}

function tooLarge(archive: string, member: string): Error {
  return archiveFault('TSPM_ARCHIVE_LIMIT', { archive, member }, `larger than ${LARGEST_TEXT} bytes`);
}
