/** Files of packages, kept in the cache or fetched, and verified. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hashFile } from '../archive/file-access.ts';
import { isTspmError, TspmError } from '../errors.ts';
import type { Download } from '../index/download.ts';
import type { Artifact, Listing } from '../index/model.ts';
import type { LockedPackage } from '../lockfile/model.ts';
import type { ChosenFile } from './choose-file.ts';
import { withNeed } from '../util/need.ts';
import { missingFiles } from './offline.ts';
import { fullAddress } from './repositories.ts';
import type { Session } from './session.ts';

/** A wheel or source archive on disk whose digest has been verified in this run. */
export interface AcquiredFile {
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
}

/**
 * Fetches a file and keeps it in the cache; a file of a local folder is only hashed, where it lies. Throws TSPM_HASH_MISMATCH
 * when a digest differs, and what downloading throws.
 */
export async function acquireFile(
  session: Session,
  artifact: Download,
  expected: Readonly<Record<string, string>> = {},
): Promise<AcquiredFile> {
  if (artifact.url.startsWith('file:')) return hashLocal(session, artifact, expected);
  if (session.isOffline) throw missingFiles([artifact.filename]);
  const [{ downloadArtifact }, { http }] = await Promise.all([import('./online.ts'), session.index()]);
  const { store } = session;
  const { filename: file, size } = artifact;
  session.reporter.emit({ kind: 'download:start', file, size });
  const onBytes = (bytes: number) => session.reporter.emit({ kind: 'download:progress', file, bytes });
  try {
    const temporary = store.temporaryFile();
    const done = await downloadArtifact(http, artifact, temporary, { onBytes, expected });
    session.reporter.emit({ kind: 'download:done', file, bytes: done.size });
    await store.sweep(temporary);
    const path = store.keepWheel(temporary, done.sha256);
    session.verified.set(path, done.sha256);
    return { path, sha256: done.sha256 };
  } catch (error) {
    throw withNeed(error, () => ({ work: `fetching ${file}`, bytes: size ?? 0, inodes: 1 }));
  }
}

/** A file of a locked package: kept by an earlier run and verified again, or fetched. Throws as {@link acquireFile}. */
export async function keptOrFetched(
  session: Session,
  locked: LockedPackage,
  chosen: ChosenFile,
): Promise<AcquiredFile> {
  const kept = await keptFile(session, chosen);
  return kept ?? acquireFile(session, await locateFile(session, locked, chosen), chosen.hashes);
}

/** As {@link locate}; offline the file is what is missing, not the page that would tell where it is. */
async function locateFile(session: Session, locked: LockedPackage, chosen: ChosenFile): Promise<Download> {
  try {
    return await locate(session, locked, chosen);
  } catch (error) {
    throw isTspmError(error) && error.code === 'TSPM_OFFLINE' ? missingFiles([chosen.filename]) : error;
  }
}

/** A file kept by an earlier run, verified again; a damaged one counts as absent and is replaced by the next download. */
async function keptFile(session: Session, chosen: ChosenFile): Promise<AcquiredFile | undefined> {
  const { sha256 } = chosen.hashes;
  const path = sha256 === undefined ? undefined : session.store.findWheel(sha256);
  if (sha256 === undefined || path === undefined) return undefined;
  requireSize(chosen, path);
  if ((await digestOf(session, path)) === sha256) return { path, sha256 };
  session.note('warning', `the kept file ${path} is damaged and is fetched again`);
  return undefined;
}

/** The sha256 of a file, which is read once in a run. */
async function digestOf(session: Session, path: string): Promise<string> {
  const known = session.verified.get(path);
  if (known !== undefined) return known;
  const sha256 = await hashFile(path, session.settings.signal);
  session.verified.set(path, sha256);
  return sha256;
}

async function hashLocal(
  session: Session,
  artifact: Download,
  expected: Readonly<Record<string, string>>,
): Promise<AcquiredFile> {
  const path = fileURLToPath(artifact.url);
  requireSize(artifact, path);
  const sha256 = await digestOf(session, path);
  const wanted = expected['sha256'];
  if (wanted !== undefined && wanted !== sha256) throw mismatch(artifact.filename, path, { wanted, found: sha256 });
  if (wanted === undefined && Object.keys(expected).length > 0) {
    throw new TspmError(
      'TSPM_UNSUPPORTED',
      `the lock has no sha256 for ${artifact.filename}, which lies in a local folder`,
      {
        hint: 'run `tspm lock --refresh`',
      },
    );
  }
  return { path, sha256 };
}

