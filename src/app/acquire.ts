import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hashFile } from '../archive/file-access.ts';
import { openWheel } from '../archive/wheel-archive.ts';
import type { JudgeEntry } from '../cache/build-entry.ts';
import type { StoreEntry } from '../cache/store.ts';
import { parseWheelFilename } from '../packaging/filename.ts';
import { verifyEntry } from '../cache/verify.ts';
import { isTspmError, TspmError } from '../errors.ts';
import type { Download } from '../index/download.ts';
import type { Artifact, Listing } from '../index/model.ts';
import { checkPlaces } from '../installer/incoming.ts';
import type { WantedDistribution, WheelSource } from '../installer/wanted.ts';
import type { LockedPackage } from '../lockfile/model.ts';
import type { ChosenFile } from './choose-file.ts';
import type { KnownSources } from './known-sources.ts';
import { missingFiles } from './offline.ts';
import { fullAddress, repositoryAt } from './repositories.ts';
import type { ChosenCheckout } from './selection.ts';
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
  const temporary = store.temporaryFile();
  const onBytes = (bytes: number) => session.reporter.emit({ kind: 'download:progress', file, bytes });
  const done = await downloadArtifact(http, artifact, temporary, { onBytes, expected });
  session.reporter.emit({ kind: 'download:done', file, bytes: done.size });
  await store.sweep(temporary);
  const path = store.keepWheel(temporary, done.sha256);
  session.verified.set(path, done.sha256);
  return { path, sha256: done.sha256 };
}

/** What is to be installed and how. */
export interface WheelWish {
  readonly locked: LockedPackage;
  readonly chosen: ChosenFile | ChosenCheckout;
  /** The result is always an entry of the store. */
  readonly unpack: boolean;
  /** An entry of the store is not taken on trust. */
  readonly verify: boolean;
}

/**
 * Where the chosen file of a locked package is installed from: the unpacked entry of the store, a kept wheel, or a download; of a
 * source archive or a commit the wheel that was built of it, now or by an earlier run. Nothing is asked of the network when the store has
 * the wheel.
 */
export async function wheelSource(session: Session, wish: WheelWish): Promise<WheelSource> {
  const { chosen } = wish;
  return readyWheel(session, {
    ...wish,
    chosen: chosen.kind === 'wheel' ? chosen : await builtFile(session, wish.locked, chosen),
  });
}

/** The wheel that is built of an archive or a commit. */
async function builtFile(
  session: Session,
  locked: LockedPackage,
  chosen: ChosenFile | ChosenCheckout,
): Promise<ChosenFile> {
  const { buildWheelOf, findBuiltWheel } = await import('./built-wheel.ts');
  const identity = await identityOf(locked, chosen);
  const find = async () => (identity === undefined ? undefined : findBuiltWheel(session, identity));
  const build = async () => (await find()) ?? buildWheelOf(session, await sourcesOf(session, locked, chosen));
  const { filename, sha256 } = (await find()) ?? (await buildAlone(session, { identity, name: locked.name, build }));
  return { kind: 'wheel', filename, hashes: { sha256 }, url: undefined, path: undefined, size: undefined };
}

/** Only the outermost build waits for others: two that need each other's package would wait for ever. */
async function buildAlone<T>(
  session: Session,
  wish: { readonly identity: string | undefined; readonly name: string; readonly build: () => Promise<T> },
): Promise<T> {
  const { identity, name, build } = wish;
  if (identity === undefined || session.builds.length > 0) return build();
  const key = createHash('sha256').update(identity).digest('hex');
  return alone(session, { key, work: `building ${name}`, isDone: () => false }, build);
}

async function identityOf(
  { subdirectory }: LockedPackage,
  chosen: ChosenFile | ChosenCheckout,
): Promise<string | undefined> {
  const { archiveIdentity, checkoutIdentity } = await import('./known-sources.ts');
  if (chosen.kind === 'checkout') return checkoutIdentity(chosen);
  const { sha256 } = chosen.hashes;
  return sha256 === undefined ? undefined : archiveIdentity(sha256, subdirectory);
}

async function sourcesOf(
  session: Session,
  locked: LockedPackage,
  chosen: ChosenFile | ChosenCheckout,
): Promise<KnownSources> {
  const { name, version, subdirectory } = locked;
  const expected = { name, version, subdirectory };
  const { archiveSources, checkoutSources } = await import('./known-sources.ts');
  if (chosen.kind === 'checkout') {
    const repository = repositoryAt(session, chosen.vcs.url);
    return checkoutSources(session, { ...expected, repository, commit: chosen.commit });
  }
  const { path, sha256 } = await keptOrFetched(session, locked, chosen);
  return archiveSources(session, { ...expected, path, filename: chosen.filename, sha256 });
}

/** A wish for a wheel. */
type ReadyWish = WheelWish & { readonly chosen: ChosenFile };

