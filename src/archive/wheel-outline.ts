import { posix } from 'node:path';

import { formatRecord, type RecordBlock } from '../packaging/record.ts';
import { sortedBy } from '../util/collections.ts';
import { pathProblem } from './path-policy.ts';
import { isManifest, SHARED_LIBRARY, type WheelFile, type WheelManifest } from './wheel-manifest.ts';

/**
 * A wheel whose plain folders are told as a whole: what a sync needs that links these by their names, at a cost that does not grow with
 * the files in them.
 */
export interface WheelOutline {
  /** The manifest, without the files below `folders`. */
  readonly manifest: WheelManifest;
  /** The highest folders of the tree that are plain, sorted by name. */
  readonly folders: readonly OutlinedFolder[];
  /** Size in bytes of the whole manifest's text. */
  readonly manifestSize: number;
}

/** A folder of modules, data and confined libraries alone, every file of which may be a symbolic link. */
export interface OutlinedFolder {
  /** Path in the wheel. */
  readonly name: string;
  /** The rows of RECORD for all files below it. */
  readonly rows: RecordBlock;
  /** Paths in the wheel of the files with the executable bit. */
  readonly executable: readonly string[];
  /** How many files there are below it. */
  readonly count: number;
  /** Bytes of the largest of them. */
  readonly largest: number;
}

/** The outline of a wheel with this manifest, which is `manifestText` as text; undefined when it has no plain folder. */
export function outlineWheel(manifest: WheelManifest, manifestText: string): WheelOutline | undefined {
  // What lies below .data comes to places among other files.
  if (manifest.files.some(({ path }) => /^[^/]+\.data\/(?!scripts\/)/iu.test(path))) return undefined;
  const mixed = mixedFolders(manifest.files);
  const plain = new Map<string, WheelFile[]>();
  const files: WheelFile[] = [];
  for (const file of manifest.files) {
    const folder = highestPlain(file.path, mixed);
    const group = folder === undefined ? files : (plain.get(folder) ?? []);
    group.push(file);
    if (folder !== undefined) plain.set(folder, group);
  }
  if (plain.size === 0) return undefined;
  const folders = sortedBy(plain, ([name]) => name).map(([name, below]) => outlineFolder(name, below));
  return { manifest: { ...manifest, files }, folders, manifestSize: Buffer.byteLength(manifestText) };
}

/** The outline as text: a line of JSON, then the rows of each folder. */
export function formatOutline({ manifest, folders, manifestSize }: WheelOutline): string {
  const heads = folders.map(({ rows, ...head }) => ({ ...head, length: rows.text.length }));
  const header = JSON.stringify({ manifest, manifestSize, folders: heads });
  return `${header}\n${folders.map(({ rows }) => rows.text).join('')}`;
}

/** Reads {@link formatOutline}'s text; undefined when it is not such an outline, or cut short. */
export function parseOutline(text: string): WheelOutline | undefined {
  let at = text.indexOf('\n') + 1;
  const header = parseHeader(text.slice(0, at));
  if (header === undefined) return undefined;
  const folders = header.folders.map(({ length, ...head }) => {
    const rows = { path: `${head.name}/`, text: text.slice(at, at + length) };
    at += length;
    return { ...head, rows };
  });
  const isWhole = at === text.length && folders.every(({ rows }) => rows.text.endsWith('\n'));
  return isWhole ? { manifest: header.manifest, folders, manifestSize: header.manifestSize } : undefined;
}

/** Folders with files at any depth that are not plain. */
function mixedFolders(files: readonly WheelFile[]): ReadonlySet<string> {
  const mixed = new Set<string>();
  for (const file of files) {
    if (isPlain(file)) continue;
    for (let folder = posix.dirname(file.path); folder !== '.' && !mixed.has(folder); folder = posix.dirname(folder))
      mixed.add(folder);
  }
  return mixed;
}

/** The highest folder around a file with nothing but plain files in it. */
function highestPlain(path: string, mixed: ReadonlySet<string>): string | undefined {
  let highest: string | undefined;
  for (let folder = posix.dirname(path); folder !== '.' && !mixed.has(folder); folder = posix.dirname(folder))
    highest = folder;
  return highest;
}

/** Below folders with a meaning of their own. */
const SPECIAL = /^[^/]+\.(?:dist-info|data)(?:\/|$)/iu;

/** A file that comes as a symbolic link as well as in any other form. */
function isPlain({ path, native, confined, executable }: WheelFile): boolean {
  if (path.includes('__pycache__/') || SPECIAL.test(path)) return false;
  return native ? confined === true && SHARED_LIBRARY.test(path) : !executable;
}

function outlineFolder(name: string, files: readonly WheelFile[]): OutlinedFolder {
  const rows = files.map(({ path, sha256, size }) => ({ path, hash: { algorithm: 'sha256', digest: sha256 }, size }));
  const executable = files.filter((file) => file.executable).map(({ path }) => path);
  // A wheel may have more files than a call has arguments.
  const largest = files.reduce((most, { size }) => Math.max(most, size), 0);
  return { name, executable, count: files.length, largest, rows: { path: `${name}/`, text: formatRecord(rows) } };
}

interface Header {
  readonly manifest: WheelManifest;
  readonly manifestSize: number;
  readonly folders: readonly (Omit<OutlinedFolder, 'rows'> & { readonly length: number })[];
}

function parseHeader(line: string): Header | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isHeader(value) ? value : undefined;
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false;
  if (!('manifest' in value && 'manifestSize' in value && 'folders' in value)) return false;
  const { manifest, manifestSize, folders } = value;
  return isManifest(manifest) && Number.isSafeInteger(manifestSize) && Array.isArray(folders) && folders.every(isHead);
}

function isHead(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (!('name' in value && 'length' in value && 'executable' in value && 'count' in value && 'largest' in value))
    return false;
  const { name, length, executable, count, largest } = value;
  const areSizes = [length, count, largest].every((size) => Number.isSafeInteger(size) && Number(size) >= 0);
  return (
    typeof name === 'string' &&
    pathProblem(name) === undefined &&
    !SPECIAL.test(name) &&
    areSizes &&
    Number(count) > 0 &&
    Array.isArray(executable)
  );
}
