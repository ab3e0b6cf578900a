import { archiveFault } from './fault.ts';
import { unpackMember } from './inflate.ts';
import { parseDirectory, type ZipEntry } from './zip-directory.ts';
import { END_RECORDS_LENGTH, readEndRecords } from './zip-end.ts';
import { checkLocalHeader, checkTrailer } from './zip-local.ts';

/** What the tail of an archive tells about a member. */
export type TailAnswer =
  | { readonly kind: 'found'; readonly name: string; readonly data: Uint8Array }
  /** Fetch these bytes of the file, add them to `pieces` (or put them before the tail where they touch it), ask again. */
  | { readonly kind: 'need'; readonly offset: number; readonly length: number }
  | { readonly kind: 'missing' };

/** Bytes of the file fetched for an earlier `need`. */
export interface FilePiece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Above this a member is not read by ranges. */
const LARGEST_MEMBER = 4 * 1024 * 1024;

/**
 * Reads one member from the last bytes of an archive, for ranged requests; pure. `tail` lies at `tailOffset` and reaches to the
 * end of the file. At most two `need` answers follow one another: the rest of the directory, then the member where it is not in
 * the tail. Throws TSPM_ARCHIVE, TSPM_ARCHIVE_PATH or TSPM_ARCHIVE_LIMIT as the reader of whole files does, and TSPM_ARCHIVE when
 * two members are wanted.
 */
export function readTailEntry(
  tail: Uint8Array,
  tailOffset: number,
  fileSize: number,
  wants: (name: string) => boolean,
  pieces: readonly FilePiece[] = [],
): TailAnswer {
  if (tailOffset < 0 || tailOffset + tail.length !== fileSize)
    throw new Error('the tail must reach to the end of the file');
  const parts = [{ offset: tailOffset, bytes: tail }, ...pieces];
  const endLength = Math.min(END_RECORDS_LENGTH, fileSize);
  const endBytes = cut(parts, fileSize - endLength, endLength);
  if (endBytes === undefined) return missingBefore(tailOffset, fileSize - endLength);
  const place = readEndRecords(endBytes, fileSize, ARCHIVE);
  const directory = cut(parts, place.start, place.length);
  if (directory === undefined) return missingBefore(tailOffset, place.start);
  const entry = chooseEntry(parseDirectory(directory, place, ARCHIVE), wants);
  if (entry === undefined) return { kind: 'missing' };
  const length = entry.end - entry.offset;
  const span = cut(parts, entry.offset, length);
  if (span === undefined) return { kind: 'need', offset: entry.offset, length };
  return { kind: 'found', name: entry.name, data: readSpan(span, entry) };
}

const ARCHIVE = 'wheel';

function chooseEntry(entries: readonly ZipEntry[], wants: (name: string) => boolean): ZipEntry | undefined {
  const [entry, second] = entries.filter((candidate) => !candidate.directory && wants(candidate.name));
  if (second !== undefined) {
    throw archiveFault('TSPM_ARCHIVE', { archive: ARCHIVE, member: second.name }, 'a second member of this kind');
  }
  if (entry !== undefined && Math.max(entry.size, entry.end - entry.offset) > LARGEST_MEMBER) {
    const problem = `larger than ${LARGEST_MEMBER} bytes`;
    throw archiveFault('TSPM_ARCHIVE_LIMIT', { archive: ARCHIVE, member: entry.name }, problem);
  }
  return entry;
}

function missingBefore(tailOffset: number, offset: number): TailAnswer {
  return { kind: 'need', offset, length: tailOffset - offset };
}

function readSpan(span: Uint8Array, entry: ZipEntry): Uint8Array {
  const start = checkLocalHeader(span, entry, ARCHIVE);
  checkTrailer(span.subarray(start + entry.packedSize), entry, ARCHIVE);
  return unpackMember(span.subarray(start, start + entry.packedSize), entry, ARCHIVE);
}

/** The bytes `[offset, offset + length)` of the file, joined from parts that hold them; `undefined` when some are not there. */
function cut(parts: readonly FilePiece[], offset: number, length: number): Uint8Array | undefined {
  const whole = parts.find((part) => part.offset <= offset && offset + length <= part.offset + part.bytes.length);
  if (whole !== undefined) return whole.bytes.subarray(offset - whole.offset, offset - whole.offset + length);
  const found: Uint8Array[] = [];
  let at = offset;
  while (at < offset + length) {
    const position = at;
    const part = parts.find(
      (candidate) => candidate.offset <= position && position < candidate.offset + candidate.bytes.length,
    );
    if (part === undefined) return undefined;
    const piece = part.bytes.subarray(at - part.offset, offset + length - part.offset);
    found.push(piece);
    at += piece.length;
  }
  return Buffer.concat(found);
}
