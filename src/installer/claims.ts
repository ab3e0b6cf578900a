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
 * a file of one is a folder of the other: TSPM_FILE_CONFLICT naming both and the path.
 */
export function enterClaims(claimants: readonly Claimant[], disk: DiskFacts): Claims {
  const files = new Map<string, { readonly claimant: Claimant; readonly digest: string | undefined }>();
  const folders = new Map<string, FolderOwner>();
  for (const claimant of claimants) {
    for (const { path, digest } of claimant.files) {
      const other = files.get(path);
      if (other !== undefined && other.claimant.key !== claimant.key) {
        checkSameContent(disk, path, [other, { claimant, digest }]);
      }
      files.set(path, { claimant, digest });
      enterFolders(folders, path, claimant.key);
    }
  }
  for (const [path, { claimant }] of files) {
    if (folders.has(path)) checkNotFolder(path, claimant, claimants);
  }
  return {
    ownerOfFolder: (folder) => folders.get(folder),
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
