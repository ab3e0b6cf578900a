import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { hashFile } from '../archive/file-access.ts';
import { contentTime, formatManifest, type WheelFile, type WheelManifest } from '../archive/wheel-manifest.ts';
import { formatOutline, outlineWheel } from '../archive/wheel-outline.ts';
import { sortedText } from '../util/collections.ts';
import { codeOf } from '../util/io-fault.ts';
import { outlinePath } from './layout.ts';
import type { StoreEntry } from './store.ts';

/** What is wrong with one file of an entry. */
export interface EntryProblem {
  /** In the tree, with `/`; or the name of the outline. */
  readonly path: string;
  readonly problem: 'missing' | 'changed' | 'foreign';
}

/** How an entry is compared. */
export interface VerifyOptions {
  /** Also by the bytes of the files. */
  readonly content: boolean;
  /** Ends the work; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compares an entry with its manifest: by type, size, x bit and time of each file, and with `content` by its bytes. Byte code that
 * Python keeps in `__pycache__` is passed by. Problems come sorted by path; none means the entry is whole.
 */
export async function verifyEntry(entry: StoreEntry, options: VerifyOptions): Promise<EntryProblem[]> {
  const problems = new Map<string, EntryProblem['problem']>();
  for (const path of treeFiles(entry.directory, '')) problems.set(path, 'foreign');
  for (const file of entry.manifest.files) {
    const problem = await fileProblem(join(entry.directory, file.path), file, options);
    if (problem === undefined) problems.delete(file.path);
    else problems.set(file.path, problem);
  }
  const outline = outlinePath(dirname(entry.directory));
  if (!isOutlineOf(outline, entry.manifest)) problems.set(basename(outline), 'changed');
  return sortedText(problems.keys()).flatMap((path) => {
    const problem = problems.get(path);
    return problem === undefined ? [] : [{ path, problem }];
  });
}

/** Also where there is none: entries of older versions have only a manifest. */
function isOutlineOf(path: string, manifest: WheelManifest): boolean {
  const expected = outlineWheel(manifest, formatManifest(manifest));
  try {
    return readFileSync(path, 'utf8') === (expected && formatOutline(expected));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    throw error;
  }
}

async function fileProblem(
  path: string,
  file: WheelFile,
  { content, signal }: VerifyOptions,
): Promise<'missing' | 'changed' | undefined> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'missing';
  const same =
    found.isFile() &&
    found.size === file.size &&
    ((found.mode & 0o100) !== 0) === file.executable &&
    Math.floor(found.mtimeMs / 1000) === contentTime(file.sha256);
  if (!same) return 'changed';
  if (!content) return undefined;
  const digest = Buffer.from(await hashFile(path, signal), 'hex').toString('base64url');
  return digest === file.sha256 ? undefined : 'changed';
}

/** Files, and folders with nothing in them: the store makes none, and Python would import them. */
function* treeFiles(directory: string, prefix: string): Generator<string> {
  const items = readdirSync(directory, { withFileTypes: true });
  if (items.length === 0 && prefix !== '') yield prefix.slice(0, -1);
  for (const item of items) {
    const path = `${prefix}${item.name}`;
    if (!item.isDirectory()) yield path;
    else if (item.name !== '__pycache__') yield* treeFiles(join(directory, item.name), `${path}/`);
  }
}
