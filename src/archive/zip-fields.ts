/** Extra fields of zip headers and what zip64 puts into them (APPNOTE 4.5). */

const ZIP64_EXTRA = 0x0001;
const UNICODE_PATH_EXTRA = 0x7075;
const SATURATED = 0xffffffff;

/** Ends a check: makes the error for a problem found in one header. */
export type Refuse = (problem: string) => Error;

/**
 * The true values of 32-bit header fields, taken from the zip64 extra field where they are saturated. Central headers pass
 * `[size, packed size, offset]`, local ones the first two. Throws what `refuse` makes for a second zip64 field, one of a wrong
 * length, one that contradicts an unsaturated value, a Unicode path field (a second name), or fields that do not fill `extra`.
 */
export function widenFields(values: readonly number[], extra: Buffer, refuse: Refuse): readonly number[] {
  const zip64 = findZip64(extra, refuse);
  if (zip64 === undefined) return values;
  const saturated = values.filter((value) => value === SATURATED).length;
  // Writers either list the saturated values alone, as prescribed, or all values from the first on.
  const compact = saturated > 0 && zip64.length === saturated * 8;
  if (!compact && !isPlainList(zip64, values.length)) throw refuse('the zip64 field has a wrong length');
  let at = 0;
  return values.map((value) => {
    if (compact && value !== SATURATED) return value;
    if (at + 8 > zip64.length) return value;
    const wide = readUint64(zip64, at, refuse);
    at += 8;
    if (value !== SATURATED && value !== wide) throw refuse('the zip64 field contradicts the header');
    return wide;
  });
}

/** A 64-bit number; refused above 2^53 - 1. */
export function readUint64(buffer: Buffer, at: number, refuse: Refuse): number {
  const value = Number(buffer.readBigUInt64LE(at));
  if (!Number.isSafeInteger(value)) throw refuse('a 64-bit size or offset is out of range');
  return value;
}

/** The same bytes as a Buffer, without copying. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function findZip64(extra: Buffer, refuse: Refuse): Buffer | undefined {
  let found: Buffer | undefined;
  let at = 0;
  while (at < extra.length) {
    if (at + 4 > extra.length) throw refuse('the extra field is broken');
    const id = extra.readUInt16LE(at);
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) throw refuse('the extra field is broken');
    if (id === UNICODE_PATH_EXTRA) throw refuse('a second name in an extra field is not accepted');
    if (id === ZIP64_EXTRA) {
      if (found !== undefined) throw refuse('the zip64 field occurs twice');
      found = extra.subarray(at + 4, end);
    }
    at = end;
  }
  return found;
}

function isPlainList(zip64: Buffer, fields: number): boolean {
  if (zip64.length === 16) return true;
  if (fields < 3) return false;
  return zip64.length === 24 || (zip64.length === 28 && zip64.readUInt32LE(24) === 0);
}
