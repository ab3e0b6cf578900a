import { isBlankCode } from './blank.ts';
import type { Version, VersionNumber } from './version.ts';

interface Cursor {
  readonly text: string;
  readonly end: number;
  at: number;
}

// The longest spelling first where one starts with another.
const PRE_SPELLINGS = [
  ['alpha', 'a'],
  ['a', 'a'],
  ['beta', 'b'],
  ['b', 'b'],
  ['preview', 'rc'],
  ['pre', 'rc'],
  ['rc', 'rc'],
  ['c', 'rc'],
] as const;
const POST_SPELLINGS = ['post', 'rev', 'r'] as const;
/** Decimal numbers of this many digits are exact as doubles. */
const SAFE_DIGITS = 15;

/**
 * Reads a version by character codes; undefined for a text that is none (PEP 440, appendix B). Greedy reading without
 * going back is enough: no spelling of a part can start the next part but `-N`, which is looked for after `preN`.
 */
export function readVersion(text: string): Version | undefined {
  const cursor = trimmed(text);
  if (lowerAt(cursor) === 0x76 /* v */) cursor.at++;
  const first = readNumber(cursor);
  if (first === undefined) return undefined;
  let epoch: VersionNumber = 0;
  let major = first;
  if (lowerAt(cursor) === 0x21 /* ! */) {
    cursor.at++;
    const next = readNumber(cursor);
    if (next === undefined) return undefined;
    epoch = first;
    major = next;
  }
  const release = readRelease(cursor, major);
  if (cursor.at === cursor.end) return plainVersion(epoch, release);
  const pre = readPre(cursor);
  const post = readPost(cursor);
  const dev = readDev(cursor);
  const local = readLocal(cursor);
  if (cursor.at !== cursor.end) return undefined;
  return { epoch, release, pre, post, dev, local, text: formatParts({ epoch, release, pre, post, dev, local }) };
}

/** Prints parts of a version in the normalised form (PEP 440). */
export function formatParts(parts: Omit<Version, 'text'>): string {
  let text = parts.epoch === 0 ? '' : `${parts.epoch}!`;
  text += parts.release.join('.');
  if (parts.pre !== undefined) text += `${parts.pre[0]}${parts.pre[1]}`;
  if (parts.post !== undefined) text += `.post${parts.post}`;
  if (parts.dev !== undefined) text += `.dev${parts.dev}`;
  if (parts.local !== undefined) text += `+${parts.local.join('.')}`;
  return text;
}

function plainVersion(epoch: VersionNumber, release: readonly VersionNumber[]): Version {
  const text = epoch === 0 ? release.join('.') : `${epoch}!${release.join('.')}`;
  return { epoch, release, pre: undefined, post: undefined, dev: undefined, local: undefined, text };
}

function trimmed(text: string): Cursor {
  let at = 0;
  let end = text.length;
  while (at < end && isBlankCode(text.charCodeAt(at))) at++;
  while (end > at && isBlankCode(text.charCodeAt(end - 1))) end--;
  return { text, end, at };
}

function readNumber(cursor: Cursor): VersionNumber | undefined {
  const start = cursor.at;
  let value = 0;
  while (cursor.at < cursor.end) {
    const digit = cursor.text.charCodeAt(cursor.at) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    cursor.at++;
  }
  if (cursor.at === start) return undefined;
  return cursor.at - start <= SAFE_DIGITS ? value : wholeNumber(cursor.text.slice(start, cursor.at));
}

/** The number that decimal digits stand for. */
export function wholeNumber(digits: string): VersionNumber {
  const value = BigInt(digits);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function readRelease(cursor: Cursor, major: VersionNumber): VersionNumber[] {
  const release = [major];
  while (lowerAt(cursor) === 0x2e /* . */ && isDigit(cursor.text.charCodeAt(cursor.at + 1))) {
    cursor.at++;
    release.push(readNumber(cursor) ?? 0);
  }
  return release;
}

function readPre(cursor: Cursor): Version['pre'] {
  const start = cursor.at;
  skipSeparator(cursor);
  for (const [spelling, letter] of PRE_SPELLINGS) {
    if (!skipWord(cursor, spelling)) continue;
    return [letter, readSuffixNumber(cursor)];
  }
  cursor.at = start;
  return undefined;
}

function readPost(cursor: Cursor): VersionNumber | undefined {
  const start = cursor.at;
  if (lowerAt(cursor) === 0x2d /* - */) {
    cursor.at++;
    const implicit = readNumber(cursor);
    if (implicit !== undefined) return implicit;
    cursor.at = start;
  }
  skipSeparator(cursor);
  for (const spelling of POST_SPELLINGS) if (skipWord(cursor, spelling)) return readSuffixNumber(cursor);
  cursor.at = start;
  return undefined;
}

function readDev(cursor: Cursor): VersionNumber | undefined {
  const start = cursor.at;
  skipSeparator(cursor);
  if (skipWord(cursor, 'dev')) return readSuffixNumber(cursor);
  cursor.at = start;
  return undefined;
}

/** The number after a letter part, 0 when there is none; a separator before it may stand alone. */
function readSuffixNumber(cursor: Cursor): VersionNumber {
  skipSeparator(cursor);
  return readNumber(cursor) ?? 0;
}

function readLocal(cursor: Cursor): Version['local'] {
  if (lowerAt(cursor) !== 0x2b /* + */) return undefined;
  const start = cursor.at;
  const parts: (string | VersionNumber)[] = [];
  do {
    cursor.at++;
    const part = readLocalPart(cursor);
    if (part === undefined) {
      cursor.at = start;
      return undefined;
    }
    parts.push(part);
  } while (isSeparator(lowerAt(cursor)));
  return parts;
}

function readLocalPart(cursor: Cursor): string | VersionNumber | undefined {
  const start = cursor.at;
  let digitsOnly = true;
  while (cursor.at < cursor.end) {
    const code = lowerAt(cursor);
    if (!isDigit(code)) {
      if (code < 0x61 || code > 0x7a) break;
      digitsOnly = false;
    }
    cursor.at++;
  }
  if (cursor.at === start) return undefined;
  const part = cursor.text.slice(start, cursor.at);
  return digitsOnly ? wholeNumber(part) : part.toLowerCase();
}

function skipSeparator(cursor: Cursor): void {
  if (isSeparator(lowerAt(cursor))) cursor.at++;
}

function skipWord(cursor: Cursor, word: string): boolean {
  if (cursor.at + word.length > cursor.end) return false;
  for (let i = 0; i < word.length; i++) {
    if (toLower(cursor.text.charCodeAt(cursor.at + i)) !== word.charCodeAt(i)) return false;
  }
  cursor.at += word.length;
  return true;
}

/** The character code under the cursor, ASCII letters in lower case; -1 at the end. */
function lowerAt(cursor: Cursor): number {
  return cursor.at < cursor.end ? toLower(cursor.text.charCodeAt(cursor.at)) : -1;
}

function toLower(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isSeparator(code: number): boolean {
  return code === 0x2e || code === 0x2d || code === 0x5f;
}
