import { tryParseVersion, type VersionNumber } from './version.ts';

// A release X.Y.Z as one number, so that diagrams compare cuts directly.
const PART = 2 ** 16;
const LARGEST = PART - 1;

/** X.Y.Z as one number of the same order; undefined beyond what the code can hold, which no interpreter reaches. */
export function encodeRelease([major, minor, micro]: readonly [number, number, number]): number | undefined {
  if (major > LARGEST || minor > LARGEST || micro > LARGEST) return undefined;
  return (major * PART + minor) * PART + micro;
}

/** The parts of an encoded release. */
export function decodeRelease(code: number): [number, number, number] {
  return [Math.floor(code / (PART * PART)), Math.floor(code / PART) % PART, code % PART];
}

/** The release after every X.Y (2 parts) or X.Y.Z (3 parts) that starts like the encoded one; undefined when there is none. */
export function nextRelease(code: number, parts: 2 | 3): number | undefined {
  const [major, minor, micro] = decodeRelease(code);
  return parts === 2 ? encodeRelease([major, minor + 1, 0]) : encodeRelease([major, minor, micro + 1]);
}

/**
 * The places, ascending, where a comparison of releases with `version` can change its result, whatever the operator: at the
 * numbers it names and one above each. None for a text that is no version. With 2 parts only X.Y is compared.
 */
export function cutsAround(version: string, parts: 2 | 3): number[] {
  const release = tryParseVersion(version.replace(/\.\*\s*$/, ''))?.release.map(smallNumber);
  if (release === undefined) return [];
  const [major = 0, minor = 0, micro = 0] = release;
  const places: (readonly [number, number, number])[] = [
    [major, 0, 0],
    [major + 1, 0, 0],
    [major, minor, 0],
    [major, minor + 1, 0],
  ];
  if (parts === 3) places.push([major, minor, micro], [major, minor, micro + 1]);
  const codes = new Set(places.map(encodeRelease).filter((code) => code !== undefined && code > 0));
  return [...codes].filter((code) => code !== undefined).toSorted((a, b) => a - b);
}

/** The releases whose text X.Y or X.Y.Z occurs anywhere in `text`, ascending and each once: `"3.10"` holds 3.1, too. */
export function releasesNamedIn(text: string, parts: 2 | 3): number[] {
  const found = new Set<number>();
  const length = parts === 2 ? /(?=(\d+)\.(\d+))/g : /(?=(\d+)\.(\d+)\.(\d+))/g;
  for (const [, major = '', minor = '', micro] of text.matchAll(length)) {
    const lasts = beginningsOf(micro ?? minor);
    for (const last of lasts) {
      const numbers = micro === undefined ? [major, last] : [major, minor, last];
      if (!numbers.every(isPlainNumber)) continue;
      const [x = 0, y = 0, z = 0] = numbers.map(Number);
      const code = encodeRelease([x, y, z]);
      if (code !== undefined) found.add(code);
    }
  }
  return [...found].toSorted((a, b) => a - b);
}

function beginningsOf(digits: string): string[] {
  // Longer ones are beyond any release.
  return Array.from({ length: Math.min(digits.length, 5) }, (_, i) => digits.slice(0, i + 1));
}

function isPlainNumber(digits: string): boolean {
  return digits.length <= 5 && (digits === '0' || !digits.startsWith('0'));
}

function smallNumber(number: VersionNumber): number {
  return number <= LARGEST ? Number(number) : PART;
}
