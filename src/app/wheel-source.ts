/** Where what a sync installs comes from: an entry of the store, a kept file, a download, or a build. */
import { createHash } from 'node:crypto';
import { openWheel } from '../archive/wheel-archive.ts';
import type { JudgeEntry } from '../cache/build-entry.ts';
import type { OutlinedEntry, StoreEntry } from '../cache/store.ts';
import { parseWheelFilename } from '../packaging/filename.ts';
import { verifyEntry } from '../cache/verify.ts';
import { isTspmError, TspmError } from '../errors.ts';
import { checkPlaces } from '../installer/incoming.ts';
import type { WantedDistribution, WheelSource } from '../installer/wanted.ts';
import type { LockedPackage } from '../lockfile/model.ts';
import type { ChosenFile } from './choose-file.ts';
import type { KnownSources } from './known-sources.ts';
import { repositoryAt } from './repositories.ts';
import type { ChosenCheckout } from './selection.ts';
import type { Session } from './session.ts';

import { keptOrFetched } from './acquire.ts';

/** What is to be installed and how. */
export interface WheelWish {
  readonly locked: LockedPackage;
  readonly chosen: ChosenFile | ChosenCheckout;
  /** The result is always an entry of the store. */
  readonly unpack: boolean;
  /** An entry of the store is not taken on trust. */
  readonly verify: boolean;
  /** The outline of an entry is enough. */
  readonly outline: boolean;
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

/** An entry of the store, or as much of it as was asked for. */
type Found = StoreEntry | OutlinedEntry;

/** A wish for a wheel. */
type ReadyWish = WheelWish & { readonly chosen: ChosenFile };

async function readyWheel(session: Session, wish: ReadyWish): Promise<WheelSource> {
  const { store } = session;
  const { filename, hashes } = wish.chosen;
  const sha256 = hashes['sha256'];
  if (sha256 === undefined) return newSource(session, wish);
  const find = (): Found | undefined =>
    (wish.outline && !wish.verify ? store.findOutline(sha256) : undefined) ?? store.findEntry(sha256);
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
  { sha256, entry }: { readonly sha256: string; readonly entry: Found | undefined },
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
async function isWhole(session: Session, found: Found): Promise<boolean> {
  const entry = 'outline' in found ? found.whole() : found;
  const [problem] = await verifyEntry(entry, { content: true, signal: session.settings.signal });
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
