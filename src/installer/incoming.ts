import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';

import type { OutlinedFolder } from '../archive/wheel-outline.ts';
import type { WheelManifest } from '../archive/wheel-manifest.ts';
import type { OutlinedEntry, StoreEntry } from '../cache/store.ts';
import { TspmError } from '../errors.ts';
import { parseEntryPoints, type EntryPoint } from '../packaging/entry-points.ts';
import { normalizeName } from '../packaging/name.ts';
import { tryParseVersion, versionsEqual, withoutLocal } from '../packaging/version.ts';
import { BIN_NAME } from './environment.ts';
import { guardIo, readTextIfAny } from './files.ts';
import { formatLauncher } from './launcher.ts';
import { LARGE } from './link.ts';
import type { IncomingWheel } from './layout.ts';
import { liesOnPath, topNames } from './on-path.ts';
import { placeWheel, type PlacedWheel } from './scheme.ts';
import type { LinkMethod } from './state.ts';
import type { WantedDistribution, WheelSource } from './wanted.ts';
import { makeFolders } from '../util/file-system.ts';
import { withNeed } from '../util/need.ts';

/** A wheel unpacked somewhere. */
export interface UnpackedWheel {
  readonly wanted: WantedDistribution;
  /** All files but those in `folders`. */
  readonly manifest: WheelManifest;
  /** Plain folders in lib that come as a whole: linked, or file by file. */
  readonly folders: readonly OutlinedFolder[];
  /** The unpacked wheel with all files in its manifest. Throws TSPM_STORE. */
  readonly whole: () => UnpackedWheel;
  /** The unpacked tree, as it was in the wheel. */
  readonly directory: string;
  /** `store`: shared and read-only. `staging`: this run's own, to be used up. */
  readonly origin: 'store' | 'staging';
  /** Whether Python can write byte code beside the modules of `directory`. */
  readonly keepsByteCode: boolean;
}

/** A generated command. */
export interface Launcher {
  /** Relative to `base`. */
  readonly path: string;
  readonly text: string;
  readonly digest: string;
}

/** An unpacked wheel with everything known that decides where its files go. */
export interface PreparedWheel extends IncomingWheel, UnpackedWheel {
  readonly launchers: readonly Launcher[];
  /** Names that the wheel has in lib. */
  readonly tops: ReadonlySet<string>;
  /** The same wheel with no folder told as a whole. Throws TSPM_STORE. */
  readonly spread: () => PreparedWheel;
}

/** Makes a source's files available: a store entry as it is, an archive unpacked into `folder` (and closed). */
export async function unpackSource(
  wanted: WantedDistribution,
  source: WheelSource,
  {
    folder,
    method,
    signal,
  }: { readonly folder: string; readonly method: LinkMethod; readonly signal: AbortSignal | undefined },
): Promise<UnpackedWheel> {
  if (source.kind === 'entry') return unpackedEntry(wanted, source.entry, method);
  try {
    guardIo('cannot create', folder, () => makeFolders(folder));
    const manifest = await source.wheel.extract(folder, { signal });
    return unpackedWheel({ wanted, manifest, directory: folder, origin: 'staging', keepsByteCode: true });
  } catch (error) {
    throw withNeed(error, source.wheel.need);
  } finally {
    source.wheel.close();
  }
}

function unpackedEntry(
  wanted: WantedDistribution,
  entry: StoreEntry | OutlinedEntry,
  method: LinkMethod,
): UnpackedWheel {
  const facts = { wanted, directory: resolve(entry.directory), origin: 'store' } as const;
  if (!('outline' in entry)) {
    const { manifest, keepsByteCode } = entry;
    return unpackedWheel({ ...facts, manifest, keepsByteCode });
  }
  const whole = (): UnpackedWheel => unpackedEntry(wanted, entry.whole(), method);
  if (!comesAsAWhole(entry, method)) return whole();
  const { manifest, folders } = entry.outline;
  return { ...facts, manifest, folders, keepsByteCode: entry.keepsByteCode, whole };
}

/** Where Python cannot write byte code links lead to files, and large files are copied so that a signal can come between. */
function comesAsAWhole({ outline, keepsByteCode }: OutlinedEntry, method: LinkMethod): boolean {
  if (method === 'symlink') return keepsByteCode;
  return method !== 'pth' && outline.folders.every(({ largest }) => largest < LARGE);
}

function unpackedWheel(facts: Omit<UnpackedWheel, 'folders' | 'whole'>): UnpackedWheel {
  const wheel: UnpackedWheel = { ...facts, folders: [], whole: () => wheel };
  return wheel;
}