/** Throws TSPM_HASH_MISMATCH for a file of another size than the one that is known. */
function requireSize({ filename, size }: Pick<Download, 'filename' | 'size'>, path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined || found === undefined || size === found) return;
  throw mismatch(filename, path, { wanted: `${size} bytes`, found: `${found} bytes` });
}

/** The file with the locked digest in the package's sources, or at its static address. */
async function locate(session: Session, locked: LockedPackage, chosen: ChosenFile): Promise<Download> {
  const { filename, hashes, size } = chosen;
  const url = lockedUrl(session, locked, chosen);
  if (url !== undefined) return { filename, url, hashes, size };
  const { finder, revalidatingFinder } = await session.index();
  const listed = findLocked(await finder.listing(locked.name), chosen);
  if (listed.match !== undefined) return listed.match;
  // The lock may be newer than the page that is kept.
  const { match, artifacts, asked } = findLocked(await revalidatingFinder.listing(locked.name), chosen);
  if (match !== undefined) return match;
  const namesake = artifacts.find((artifact) => artifact.filename === chosen.filename);
  if (namesake !== undefined) throw otherDigest(namesake, chosen);
  throw new TspmError('TSPM_PACKAGE_NOT_FOUND', `no source has ${chosen.filename}, which the lock asks for`, {
    hint: `check the sources of the project, or lock again with \`tspm update ${locked.name}\``,
    context: { package: locked.name, file: chosen.filename, asked },
  });
}

/** Where the lock itself says the file is; undefined for one that the sources have. */
function lockedUrl(session: Session, locked: LockedPackage, chosen: ChosenFile): string | undefined {
  const path = chosen.path ?? locked.path;
  if (path !== undefined) return pathToFileURL(resolve(session.root, path)).href;
  const url = chosen.url ?? locked.url;
  return url === undefined ? undefined : fullAddress(session, url);
}

interface Found {
  readonly match: Artifact | undefined;
  readonly artifacts: readonly Artifact[];
  /** Sources that were asked in vain. */
  readonly asked: readonly string[] | undefined;
}

function findLocked(listing: Listing, chosen: ChosenFile): Found {
  if (listing.kind === 'absent') return { match: undefined, artifacts: [], asked: listing.asked };
  const artifacts = listing.releases.flatMap((release) => release.artifacts);
  const match =
    artifacts.find((artifact) => sameDigest(artifact, chosen)) ??
    artifacts.find((artifact) => unknownDigest(artifact, chosen));
  return { match, artifacts, asked: undefined };
}

function sameDigest(artifact: Artifact, chosen: ChosenFile): boolean {
  return Object.entries(chosen.hashes).some(([algorithm, digest]) => artifact.hashes[algorithm] === digest);
}

/** The same name without a digest to compare: the bytes will tell. */
function unknownDigest(artifact: Artifact, chosen: ChosenFile): boolean {
  return (
    artifact.filename === chosen.filename &&
    Object.keys(chosen.hashes).every((algorithm) => artifact.hashes[algorithm] === undefined)
  );
}

function otherDigest(artifact: Artifact, chosen: ChosenFile): TspmError {
  const [algorithm = 'sha256', wanted = ''] = Object.entries(chosen.hashes)[0] ?? [];
  return mismatch(artifact.filename, `source "${artifact.source}"`, {
    wanted,
    found: artifact.hashes[algorithm] ?? 'nothing',
  });
}

function mismatch(
  file: string,
  place: string,
  { wanted, found }: { readonly wanted: string; readonly found: string },
): TspmError {
  return new TspmError(
    'TSPM_HASH_MISMATCH',
    `${file} from ${place} is not the file that was locked: expected ${wanted}, got ${found}`,
    {
      hint: 'find out who changed the file; to accept it, lock the package again',
      context: { file, expected: wanted, got: found },
    },
  );
}
