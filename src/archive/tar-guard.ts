/**
 * Reads the framing of a tar stream as it passes: what different readers take differently is refused before anybody looks at a member (pax
 * interchange format of POSIX.1-2001; the reader behind this ignores global paths and does not stop at the end).
 */
import { Transform } from 'node:stream';
import { archiveFault } from './fault.ts';

const BLOCK = 512;
/** Extended headers hold names and times; real ones have less than a kilobyte. */
const LONGEST_HEADER = 1024 * 1024;

/**
 * Passes a tar stream on. Ends it with TSPM_ARCHIVE for a size in an extended header that is not the one of the member, a path or size
 * for all members, and anything but zeros after the end; with TSPM_ARCHIVE_LIMIT for an extended header above 1 MiB.
 */
export function tarGuard(archive: string): Transform {
  const frame = new Framing(archive);
  return new Transform({
    transform(piece: Buffer, _, done) {
      try {
        frame.read(piece);
        done(null, piece);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}

class Framing {
  readonly #archive: string;
  #block: Buffer = Buffer.alloc(0);
  /** Bytes of content and padding before the next header. */
  #skip = 0;
  /** The extended header that is being collected. */
  #extended: { readonly isGlobal: boolean; readonly size: number; text: Buffer } | undefined;
  #statedSize: number | undefined;
  #ended = false;

  constructor(archive: string) {
    this.#archive = archive;
  }

  read(piece: Buffer): void {
    for (let at = 0; at < piece.length;) {
      if (this.#ended) {
        if (piece.subarray(at).some((byte) => byte !== 0)) throw this.#refuse('the archive goes on after its end');
        return;
      }
      at += this.#skip > 0 ? this.#pass(piece.subarray(at)) : this.#collect(piece.subarray(at));
    }
  }

  /** Content of a member; of an extended header it is kept. */
  #pass(piece: Buffer): number {
    const taken = piece.subarray(0, this.#skip);
    this.#skip -= taken.length;
    const extended = this.#extended;
    if (extended === undefined) return taken.length;
    extended.text = Buffer.concat([extended.text, taken]);
    if (this.#skip > 0) return taken.length;
    this.#extended = undefined;
    this.#readExtended(extended.text.subarray(0, extended.size), extended.isGlobal);
    return taken.length;
  }

  #collect(piece: Buffer): number {
    const taken = piece.subarray(0, BLOCK - this.#block.length);
    this.#block = Buffer.concat([this.#block, taken]);
    if (this.#block.length === BLOCK) {
      this.#readHeader(this.#block);
      this.#block = Buffer.alloc(0);
    }
    return taken.length;
  }

  #readHeader(block: Buffer): void {
    if (block.every((byte) => byte === 0)) {
      this.#ended = true;
      return;
    }
    const size = sizeOf(block);
    // The reader says in its own words that this is no tar archive.
    if (size === undefined) throw new Error('a header without a size');
    const type = String.fromCharCode(block[156] ?? 0);
    if (type === 'x' || type === 'g') {
      if (size > LONGEST_HEADER) {
        const problem = `an extended header of ${size} bytes`;
        throw archiveFault('TSPM_ARCHIVE_LIMIT', { archive: this.#archive }, problem);
      }
      this.#extended = { isGlobal: type === 'g', size, text: Buffer.alloc(0) };
    } else {
      if (this.#statedSize !== undefined && this.#statedSize !== size) {
        throw this.#refuse('a size in an extended header is not the one of its member');
      }
      this.#statedSize = undefined;
      if (size > 0 && /[1-46]/u.test(type)) throw this.#refuse('a link or a device with content');
    }
    this.#skip = type === '5' ? 0 : Math.ceil(size / BLOCK) * BLOCK;
  }

  /** Records are written `length key=value\n`. */
  #readExtended(text: Buffer, isGlobal: boolean): void {
    for (let at = 0; at < text.length;) {
      const blank = text.indexOf(0x20, at);
      const length = Number(text.subarray(at, Math.max(blank, at)).toString('latin1'));
      if (!Number.isSafeInteger(length) || length < 5) throw this.#refuse('an extended header cannot be read');
      const [key = '', value = ''] = text
        .subarray(blank + 1, at + length - 1)
        .toString('latin1')
        .split('=', 2);
      if (isGlobal && /^(?:path|linkpath|size)$/u.test(key)) throw this.#refuse(`a "${key}" for all members`);
      if (key === 'size') this.#statedSize = /^\d{1,15}$/u.test(value) ? Number(value) : -1;
      at += length;
    }
  }

  #refuse(problem: string): Error {
    return archiveFault('TSPM_ARCHIVE', { archive: this.#archive }, problem);
  }
}

/** The size field: octal text, or from 8 GiB on a number in base 256. */
function sizeOf(block: Buffer): number | undefined {
  const field = block.subarray(124, 136);
  if ((field[0] ?? 0) >= 0x80) {
    const size = field.subarray(4).reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(size) ? size : undefined;
  }
  const [, digits] = /^[ \0]*([0-7]+)[ \0]*$/u.exec(field.toString('latin1')) ?? [];
  return digits === undefined
    ? /^[ \0]*$/u.test(field.toString('latin1'))
      ? 0
      : undefined
    : Number.parseInt(digits, 8);
}
