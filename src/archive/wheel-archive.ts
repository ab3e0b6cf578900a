import { isTspmError, TspmError } from '../errors.ts';
import { parseEntryPoints } from '../packaging/entry-points.ts';
import { parseWheelFilename } from '../packaging/filename.ts';
import { decodeMetadata, parseMetadata, parseWheelInfo, type CoreMetadata } from '../packaging/metadata.ts';
import { normalizeName } from '../packaging/name.ts';
import { tryParseTagSet, type Tag } from '../packaging/tags.ts';
import { countNodes, type Need } from '../util/need.ts';
import { archiveFault } from './fault.ts';
import { hashFile, openFile } from './file-access.ts';
import { decodeUtf8 } from './member-name.ts';
import { show } from './show.ts';
import { extractEntries, type ExtractOptions } from './wheel-extract.ts';
import { checkLayout, isSameVersion, type ExpectedWheel } from './wheel-layout.ts';
import type { WheelManifest } from './wheel-manifest.ts';
import { matchRecord, type ListedEntry } from './wheel-record.ts';
import { readDirectory, readEntry, type Zip } from './zip-reader.ts';

/** A wheel whose container, names and metadata have been judged. Must be closed. */
export interface WheelArchive {
  readonly filename: string;
  /** Normalised. */
  readonly name: string;
  /** As the file name states it, normalised. */
  readonly version: string;
  readonly distInfo: string;
  readonly purelib: boolean;
  readonly metadata: CoreMetadata;
  /** METADATA as it stands in the wheel. */
  readonly metadataText: string;
  /** What a careful reader should know about the wheel, one clause each, safe to print. */
  readonly warnings: readonly string[];
  /** What it takes to unpack it. */
  readonly need: () => Need;
  /**
   * Unpacks the wheel's own layout (root files, `.dist-info`, `.data`) below `directory`, which must be private and empty, and
   * verifies every file against RECORD. Throws TSPM_ARCHIVE, TSPM_HASH_MISMATCH or TSPM_IO, leaving a part to be removed.
   */
  extract(directory: string, options?: ExtractOptions): Promise<WheelManifest>;
  close(): void;
}

/**
 * Opens and judges a wheel (binary distribution format); nothing is unpacked yet. `filename` is the name it was published under.
 * `sha256` (hex) is the digest the caller knows the file to have; without it the file is hashed when it is unpacked. Throws
 * TSPM_INVALID_FILENAME, TSPM_ARCHIVE, TSPM_ARCHIVE_PATH, TSPM_ARCHIVE_LIMIT, TSPM_WHEEL_METADATA or TSPM_IO.
 */
