import { chmodSync, closeSync, fchmodSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { hashFile } from '../archive/file-access.ts';
import { ioFault } from '../util/io-fault.ts';
import { show } from '../archive/show.ts';
import { openWheel, type WheelArchive } from '../archive/wheel-archive.ts';
import { formatManifest, type WheelManifest } from '../archive/wheel-manifest.ts';
import { formatOutline, outlineWheel } from '../archive/wheel-outline.ts';
import { TspmError } from '../errors.ts';
import { sharedRights } from '../util/shared-folder.ts';
import { markConfined } from './confined.ts';
import { createSyncQueue, syncDirectories } from './durable.ts';
import { manifestPath, outlinePath, treePath } from './layout.ts';

/** The wheel that becomes an entry. */
export interface WheelSource {
  readonly path: string;
  /** As published. */
  readonly filename: string;
  readonly sha256: string;
  /** Whether the caller has just verified that the file has this digest. */
  readonly justHashed: boolean;
  /** What its user has to say about it before anybody else sees it. */
  readonly judge: JudgeEntry;
  /** Ends the work; its reason is thrown. */
  readonly signal: AbortSignal | undefined;
}

/** Looks at an unpacked wheel, with what the archive's reader found strange about it, and throws when it is of no use. */
export type JudgeEntry = (manifest: WheelManifest, directory: string, warnings: readonly string[]) => void;

/**
 * Files of the store never change, so they are read-only and survive an editor or installer that writes through a link. Their
 * directories stay writable for the owner: Python keeps its byte code in `__pycache__` beside the sources, once for all projects
 * that link to them, and verification passes these by.
 */
const MODES = { file: 0o444, executable: 0o555 };

/**
 * Unpacks a wheel into the private directory `staging` as a complete entry: every file, directory and last the manifest is on the
 * disk when this resolves to its manifest. Throws TSPM_HASH_MISMATCH, TSPM_IO, and what openWheel and extract throw.
 */
export async function buildEntry(wheel: WheelSource, staging: string): Promise<WheelManifest> {
  if (!wheel.justHashed) await checkDigest(wheel);
  const archive = openWheel(wheel.path, wheel.filename, wheel.sha256);
  try {
    const unpacked = await unpack(archive, treePath(staging), wheel.signal);
    wheel.judge(unpacked, treePath(staging), archive.warnings);
    const manifest = { ...unpacked, files: markConfined(unpacked.files, treePath(staging)) };
    const directories = directoriesOf(manifest, staging);
    share(manifest, directories, staging);
    await syncDirectories(directories);
    const text = formatManifest(manifest);
    const outline = outlineWheel(manifest, text);
    if (outline !== undefined) writeDescription(outlinePath(staging), formatOutline(outline));
    writeDescription(manifestPath(staging), text);
    await syncDirectories([staging]);
    return manifest;
  } finally {
    archive.close();
  }
}

async function checkDigest(wheel: WheelSource): Promise<void> {
  const actual = await hashFile(wheel.path, wheel.signal);
  if (actual === wheel.sha256) return;
  const filename = show(wheel.filename);
  throw new TspmError('TSPM_HASH_MISMATCH', `${filename}: sha256 is ${actual}, expected ${wheel.sha256}`, {
    hint: `the file ${wheel.path} is damaged or not the one that was locked`,
    context: { filename, path: wheel.path, expected: wheel.sha256, actual },
  });
}

async function unpack(archive: WheelArchive, tree: string, signal: AbortSignal | undefined): Promise<WheelManifest> {
  const queue = createSyncQueue();
  try {
    return await archive.extract(tree, { modes: MODES, signal, finish: (fd, path) => queue.add(fd, path) });
  } finally {
    // Also after a failure: nothing may still be written when the directory is removed.
    await queue.drain();
  }
}

/** In a cache that a group shares everybody of it can read every file, and remove it. */
function share(manifest: WheelManifest, directories: readonly string[], staging: string): void {
  const rights = sharedRights(staging);
  if (rights === undefined) return;
  // Whoever may look into the cache may read, and run what can be run.
  const readers = 0o700 | (rights & 0o055);
  try {
    for (const directory of directories) chmodSync(directory, 0o700 | rights);
    for (const { path, executable } of manifest.files) {
      chmodSync(join(treePath(staging), path), (executable ? MODES.executable : MODES.file) & readers);
    }
  } catch (error) {
    throw ioFault('cannot set the rights of', staging, error);
  }
}

function directoriesOf(manifest: WheelManifest, staging: string): string[] {
  const directories = new Set<string>();
  for (const { path } of manifest.files) {
    for (let parent = dirname(path); !directories.has(parent); parent = dirname(parent)) directories.add(parent);
  }
  const tree = treePath(staging);
  return Array.from(directories, (directory) => join(tree, directory));
}

/** Writes what describes an entry, durably. */
function writeDescription(path: string, text: string): void {
  try {
    const fd = openSync(path, 'wx', MODES.file);
    try {
      writeFileSync(fd, text);
      if (sharedRights(path) !== undefined) fchmodSync(fd, MODES.file);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw ioFault('cannot write', path, error);
  }
}
