/** The members of a source archive, one after the other, each judged by its name before anybody looks at its bytes. */
import { createReadStream, statSync } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Extract, extract, type Header } from 'tar-stream';
import { isTspmError } from '../errors.ts';
import { ioFault } from '../util/io-fault.ts';
import { archiveFault } from './fault.ts';
import { tarGuard } from './tar-guard.ts';
import { openFile } from './file-access.ts';
import { readDirectory, readEntry, STREAMING_SIZE, streamEntry, type Zip } from './zip-reader.ts';

/** What a member is; `other` are devices, pipes and what else no source needs. */
export type MemberKind = 'file' | 'folder' | 'symlink' | 'hardlink' | 'other';

/** One member. `content` hands its bytes over in pieces and is of use until the visit ends only. */
export interface SdistMember {
  /** As the archive writes it, for messages. */
  readonly name: string;
  /** `/`-separated, without `./` and a final slash; leads nowhere outside. */
  readonly path: string;
  readonly kind: MemberKind;
  readonly executable: boolean;
  /** Seconds since the epoch; undefined where the format does not tell. */
  readonly modified: number | undefined;
  /** Where a link leads, as written. */
  readonly target: string;
  content(consume: (piece: Uint8Array) => void): Promise<void>;
}

const MOST_MEMBERS = 100_000;
/** An archive may unpack to so many bytes, and to so many times its size more. */
const UNPACKED_BASE = 64 * 1024 * 1024;
const UNPACKED_RATIO = 200;

/** Whether a file of this name is a source archive: one that can be read, or could once it is {@link compressionOf decompressed}. */
export function isArchiveName(filename: string): boolean {
  return TAR.test(filename) || GZIPPED.test(filename) || ZIP.test(filename) || compressionOf(filename) !== undefined;
}

/** How a tar archive is compressed that has to be decompressed by others first. */
export function compressionOf(filename: string): 'bz2' | 'lzma' | undefined {
  if (/\.(?:tar\.bz2|tbz2?)$/i.test(filename)) return 'bz2';
  return /\.(?:tar\.xz|txz|tar\.lzma|tlz)$/i.test(filename) ? 'lzma' : undefined;
}

/** Most bytes an archive of so many bytes may unpack to. */
export function largestContent(packedSize: number): number {
  return UNPACKED_BASE + UNPACKED_RATIO * packedSize;
}

const TAR = /\.tar$/i;
const GZIPPED = /\.(?:tar\.gz|tgz)$/i;
const ZIP = /\.zip$/i;

/**
 * Visits every member of a `.tar.gz`, `.tgz` (PEP 625), `.tar` or `.zip`; says whether the file is of a kind that can be read. `filename`
 * tells the kind and is for messages. Throws TSPM_ARCHIVE, TSPM_ARCHIVE_PATH for names that lead elsewhere, TSPM_ARCHIVE_LIMIT for
 * what is too large, TSPM_IO, and what `visit` throws.
 */
export async function eachSdistMember(
  path: string,
  filename: string,
  visit: (member: SdistMember) => void | Promise<void>,
): Promise<boolean> {
  const judged = judge(filename, visit);
  if (GZIPPED.test(filename)) await readTar({ path, archive: filename, unzip: [createGunzip()] }, judged);
  else if (TAR.test(filename)) await readTar({ path, archive: filename, unzip: [] }, judged);
  else if (ZIP.test(filename)) await readZip(path, filename, judged);
  else return false;
  return true;
}

type Visit = (member: Omit<SdistMember, 'path'>) => void | Promise<void>;

/** Refuses names that lead elsewhere and a second thing at the top; the folder at the top itself is not shown. */
function judge(archive: string, visit: (member: SdistMember) => void | Promise<void>): Visit {
  let members = 0;
  let top: string | undefined;
  return (member) => {
    members++;
    if (members > MOST_MEMBERS) {
      throw archiveFault('TSPM_ARCHIVE_LIMIT', { archive }, `more than ${MOST_MEMBERS} members`);
    }
    const path = memberPath(member.name, archive);
    if (path === '') return undefined;
    const [first = ''] = path.split('/', 1);
    top ??= first;
    if (first !== top) throw archiveFault('TSPM_ARCHIVE', { archive, member: path }, 'a second folder at the top');
    return visit({ ...member, path });
  };
}

