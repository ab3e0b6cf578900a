import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { dirname } from 'node:path';

import { codeOf, doing } from '../util/io-fault.ts';
import { type Need, withNeed } from '../util/need.ts';
import { repeatable } from '../util/repeatable.ts';
import { openWheel } from '../archive/wheel-archive.ts';
import { parseManifest, type WheelManifest } from '../archive/wheel-manifest.ts';
import { parseOutline, type WheelOutline } from '../archive/wheel-outline.ts';
import { isTspmError, TspmError } from '../errors.ts';
import { buildEntry, type JudgeEntry } from './build-entry.ts';
import { claim, type Claim, type ClaimWish } from './claims.ts';
import { syncPath } from './durable.ts';
import { checkedDigest, entryPath, manifestPath, outlinePath, treePath, wheelPath } from './layout.ts';
import {
  displace,
  ensureArea,
  ensureDirectory,
  makeStaging,
  removeFileQuietly,
  removeStaging,
  stagingPath,
  sweepStaging,
  unwritable,
} from './staging.ts';

/** An unpacked wheel in the store. */
export interface StoreEntry {
  readonly sha256: string;
  /** The unpacked tree. */
  readonly directory: string;
  readonly manifest: WheelManifest;
  /** Python can write byte code beside the modules: it is this user's entry, on a file system that can be written. */
  readonly keepsByteCode: boolean;
}

/** An unpacked wheel in the store of which only the outline was read. */
export interface OutlinedEntry {
  readonly sha256: string;
  /** The unpacked tree. */
  readonly directory: string;
  readonly outline: WheelOutline;
  /** As for {@link StoreEntry}. */
  readonly keepsByteCode: boolean;
  /** The entry with all its files. Throws TSPM_STORE when it was damaged. */
  readonly whole: () => StoreEntry;
}

/** How an entry is made. */
interface EntryOptions {
  readonly justHashed?: boolean;
  readonly judge?: JudgeEntry;
  readonly signal?: AbortSignal;
}

/**
 * Wheels by the sha256 of the archive, unpacked or as files. Any number of processes on any number of machines may use one cache
 * directory at a time without locks: everything is built aside and appears by one rename. docs/cache-layout.md tells the paths.
 */
export interface PackageStore {
  readonly cacheDir: string;
  /** The unpacked wheel with this digest, if it is complete. Reads only, so that it works on a read-only cache. */
  findEntry(sha256: string): StoreEntry | undefined;
  /** The same without reading about each file, where the entry has an outline. */
  findOutline(sha256: string): OutlinedEntry | undefined;
  /** The kept wheel file with this digest. */
  findWheel(sha256: string): string | undefined;
  /** Moves a downloaded file, whose digest the caller has verified, to its place and gives its path. Throws TSPM_STORE or TSPM_IO; the
   * download is then removed. */
  keepWheel(tempPath: string, sha256: string): string;
  /**
   * Unpacks a wheel into the store, or finds it there; afterwards no wheel file with this digest is kept. The file is hashed first
   * unless `justHashed`; `judge` may refuse it before it is published. Throws TSPM_HASH_MISMATCH, what openWheel and `judge` throw,
   * TSPM_STORE or TSPM_IO; the store is then unchanged, but for a kept wheel that turned out damaged, which is removed.
   */
  addEntry(wheelPath: string, filename: string, sha256: string, options?: EntryOptions): Promise<StoreEntry>;
  /** Removes an entry that was found damaged; nothing happens when it is not there. Throws TSPM_STORE. */
  dropEntry(sha256: string): Promise<void>;
  /** Notes that an entry is taken now, so that pruning leaves it for a while; without the right to do so nothing happens. */
  markTaken(sha256: string): void;
  /** Claims the fetching and unpacking of a wheel, or the building of one from an archive; see {@link claim}. Throws TSPM_INTERRUPTED. */
  claim(sha256: string, wish: ClaimWish): Promise<Claim | undefined>;
  /** A path in the store's file system for a download; nothing is created. Throws TSPM_STORE. */
  temporaryFile(): string;
  /** Removes what runs left in progress that died more than a day ago, once a run; `fresh` is a path in staging that was just written. */
  sweep(fresh: string): Promise<void>;
}

