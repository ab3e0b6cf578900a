import { foldPath } from '../archive/path-policy.ts';
import { TspmError } from '../errors.ts';
import { parentOf } from './files.ts';

/** A file that a distribution has, or will have, in the packages folder. */
export interface ClaimedFile {
  /** '/'-separated, relative to `base`. */
  readonly path: string;
  /** sha256, base64url; undefined when nobody recorded it. */
  readonly digest: string | undefined;
}

/** All files of one distribution. */
export interface Claimant {
  readonly key: string;
  /** Name and version, for messages. */
  readonly label: string;
  /** Being installed now, as opposed to lying there already. */
  readonly incoming: boolean;
  readonly files: readonly ClaimedFile[];
}

/** Who has files in a folder, at any depth: one distribution, by its key, or several. */
export type FolderOwner = string | typeof SHARED;

/** Marks folders with files of several distributions. */
export const SHARED = Symbol('shared');

/** Files and folders of the packages folder with their owners. */
export interface Claims {
  ownerOfFolder(folder: string): FolderOwner | undefined;
  /** Several distributions have this file. */
  isShared(path: string): boolean;
  /** Keys of the distributions with files below one of these folders. */
  claimantsBelow(folder: string, candidates: readonly Claimant[]): readonly Claimant[];
}

/** Questions to the disk that come up only when two distributions want one path. */
export interface DiskFacts {
  isAbsent(path: string): boolean;
  digestOf(path: string): string | undefined;
}

/**
 * Enters all files. Two distributions may have the same path only with the same content (`nvidia/__init__.py`), otherwise, or when
 * a file of one is a folder of the other: TSPM_FILE_CONFLICT naming both and the path. Paths that many file systems hold for the same
 * are the same path here, too, whatever this file system does: a project has one verdict everywhere.
 */
export function enterClaims(claimants: readonly Claimant[], disk: DiskFacts): Claims {
  const files = new Map<string, Holding>();
  const folders = new Map<string, FolderOwner>();
  const shared = new Set<string>();
  for (const claimant of claimants) {
    for (const { path, digest } of claimant.files) {
      const other = files.get(path);
      if (other !== undefined && other.claimant.key !== claimant.key) {
        checkSameContent(disk, path, [other, { claimant, digest }]);
        shared.add(path);
      }
      files.set(path, { claimant, digest });
      enterFolders(folders, path, claimant.key);
    }
  }
  for (const [path, { claimant }] of files) {
    if (folders.has(path)) checkNotFolder(path, claimant, claimants);
  }
  checkSpelling(files, folders);
  return {
    ownerOfFolder: (folder) => folders.get(folder),
    isShared: (path) => shared.has(path),
    claimantsBelow: (folder, candidates) => candidates.filter((candidate) => hasFilesBelow(candidate, folder)),
  };
}

/** TSPM_FILE_CONFLICT for a path that cannot be written; `problem` is a clause about the path. */
export function conflict(path: string, problem: string, hint: string): TspmError {
  return new TspmError('TSPM_FILE_CONFLICT', `${path}: ${problem}`, { hint, context: { path } });
}

interface Holding {
  readonly claimant: Claimant;
  readonly digest: string | undefined;
}

function checkSameContent(disk: DiskFacts, path: string, holdings: readonly [Holding, Holding]): void {
  // Two that lie there already are not this run's concern, and a file that was deleted is in nobody's way.
  const [first, second] = holdings;
  if (!first.claimant.incoming && !second.claimant.incoming) return;
  if (holdings.some(({ claimant }) => !claimant.incoming) && disk.isAbsent(path)) return;
  const [a, b] = [first, second].map(({ claimant, digest }) =>
    claimant.incoming ? digest : (digest ?? disk.digestOf(path)),
  );
  if (a !== undefined && a === b) return;
  throw conflictOf(path, [first.claimant, second.claimant], 'with different content');
}

function checkNotFolder(path: string, claimant: Claimant, claimants: readonly Claimant[]): void {
  const others = claimants.filter((other) => hasFilesBelow(other, path));
  const clash = others.find((other) => other.incoming || claimant.incoming);
  if (clash !== undefined) throw conflictOf(path, [claimant, clash], 'one as a file and the other as a folder');
}

/** Only names in folders that several distributions share can meet: those of one were judged when its wheel was opened. */
function checkSpelling(files: ReadonlyMap<string, Holding>, folders: ReadonlyMap<string, FolderOwner>): void {
  const spellings = new Map<string, string>();
  const clashing = new Set<string>();
  const enter = (path: string): void => {
    const parent = parentOf(path);
    if (parent !== '' && folders.get(parent) !== SHARED) return;
    const folded = foldPath(path);
    const other = spellings.get(folded);
    if (other === undefined) spellings.set(folded, path);
    else if (other !== path) clashing.add(folded);
  };
  for (const folder of folders.keys()) enter(folder);
  for (const path of files.keys()) enter(path);
  for (const folded of clashing) checkSpelled(files, folded);
}

/** Compares the files at or below a folded path. */
function checkSpelled(files: ReadonlyMap<string, Holding>, folded: string): void {
  const seen = new Map<string, Holding & { readonly path: string }>();
  for (const [path, holding] of files) {
    const key = foldPath(path);
    if (key !== folded && !key.startsWith(`${folded}/`)) continue;
    const other = seen.get(key);
    seen.set(key, { ...holding, path });
    if (other === undefined || other.claimant.key === holding.claimant.key) continue;
    const isNew = other.claimant.incoming || holding.claimant.incoming;
    const same = other.digest !== undefined && other.digest === holding.digest;
    if (isNew && !same) throw spellingConflict(other, { ...holding, path });
  }
}

function spellingConflict(
  one: Holding & { readonly path: string },
  other: Holding & { readonly path: string },
): TspmError {
  const [a, b] = [one, other].map(({ claimant, path }) => `${claimant.label} has ${path}`);
  return new TspmError('TSPM_FILE_CONFLICT', `${a} and ${b}, which many file systems hold for the same name`, {
    hint: 'the two cannot be installed together: remove one of them, or pin a version without this file',
    context: { path: other.path, distributions: [one.claimant.key, other.claimant.key] },
  });
}

function conflictOf(path: string, claimants: readonly [Claimant, Claimant], how: string): TspmError {
  const [a, b] = claimants;
  return new TspmError('TSPM_FILE_CONFLICT', `${a.label} and ${b.label} both have ${path}, ${how}`, {
    hint: 'the two cannot be installed together: remove one of them, or pin a version without this file',
    context: { path, distributions: [a.key, b.key] },
  });
}

function enterFolders(folders: Map<string, FolderOwner>, path: string, key: string): void {
  for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) {
    const owner = folders.get(folder);
    // What holds for a folder was entered for the folders above it, too.
    if (owner === key || owner === SHARED) return;
    folders.set(folder, owner === undefined ? key : SHARED);
  }
}

function hasFilesBelow(claimant: Claimant, folder: string): boolean {
  return claimant.files.some((file) => file.path.startsWith(`${folder}/`));
}