/** Places the files of a wheel and generates its commands. Throws TSPM_WHEEL_METADATA, TSPM_ARCHIVE_PATH. */
export function prepareWheel(unpacked: UnpackedWheel, method: LinkMethod, interpreter: string): PreparedWheel {
  const { wanted, manifest, origin } = unpacked;
  checkIdentity(wanted, manifest);
  const launchers = generateLaunchers(unpacked, interpreter);
  const commands = launchers.map((launcher) => launcher.path.slice(BIN_NAME.length + 1));
  const placed = placeWheel(manifest, commands);
  const files = [...placed.files.map(({ target, digest }) => ({ path: target, digest })), ...launchers];
  const places = [...unpacked.folders.map(({ name }) => `lib/${name}`), ...files.map(({ path }) => path)];
  return {
    ...unpacked,
    key: wanted.key,
    label: `${wanted.name} ${wanted.version}`,
    incoming: true,
    files,
    placed,
    launchers,
    tops: topNames(places),
    spread: () => prepareWheel(unpacked.whole(), method, interpreter),
    linksFolders: (method === 'symlink' || method === 'pth') && origin === 'store',
    onPath: method === 'pth' && origin === 'store' && unpacked.keepsByteCode && mayLieOnPath(placed),
  };
}

/** Names of the wheel's top-level .pth files with code in them. */
export function startUpFiles({ directory, placed }: PreparedWheel): string[] {
  return placed.files.flatMap(({ treatment, source, target }) => {
    const isCode = treatment === 'own' && /^import[ \t]/mu.test(readTextIfAny(join(directory, source)) ?? '');
    return isCode ? [target.slice('lib/'.length)] : [];
  });
}

/**
 * The tree of the wheel itself can be on the import path: its modules are where lib would have them, need no other wheel's libraries, and have no
 * program, which packages look for in RECORD (`importlib.metadata.files`): that of the project tells only what lies there.
 */
function mayLieOnPath({ files, reaching, programs }: PlacedWheel): boolean {
  const modules = files.filter((file) => liesOnPath(file.target));
  return (
    !reaching && !programs && modules.length > 0 && modules.every(({ source, target }) => target === `lib/${source}`)
  );
}

/** The wheel must be of the project and version that the lock says; what comes from an address says its version itself. */
function checkIdentity(wanted: WantedDistribution, { filename, name, version }: WheelManifest): void {
  const isNamed = normalizeName(name) === wanted.key;
  if (isNamed && (wanted.directUrl !== undefined || isSameRelease(wanted.version, version))) return;
  const found = isNamed ? `${name} ${version}` : name;
  const asked = isNamed ? `${wanted.name} ${wanted.version}` : wanted.name;
  throw new TspmError('TSPM_WHEEL_METADATA', `${filename} is a wheel of ${found}, not of ${asked}`, {
    hint: 'the lock contradicts itself: lock the package again',
    context: { wheel: filename, wanted: wanted.key },
  });
}

/** Locks may leave the local part out, which tells variants of one release apart, or the whole version. */
function isSameRelease(wanted: string, version: string): boolean {
  const [asked, found] = [tryParseVersion(wanted), tryParseVersion(version)];
  if (asked === undefined || found === undefined) return wanted === '' || wanted === version;
  return versionsEqual(withoutLocal(asked), withoutLocal(found));
}

/** Judges where the files of an unpacked wheel would lie. Throws TSPM_WHEEL_METADATA, TSPM_ARCHIVE_PATH. */
export function checkPlaces(manifest: WheelManifest, directory: string): void {
  placeWheel(
    manifest,
    commandsOf(manifest, directory).map(({ name }) => name),
  );
}

function commandsOf(manifest: WheelManifest, directory: string): readonly EntryPoint[] {
  const file = `${manifest.distInfo}/entry_points.txt`;
  if (!manifest.files.some(({ path }) => path === file)) return [];
  const { console: commands, gui } = parseEntryPoints(readTextIfAny(join(directory, file)) ?? '');
  return [...new Map([...gui, ...commands].map((entryPoint) => [entryPoint.name, entryPoint])).values()];
}

function generateLaunchers({ directory, manifest }: UnpackedWheel, interpreter: string): Launcher[] {
  return commandsOf(manifest, directory).map((entryPoint) => {
    const text = formatLauncher(entryPoint, interpreter);
    const digest = createHash('sha256').update(text).digest('base64url');
    return { path: `${BIN_NAME}/${entryPoint.name}`, text, digest };
  });
}
