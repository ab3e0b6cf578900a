import { pathProblem } from './path-policy.ts';

/** What an unpacked wheel consists of: enough to install it, and to verify it, without the archive. */
export interface WheelManifest {
  readonly format: 1;
  readonly filename: string;
  /** Hex digest of the archive. */
  readonly sha256: string;
  /** Normalised. */
  readonly name: string;
  /** As the file name states it, normalised. */
  readonly version: string;
  /** Name of the `.dist-info` directory. */
  readonly distInfo: string;
  readonly purelib: boolean;
  /** Every unpacked file, in the order of the archive. */
  readonly files: readonly WheelFile[];
}

/** One unpacked file. */
export interface WheelFile {
  /** As in the wheel, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** base64url without padding, as RECORD has it. */
  readonly sha256: string;
  readonly executable: boolean;
  /** An ELF, Mach-O or PE file: it may look for others beside itself. */
  readonly native: boolean;
  /** A native file that needs no library of another wheel; entries of the store tell, see `cache/confined.ts`. */
  readonly confined?: boolean;
}

/** How shared libraries are called, on any system. */
export const SHARED_LIBRARY = /\.(?:so(?:\.[0-9]+)*|pyd|dll|dylib)$/iu;

/** The manifest as JSON text. */
export function formatManifest(manifest: WheelManifest): string {
  return `${JSON.stringify(manifest)}\n`;
}

/** Reads {@link formatManifest}'s text. `undefined` when it is not such a manifest or names a path outside of its tree. */
export function parseManifest(text: string): WheelManifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isManifest(value) ? value : undefined;
}

/**
 * The modification time that unpacked files get, in seconds since the epoch: drawn from the content, so that equal trees are equal
 * and two versions of a file of one size never share a time, which would keep Python's byte code of the old one alive.
 */
export function contentTime(sha256: string): number {
  const digest = Buffer.from(sha256, 'base64url');
  return 1_000_000_000 + (digest.readUInt32BE(0) >>> 4);
}

/** Whether bytes begin an ELF, Mach-O or PE file. */
export function isNative(start: Uint8Array): boolean {
  if (start.length < 8) return false;
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.length);
  const magic = bytes.readUInt32BE(0);
  if (magic === 0x7f454c46 || MACH_O.has(magic)) return true;
  // Java class files share the magic of universal Mach-O; their version number is larger than any count of architectures.
  if (magic === 0xcafebabe || magic === 0xcafebabf) return bytes.readUInt32BE(4) < 32;
  return bytes.readUInt16BE(0) === 0x4d5a && hasPortableHeader(bytes);
}

const MACH_O = new Set([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe]);

function hasPortableHeader(bytes: Buffer): boolean {
  if (bytes.length < 64) return false;
  const at = bytes.readUInt32LE(0x3c);
  return at + 4 <= bytes.length && bytes.readUInt32BE(at) === 0x50450000;
}

/** Whether a value read from JSON is a manifest that names no path outside of its tree. */
export function isManifest(value: unknown): value is WheelManifest {
  return (
    isRecord(value) &&
    value['format'] === 1 &&
    ['filename', 'sha256', 'name', 'version', 'distInfo'].every((key) => typeof value[key] === 'string') &&
    typeof value['purelib'] === 'boolean' &&
    Array.isArray(value['files']) &&
    value['files'].every(isFile)
  );
}

function isFile(value: unknown): value is WheelFile {
  return (
    isRecord(value) &&
    typeof value['path'] === 'string' &&
    pathProblem(value['path']) === undefined &&
    Number.isSafeInteger(value['size']) &&
    typeof value['sha256'] === 'string' &&
    value['sha256'].length === 43 &&
    typeof value['executable'] === 'boolean' &&
    typeof value['native'] === 'boolean' &&
    (value['confined'] === undefined || value['confined'] === true)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
