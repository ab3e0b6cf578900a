import { TspmError } from '../errors.ts';
import { trimBlanks } from './blank.ts';
import { requireText } from './input.ts';
import { isValidName, normalizeName } from './name.ts';
import { tryParseTagSet, type Tag } from './tags.ts';
import { tryParseVersion, type Version, type VersionNumber } from './version.ts';
import { wholeNumber } from './version-reader.ts';

/** What the file name of a wheel says; `build` is the leading number and the rest, for comparing builds of one version. */
export interface WheelFilename {
  readonly name: string;
  readonly version: Version;
  readonly build: readonly [VersionNumber, string] | undefined;
  readonly tags: readonly Tag[];
}

/** What the file name of a source distribution says. */
export interface SdistFilename {
  readonly name: string;
  readonly version: Version;
  /** Place in the order of preference among sdists of one version, 0 best. */
  readonly rank: number;
}

const CURRENT_EXTENSIONS: ReadonlySet<string> = new Set(['.tar.gz', '.zip']);
// By preference. The standard names .tar.gz alone; indexes hold the others.
const SDIST_EXTENSIONS = [
  '.tar.gz',
  '.zip',
  '.tgz',
  '.tar.bz2',
  '.tbz',
  '.tar.xz',
  '.txz',
  '.tar.lz',
  '.tar.lzma',
  '.tlz',
  '.tar',
] as const;

/** Reads `name-version[-build]-python-abi-platform.whl` (binary distribution format); throws TSPM_INVALID_FILENAME. */
export function parseWheelFilename(text: string): WheelFilename {
  requireText(text, 'TSPM_INVALID_FILENAME', 'wheel file name');
  const wheel = tryParseWheelFilename(text);
  if (wheel !== undefined) return wheel;
  throw new TspmError(
    'TSPM_INVALID_FILENAME',
    `wheel file name ${JSON.stringify(text)} must be written name-version[-build]-python-abi-platform.whl`,
  );
}

/** As {@link parseWheelFilename}, but undefined for any other file name, also that of a wheel variant. */
export function tryParseWheelFilename(text: string): WheelFilename | undefined {
  if (!text.endsWith('.whl')) return undefined;
  const parts = text.slice(0, -'.whl'.length).split('-');
  if (parts.length !== 5 && parts.length !== 6) return undefined;
  const [name = '', versionText = ''] = parts;
  const version = readVersion(versionText);
  const build = parts.length === 6 ? readBuild(parts[2] ?? '') : undefined;
  const tags = tryParseTagSet(parts.slice(-3).join('-'));
  if (!isWheelName(name) || version === undefined || tags === undefined) return undefined;
  if (parts.length === 6 && build === undefined) return undefined;
  return { name: normalizeName(name), version, build, tags };
}

/**
 * Reads `name-version` and an archive extension; throws TSPM_INVALID_FILENAME. `knownName` settles where the version starts in
 * names such as `foo-1.0-1.tar.gz`, and a file of another project is invalid then; old kinds of archive are read too. Without it
 * the last dash counts, and only `.tar.gz` and `.zip` are source distributions.
 */
export function parseSdistFilename(text: string, knownName?: string): SdistFilename {
  requireText(text, 'TSPM_INVALID_FILENAME', 'source distribution file name');
  if (knownName !== undefined) requireText(knownName, 'TSPM_INVALID_FILENAME', 'project name');
  const sdist = tryParseSdistFilename(text, knownName);
  if (sdist !== undefined) return sdist;
  const wanted = knownName === undefined ? 'name' : normalizeName(knownName);
  throw new TspmError(
    'TSPM_INVALID_FILENAME',
    `source distribution file name ${JSON.stringify(text)} must be written ${wanted}-version.tar.gz`,
  );
}

/** As {@link parseSdistFilename}, but undefined for any other file name. */
export function tryParseSdistFilename(text: string, knownName?: string): SdistFilename | undefined {
  const rank = SDIST_EXTENSIONS.findIndex((extension) => text.endsWith(extension));
  const extension = SDIST_EXTENSIONS[rank];
  if (extension === undefined || (knownName === undefined && !CURRENT_EXTENSIONS.has(extension))) return undefined;
  const stem = text.slice(0, -extension.length);
  const split = knownName === undefined ? splitAtLastDash(stem) : splitAfterName(stem, normalizeName(knownName));
  return split === undefined ? undefined : { ...split, rank };
}

function splitAtLastDash(stem: string): { name: string; version: Version } | undefined {
  const dash = stem.lastIndexOf('-');
  if (dash < 0) return undefined;
  const name = stem.slice(0, dash);
  const version = readVersion(stem.slice(dash + 1));
  return isValidName(name) && version !== undefined ? { name: normalizeName(name), version } : undefined;
}

function splitAfterName(stem: string, name: string): { name: string; version: Version } | undefined {
  for (let dash = stem.indexOf('-'); dash >= 0; dash = stem.indexOf('-', dash + 1)) {
    if (normalizeName(stem.slice(0, dash)) !== name) continue;
    const version = readVersion(stem.slice(dash + 1));
    if (version !== undefined) return { name, version };
  }
  return undefined;
}

// White space around a version is legal elsewhere, in a file name it is not.
function readVersion(text: string): Version | undefined {
  return trimBlanks(text) === text ? tryParseVersion(text) : undefined;
}

function readBuild(text: string): readonly [VersionNumber, string] | undefined {
  const [, number, rest] = /^(\d+)(.*)$/.exec(text) ?? [];
  return number === undefined || rest === undefined ? undefined : [wholeNumber(number), rest];
}

function isWheelName(name: string): boolean {
  return /^[\p{L}\p{N}._]+$/u.test(name) && !name.includes('__');
}