export function openWheel(path: string, filename: string, sha256?: string): WheelArchive {
  const { name, version } = parseWheelFilename(filename);
  const file = openFile(path);
  try {
    const zip = readDirectory(file, filename);
    const facts = readFacts(zip, { filename, name, version });
    const { listed, ...known } = facts;
    const about = { filename, name, version: version.text, distInfo: known.distInfo, purelib: known.purelib };
    const extract = async (directory: string, options: ExtractOptions = {}): Promise<WheelManifest> => {
      const digest = sha256 ?? (await hashFile(path));
      const files = await extractEntries(zip, listed, { directory, options });
      return { format: 1, sha256: digest, ...about, files };
    };
    return {
      ...about,
      metadata: known.metadata,
      metadataText: known.metadataText,
      warnings: known.warnings,
      need: () => needOf(filename, listed),
      extract,
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

function needOf(filename: string, listed: readonly ListedEntry[]): Need {
  const paths = listed.map(({ entry }) => entry.name);
  const bytes = listed.reduce((sum, { entry }) => sum + entry.size, 0);
  return { work: `unpacking ${show(filename)}`, bytes, inodes: countNodes(paths) };
}

interface Facts {
  readonly distInfo: string;
  readonly purelib: boolean;
  readonly metadata: CoreMetadata;
  readonly metadataText: string;
  readonly warnings: readonly string[];
  readonly listed: readonly ListedEntry[];
}

const MIB = 1024 * 1024;
const LIMITS = { METADATA: 4 * MIB, WHEEL: 64 * 1024, RECORD: 32 * MIB, 'entry_points.txt': MIB } as const;

function readFacts(zip: Zip, wheel: ExpectedWheel): Facts {
  const distInfo = checkLayout(filePaths(zip.entries), wheel);
  const member = (name: keyof typeof LIMITS): string => readText(zip, `${distInfo}/${name}`, LIMITS[name]);
  const listed = matchRecord(zip.entries, member('RECORD'), { archive: zip.archive, distInfo });
  const entries = listed.map(({ entry }) => entry);
  // RECORD may have told another reading of some names.
  if (entries.some((entry) => entry.utf8Name !== undefined)) checkLayout(filePaths(entries), wheel);
  const info = readPart(zip, `${distInfo}/WHEEL`, () => readWheelInfo(member('WHEEL')));
  const metadataText = decodeMetadata(readMember(zip, `${distInfo}/METADATA`, LIMITS.METADATA));
  const metadata = readPart(zip, `${distInfo}/METADATA`, () => parseMetadata(metadataText));
  checkMetadata(metadata, wheel, `${distInfo}/METADATA`);
  const entryPoints = `${distInfo}/entry_points.txt`;
  if (entries.some((entry) => entry.name === entryPoints)) {
    readPart(zip, entryPoints, () => parseEntryPoints(member('entry_points.txt')));
  }
  const found = [...info.warnings, ...metadata.warnings, ...tagWarnings(info.tags, wheel.filename)];
  const warnings = found.map((warning) => show(`${wheel.filename}: ${warning}`));
  return { distInfo, purelib: info.rootIsPurelib, metadata, metadataText, warnings, listed };
}

/** The file name counts; builders and those who rename wheels get this wrong now and then. */
function tagWarnings(texts: readonly string[], filename: string): string[] {
  const named = new Set(parseWheelFilename(filename).tags.map(tagText));
  const stated = texts.flatMap((text) => tryParseTagSet(text) ?? []).map(tagText);
  if (stated.length === 0 || stated.some((tag) => named.has(tag))) return [];
  return [`its WHEEL file is about ${texts.join(', ')}, which the file name does not say`];
}

function tagText({ python, abi, platform }: Tag): string {
  return `${python}-${abi}-${platform}`;
}

function filePaths(entries: Zip['entries']): string[] {
  return entries.filter((entry) => !entry.directory).map((entry) => entry.name);
}

function readText(zip: Zip, path: string, limit: number): string {
  const text = decodeUtf8(readMember(zip, path, limit));
  if (text !== undefined) return text;
  throw archiveFault('TSPM_WHEEL_METADATA', { archive: zip.archive, member: path }, 'the file is not UTF-8');
}

function readMember(zip: Zip, path: string, limit: number): Uint8Array {
  const entry = zip.entries.find((candidate) => candidate.name === path && !candidate.directory);
  if (entry !== undefined) return readEntry(zip, entry, limit);
  throw archiveFault('TSPM_WHEEL_METADATA', { archive: zip.archive, member: path }, 'the file is missing');
}

/** Runs a reader of one metadata file; what it refuses becomes TSPM_WHEEL_METADATA naming wheel and member. */
function readPart<T>(zip: Zip, member: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const own = isTspmError(error) && 'archive' in error.context;
    if (own || !isTspmError(error)) throw error;
    throw archiveFault('TSPM_WHEEL_METADATA', { archive: zip.archive, member }, show(error.message), error);
  }
}

function readWheelInfo(text: string): ReturnType<typeof parseWheelInfo> {
  const purelib = /^Root-Is-Purelib[ \t]*:[ \t]*(.*?)[ \t\r]*$/imu.exec(text)?.[1];
  if (purelib !== undefined && !/^(?:true|false)$/iu.test(purelib)) {
    throw new TspmError('TSPM_WHEEL_METADATA', `Root-Is-Purelib must be true or false, not "${purelib}"`);
  }
  return parseWheelInfo(text);
}

function checkMetadata(metadata: CoreMetadata, wheel: ExpectedWheel, member: string): void {
  if (normalizeName(metadata.name) !== wheel.name) {
    const problem = `Name is "${show(metadata.name)}", not that of the file name`;
    throw archiveFault('TSPM_WHEEL_METADATA', { archive: wheel.filename, member }, problem);
  }
  if (!isSameVersion(metadata.version, wheel)) {
    const problem = `Version is "${show(metadata.version)}", not that of the file name`;
    throw archiveFault('TSPM_WHEEL_METADATA', { archive: wheel.filename, member }, problem);
  }
}