async function readyWheel(session: Session, wish: ReadyWish): Promise<WheelSource> {
  const { store } = session;
  const { filename, hashes } = wish.chosen;
  const sha256 = hashes['sha256'];
  if (sha256 === undefined) return newSource(session, wish);
  const find = (): StoreEntry | undefined => store.findEntry(sha256);
  const entry = find();
  if (entry !== undefined || (!wish.unpack && store.findWheel(sha256) !== undefined))
    return presentOrNew(session, wish, { sha256, entry });
  return alone(session, { key: sha256, work: `fetching ${filename}`, isDone: () => find() !== undefined }, () =>
    presentOrNew(session, wish, { sha256, entry: find() }),
  );
}

async function presentOrNew(
  session: Session,
  wish: ReadyWish,
  { sha256, entry }: { readonly sha256: string; readonly entry: StoreEntry | undefined },
): Promise<WheelSource> {
  if (entry !== undefined && (!wish.verify || (await isWhole(session, entry)))) {
    session.store.markTaken(sha256);
    session.note('detail', `${wish.chosen.filename} is in the cache`);
    return { kind: 'entry', entry };
  }
  try {
    return await newSource(session, wish);
  } catch (error) {
    // Another process that shares the cache may have unpacked the kept wheel, which is then gone.
    const published = isTspmError(error) && error.code === 'TSPM_IO' ? session.store.findEntry(sha256) : undefined;
    if (published === undefined) throw error;
    return { kind: 'entry', entry: published };
  }
}

interface Making {
  /** sha256 of what it is made from, or of a text that names that. */
  readonly key: string;
  /** As in "which is …" for those who wait. */
  readonly work: string;
  readonly isDone: () => boolean;
}

/** Makes something of the cache while no other living process does, and says for whom it waits. */
async function alone<T>(session: Session, { key, work, isDone }: Making, make: () => Promise<T>): Promise<T> {
  const onWait = (message: string): void => session.note('info', message);
  const claim = await session.store.claim(key, { work, isDone, onWait, signal: session.settings.signal });
  try {
    return await make();
  } finally {
    claim?.release();
  }
}

/** The store's entry of a distribution that no lock tells the files of. Throws TSPM_STORE when it is gone. */
export function storedSource(session: Session, wanted: Pick<WantedDistribution, 'name' | 'sha256s'>): WheelSource {
  const [entry] = wanted.sha256s.flatMap((sha256) => session.store.findEntry(sha256) ?? []);
  if (entry !== undefined) return { kind: 'entry', entry };
  const { name } = wanted;
  throw new TspmError(
    'TSPM_STORE',
    `${name} has to be installed anew, but the cache has lost it and the lock has it not`,
    {
      hint: `add ${name} to the project, or remove it: \`tspm sync --clean\``,
      context: { package: name },
    },
  );
}

/** Compares every byte of an entry with its manifest; a damaged one is removed, so that a new one takes its place. */
async function isWhole(session: Session, entry: StoreEntry): Promise<boolean> {
  const [problem] = await verifyEntry(entry, { content: true });
  if (problem === undefined) return true;
  const { filename, sha256 } = entry.manifest;
  session.note(
    'warning',
    `the cached ${filename} is damaged (${problem.path} is ${problem.problem}) and is made again`,
  );
  await session.store.dropEntry(sha256);
  return false;
}

async function newSource(session: Session, { locked, chosen, unpack }: ReadyWish): Promise<WheelSource> {
  const { store } = session;
  const wheel = await keptOrFetched(session, locked, chosen);
  const warn = (warnings: readonly string[]): void => warnings.forEach((text) => session.note('warning', text));
  if (!unpack) {
    const archive = openWheel(wheel.path, chosen.filename, wheel.sha256);
    warn(archive.warnings);
    return { kind: 'archive', wheel: archive };
  }
  session.reporter.emit({ kind: 'unpack', file: chosen.filename });
  const judge: JudgeEntry = (manifest, directory, warnings) => {
    checkPlaces(manifest, directory);
    warn(warnings);
  };
  return {
    kind: 'entry',
    entry: await store.addEntry(wheel.path, chosen.filename, wheel.sha256, {
      justHashed: true,
      judge,
      signal: session.settings.signal,
    }),
  };
}

/**
 * Fetches the wheel of an entry from the sources and puts what it unpacks to in the entry's place. Throws as fetching and unpacking
 * do; as long as there is no wheel the old entry stays.
 */
export async function replaceEntry(
  session: Session,
  { filename, sha256 }: { readonly filename: string; readonly sha256: string },
): Promise<void> {
  const { name } = parseWheelFilename(filename);
  const chosen = {
    kind: 'wheel',
    filename,
    hashes: { sha256 },
    url: undefined,
    path: undefined,
    size: undefined,
  } as const;
  const locked = { name, dependencies: [], files: [] };
  const wheel = await keptOrFetched(session, locked, chosen);
  await session.store.dropEntry(sha256);
  await session.store.addEntry(wheel.path, filename, sha256, { justHashed: true });
}

async function keptOrFetched(session: Session, locked: LockedPackage, chosen: ChosenFile): Promise<AcquiredFile> {
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