/** The name without empty and `.` components. Throws TSPM_ARCHIVE_PATH. */
function memberPath(name: string, archive: string): string {
  if (/^[/\\]|^[A-Za-z]:|\0/.test(name) || name.split(/[/\\]/).includes('..')) {
    throw archiveFault('TSPM_ARCHIVE_PATH', { archive, member: name }, 'the name leads out of the archive');
  }
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

interface TarFile {
  readonly path: string;
  readonly archive: string;
  readonly unzip: readonly NodeJS.ReadWriteStream[];
}

async function readTar({ path, archive, unzip }: TarFile, visit: Visit): Promise<void> {
  const unpacker = extract();
  try {
    const { size } = statSync(path);
    const reading = pipeline([createReadStream(path), ...unzip, limiter(size, archive), tarGuard(archive), unpacker]);
    await Promise.all([reading, readMembers(unpacker, visit)]);
  } catch (error) {
    if (isTspmError(error)) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (/^E[A-Z]+$/.test(code)) throw ioFault('cannot read', path, error);
    throw archiveFault('TSPM_ARCHIVE', { archive }, 'no tar archive of this kind, or a damaged one', error);
  }
}

async function readMembers(unpacker: Extract, visit: Visit): Promise<void> {
  for await (const entry of unpacker) {
    const { name, type, mode, mtime, linkname } = entry.header;
    await visit({
      name,
      kind: kindOf(type),
      executable: (mode & 0o100) !== 0,
      modified: mtime === undefined ? undefined : mtime.getTime() / 1000,
      target: linkname ?? '',
      content: (consume) => readEntryOf(entry, consume),
    });
    entry.resume();
  }
}

async function readEntryOf(entry: AsyncIterable<unknown>, consume: (piece: Uint8Array) => void): Promise<void> {
  for await (const piece of entry) {
    if (!(piece instanceof Uint8Array)) throw new Error('the tar reader gives bytes');
    consume(piece);
  }
}

function kindOf(type: Header['type']): MemberKind {
  switch (type) {
    case 'file':
    case 'contiguous-file':
      return 'file';
    case 'directory':
      return 'folder';
    case 'symlink':
      return 'symlink';
    case 'link':
      return 'hardlink';
    default:
      return 'other';
  }
}

/** Ends a stream that unpacks to more than the packed size explains. */
function limiter(packedSize: number, archive: string): Transform {
  const most = largestContent(packedSize);
  let size = 0;
  return new Transform({
    transform(piece: Buffer, _, done) {
      size += piece.length;
      if (size <= most) done(null, piece);
      else done(archiveFault('TSPM_ARCHIVE_LIMIT', { archive }, `unpacks to more than ${most} bytes`));
    },
  });
}

/** The zip reader refuses links and devices, and bounds sizes, by itself. */
async function readZip(path: string, archive: string, visit: Visit): Promise<void> {
  const file = openFile(path);
  try {
    const zip = readDirectory(file, archive);
    for (const entry of zip.entries) {
      await visit({
        name: entry.name,
        kind: entry.directory ? 'folder' : 'file',
        executable: entry.executable,
        modified: undefined,
        target: '',
        content: (consume) => contentOf(zip, entry, consume),
      });
    }
  } finally {
    file.close();
  }
}

async function contentOf(zip: Zip, entry: Zip['entries'][number], consume: (piece: Uint8Array) => void): Promise<void> {
  if (entry.size > STREAMING_SIZE || entry.packedSize > STREAMING_SIZE) await streamEntry(zip, entry, consume);
  else consume(readEntry(zip, entry));
}