/** The store below a cache directory. Nothing is created before the first write. */
export function openStore(cacheDir: string): PackageStore {
  const running = new Map<string, Promise<StoreEntry>>();
  let swept = false;
  const sweep = async (fresh: string): Promise<void> => {
    if (!swept) await sweepStaging(cacheDir, fresh);
    swept = true;
  };
  const addEntry: PackageStore['addEntry'] = async (path, filename, sha256, options = {}) => {
    const found = findEntry(cacheDir, checkedDigest(sha256));
    if (found !== undefined) {
      dropWheel(cacheDir, sha256);
      return found;
    }
    try {
      return await makeEntry(path, filename, sha256, options);
    } catch (error) {
      throw withNeed(error, () => needOf(path, filename));
    }
  };
  const makeEntry = async (
    path: string,
    filename: string,
    sha256: string,
    options: EntryOptions,
  ): Promise<StoreEntry> => {
    const staging = makeStaging(cacheDir);
    try {
      await sweep(staging);
      const { justHashed = false, judge = () => undefined, signal } = options;
      const manifest = await buildEntry({ path, filename, sha256, justHashed, judge, signal }, staging);
      const entry = await publish(cacheDir, manifest, staging);
      dropWheel(cacheDir, sha256);
      return entry;
    } catch (error) {
      if (isDamage(error) && path === wheelPath(cacheDir, sha256)) dropWheel(cacheDir, sha256);
      throw error;
    } finally {
      await removeStaging(staging, options.signal);
    }
  };
  return {
    cacheDir,
    findEntry: (sha256) => findEntry(cacheDir, checkedDigest(sha256)),
    findOutline: (sha256) => findOutline(cacheDir, checkedDigest(sha256)),
    findWheel: (sha256) => findWheel(cacheDir, checkedDigest(sha256)),
    keepWheel: (tempPath, sha256) => keepWheel(cacheDir, tempPath, checkedDigest(sha256)),
    addEntry: (path, filename, sha256, options) => {
      const task =
        running.get(sha256) ?? addEntry(path, filename, sha256, options).finally(() => running.delete(sha256));
      running.set(sha256, task);
      return task;
    },
    dropEntry: (sha256) => displace(entryPath(cacheDir, checkedDigest(sha256)), cacheDir),
    markTaken: (sha256) => markTaken(entryPath(cacheDir, checkedDigest(sha256))),
    claim: (sha256, wish) => claim(cacheDir, sha256, wish),
    temporaryFile: () => temporaryFile(cacheDir),
    sweep,
  };
}

const TRIES = 5;

/** What it takes to unpack a wheel. */
function needOf(path: string, filename: string): Need {
  const archive = openWheel(path, filename);
  archive.close();
  return archive.need();
}

/** Whoever writes there has another error to tell than that the cache is not for writing. */
function temporaryFile(cacheDir: string): string {
  const path = stagingPath(cacheDir, '.tmp');
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw unwritable(cacheDir, error);
  }
  return path;
}

