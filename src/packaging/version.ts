import { TspmError } from '../errors.ts';
import { requireObject, requireText } from './input.ts';
import { formatParts, readVersion } from './version-reader.ts';

/** A number of a version: exact at any size, a bigint only from 2^53 on, so that equal numbers are `===`. */
export type VersionNumber = number | bigint;

/** A version of PEP 440. `text` is its normalised spelling, which keeps trailing zeros of the release. */
export interface Version {
  readonly epoch: VersionNumber;
  readonly release: readonly VersionNumber[];
  readonly pre: readonly ['a' | 'b' | 'rc', VersionNumber] | undefined;
  readonly post: VersionNumber | undefined;
  readonly dev: VersionNumber | undefined;
  /** The parts of the local label; a part of digits alone is a number. */
  readonly local: readonly (string | VersionNumber)[] | undefined;
  readonly text: string;
}

const INTERNED_LIMIT = 100_000;
const interned = new Map<string, Version | null>();

/** Reads a version (PEP 440, with every spelling that normalises); throws TSPM_INVALID_VERSION. */
export function parseVersion(text: string): Version {
  requireText(text, 'TSPM_INVALID_VERSION', 'version');
  const version = tryParseVersion(text);
  if (version !== undefined) return version;
  throw new TspmError(
    'TSPM_INVALID_VERSION',
    `version ${JSON.stringify(text)} must be written as in PEP 440, for example 1.2.3 or 2.0rc1`,
  );
}

/** As {@link parseVersion}, but undefined for a text that is no version. Equal texts give the same object. */
export function tryParseVersion(text: string): Version | undefined {
  const known = interned.get(text);
  if (known !== undefined) return known ?? undefined;
  const version = readVersion(text);
  // Emptied as a whole: an index listing refills what it needs, and there is no order of use to keep.
  if (interned.size >= INTERNED_LIMIT) interned.clear();
  interned.set(text, version ?? null);
  return version;
}

/** The value, which must have the shape of a version; throws TSPM_INVALID_VERSION. */
export function requireVersion(value: Version): Version {
  requireObject(value, 'TSPM_INVALID_VERSION', 'version');
  if (Array.isArray(value.release) && typeof value.text === 'string') return value;
  throw new TspmError('TSPM_INVALID_VERSION', 'version must be a text, or what parseVersion gives');
}

/** The total order of PEP 440: negative, zero or positive; `1.0` and `1.0.0` are equal. */
export function compareVersions(a: Version, b: Version): number {
  if (a === b) return 0;
  return comparePublic(a, b) || compareLocals(a.local, b.local);
}

/** The order of PEP 440 with the local labels of both sides left out. */
export function comparePublic(a: Version, b: Version): number {
  return compareEpochAndRelease(a, b) || compareSuffixes(a, b);
}

/** Whether two versions are the same but for spelling. */
export function versionsEqual(a: Version, b: Version): boolean {
  return compareVersions(a, b) === 0;
}

/** Order by epoch and release alone, missing numbers counting as zero. */
export function compareEpochAndRelease(a: Version, b: Version): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  const length = Math.max(a.release.length, b.release.length);
  for (let i = 0; i < length; i++) {
    const x = a.release[i] ?? 0;
    const y = b.release[i] ?? 0;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

/** Whether the version is a pre-release or a development release. */
export function isPrerelease(version: Version): boolean {
  return version.pre !== undefined || version.dev !== undefined;
}

/** Whether the version is a post-release. */
export function isPostrelease(version: Version): boolean {
  return version.post !== undefined;
}

/** The normalised spelling without the local label. */
export function publicVersion(version: Version): string {
  if (version.local === undefined) return version.text;
  return version.text.slice(0, version.text.indexOf('+'));
}

/** Epoch and release alone, as text. */
export function baseVersion(version: Version): string {
  const release = version.release.join('.');
  return version.epoch === 0 ? release : `${version.epoch}!${release}`;
}

/** The same version without its local label. */
export function withoutLocal(version: Version): Version {
  return version.local === undefined ? version : parseVersion(publicVersion(version));
}

/** The one spelling of all equal versions (trailing zeros of the release dropped, unless told); no version: the text as it is. */
export function canonicalizeVersion(text: string, options: { stripTrailingZeros?: boolean } = {}): string {
  const version = tryParseVersion(text);
  if (version === undefined) return text;
  if (options.stripTrailingZeros === false) return version.text;
  let length = version.release.length;
  while (length > 1 && version.release[length - 1] === 0) length--;
  return formatParts({ ...version, release: version.release.slice(0, length) });
}

function compareSuffixes(a: Version, b: Version): number {
  const phase = preRank(a) - preRank(b);
  if (phase !== 0) return phase;
  if (a.pre !== undefined && b.pre !== undefined && a.pre[1] !== b.pre[1]) return a.pre[1] < b.pre[1] ? -1 : 1;
  if (a.post !== b.post) return compareOptional(a.post, b.post, -1);
  if (a.dev !== b.dev) return compareOptional(a.dev, b.dev, 1);
  return 0;
}

function preRank(version: Version): number {
  switch (version.pre?.[0]) {
    case 'a':
      return 1;
    case 'b':
      return 2;
    case 'rc':
      return 3;
    case undefined:
      return version.post === undefined && version.dev !== undefined ? 0 : 4;
  }
}

function compareOptional(a: VersionNumber | undefined, b: VersionNumber | undefined, ofMissing: number): number {
  if (a === undefined) return b === undefined ? 0 : ofMissing;
  if (b === undefined) return -ofMissing;
  return a < b ? -1 : Number(a > b);
}

function compareLocals(a: Version['local'], b: Version['local']): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compareLocalParts(a[i] ?? '', b[i] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareLocalParts(a: string | VersionNumber, b: string | VersionNumber): number {
  if (a === b) return 0;
  const ofKind = Number(typeof a !== 'string') - Number(typeof b !== 'string');
  if (ofKind !== 0) return ofKind;
  return a < b ? -1 : 1;
}