function findEntry(cacheDir: string, sha256: string): StoreEntry | undefined {
  const entry = entryPath(cacheDir, sha256);
  const directory = treePath(entry);
  try {
    const manifest = parseManifest(readFileSync(manifestPath(entry), 'utf8'));
    const access = manifest?.sha256 === sha256 ? accessTo(directory) : undefined;
    if (manifest === undefined || access === undefined) return undefined;
    return { sha256, directory, manifest, keepsByteCode: access === 'write' };
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}

function findOutline(cacheDir: string, sha256: string): OutlinedEntry | undefined {
  const entry = entryPath(cacheDir, sha256);
  const directory = treePath(entry);
  try {
    const outline = parseOutline(readFileSync(outlinePath(entry), 'utf8'));
    const fits = outline?.manifest.sha256 === sha256 && statSync(manifestPath(entry)).size === outline.manifestSize;
    const access = fits ? accessTo(directory) : undefined;
    if (outline === undefined || access === undefined) return undefined;
    return {
      sha256,
      directory,
      outline,
      keepsByteCode: access === 'write',
      whole: () => wholeEntry(cacheDir, outline.manifest),
    };
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}

function wholeEntry(cacheDir: string, { sha256, filename }: WheelManifest): StoreEntry {
  const entry = findEntry(cacheDir, sha256);
  if (entry !== undefined) return entry;
  // Somebody may have cleared the cache: that is no damage.
  const path = manifestPath(entryPath(cacheDir, sha256));
  doing('cannot read', path, () => statSync(path));
  throw new TspmError('TSPM_STORE', `the cache's copy of ${filename} is damaged: its manifest cannot be read`, {
    hint: 'make it again: `tspm cache verify --repair`',
    context: { filename, path: entryPath(cacheDir, sha256) },
  });
}

/** What this user may do in a folder; undefined when it is not there. */
function accessTo(folder: string): 'read' | 'write' | undefined {
  try {
    accessSync(folder, constants.W_OK);
    return 'write';
  } catch (error) {
    return codeOf(error) === 'EACCES' || codeOf(error) === 'EROFS' ? 'read' : undefined;
  }
}

function markTaken(entry: string): void {
  try {
    const now = new Date();
    utimesSync(entry, now, now);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
}

function findWheel(cacheDir: string, sha256: string): string | undefined {
  const path = wheelPath(cacheDir, sha256);
  return (lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false) ? path : undefined;
}

/** Puts a finished entry in its place. Where another process was first its entry stays; a damaged one is replaced. */
async function publish(cacheDir: string, manifest: WheelManifest, staging: string): Promise<StoreEntry> {
  const place = entryPath(cacheDir, manifest.sha256);
  ensureShard(cacheDir, 'entries', place);
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      repeatable(() => renameSync(staging, place));
      repeatable(() => syncPath(dirname(place)));
      return { sha256: manifest.sha256, directory: treePath(place), manifest, keepsByteCode: true };
    } catch (error) {
      if (!OCCUPIED.has(codeOf(error) ?? '')) throw unwritable(cacheDir, error);
    }
    const found = findEntry(cacheDir, manifest.sha256);
    if (found !== undefined) return found;
    // Network file systems may show another machine's entry one look late, so the first look does not condemn it.
    if (tries > 0) await displace(place, cacheDir);
  }
  throw new TspmError('TSPM_STORE', `cannot publish an entry at ${place}: something else is put there again and again`);
}

const OCCUPIED = new Set(['EEXIST', 'ENOTEMPTY', 'ENOTDIR']);

function keepWheel(cacheDir: string, tempPath: string, sha256: string): string {
  const place = wheelPath(cacheDir, sha256);
  try {
    ensureShard(cacheDir, 'wheels', place);
    chmodSync(tempPath, 0o444);
    syncPath(tempPath);
    moveIn(cacheDir, tempPath, place);
  } catch (error) {
    removeFileQuietly(tempPath);
    throw unwritable(cacheDir, error);
  }
  syncPath(dirname(place));
  return place;
}

function moveIn(cacheDir: string, from: string, place: string): void {
  try {
    repeatable(() => renameSync(from, place));
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    moveAcross(from, place, stagingPath(cacheDir, '.tmp'));
  }
}

/** Moves a file from another file system: the copy is complete and durable before it gets its name. */
function moveAcross(from: string, to: string, between: string): void {
  try {
    copyFileSync(from, between);
    chmodSync(between, 0o444);
    syncPath(between);
    renameSync(between, to);
  } finally {
    removeFileQuietly(from);
    removeFileQuietly(between);
  }
}

/** Creates the directory that holds `place`, durably. */
function ensureShard(cacheDir: string, kind: 'entries' | 'wheels', place: string): void {
  const area = ensureArea(cacheDir, kind);
  if (ensureDirectory(dirname(place), cacheDir)) syncPath(area);
}

/** The bytes are unpacked, so the file goes; on a read-only cache it stays. */
function dropWheel(cacheDir: string, sha256: string): void {
  const path = wheelPath(cacheDir, sha256);
  if (existsSync(path)) removeFileQuietly(path);
}

/** Errors that the bytes of the wheel caused. */
function isDamage(error: unknown): boolean {
  return isTspmError(error) && (error.code === 'TSPM_HASH_MISMATCH' || error.code === 'TSPM_ARCHIVE');
}
