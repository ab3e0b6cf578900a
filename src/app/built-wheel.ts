/** Wheels and metadata of archives and checkouts, built once for each interpreter, platform and setting. */
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { hashFile } from '../archive/file-access.ts';
import { openWheel } from '../archive/wheel-archive.ts';
import { buildFailed, buildInto, preparedMetadata, type Backend } from '../build/backend.ts';
import { readBuild, writeBuild } from '../cache/builds.ts';
import { isTspmError } from '../errors.ts';
import { tryParseWheelFilename } from '../packaging/filename.ts';
import { normalizeName } from '../packaging/name.ts';
import { compatibleTags, formatTag } from '../packaging/tags.ts';
import { publicVersion, tryParseVersion } from '../packaging/version.ts';
import type { KnownSources } from './known-sources.ts';
import { withBackend } from './open-backend.ts';
import type { Session } from './session.ts';

/** A wheel that was built, by its digest in the store. */
export interface BuiltWheel {
  readonly filename: string;
  readonly sha256: string;
}

/** The wheel built from sources of this identity by an earlier run, as long as the store still has it. */
export async function findBuiltWheel(session: Session, identity: string): Promise<BuiltWheel | undefined> {
  const { store } = session;
  const wheel = readBuild(store.cacheDir, await buildKey(session, identity))?.wheel;
  if (wheel === undefined) return undefined;
  const isThere = store.findEntry(wheel.sha256) !== undefined || store.findWheel(wheel.sha256) !== undefined;
  return isThere ? wheel : undefined;
}

/** METADATA of the wheel of sources of this identity, as an earlier run learnt it. */
export async function findBuiltMetadata(session: Session, identity: string): Promise<string | undefined> {
  return readBuild(session.store.cacheDir, await buildKey(session, identity))?.metadata;
}

/** Builds a wheel and keeps it in the store. Throws TSPM_BUILD_FAILED, and what {@link withBackend} throws. */
export async function buildWheelOf(session: Session, sources: KnownSources): Promise<BuiltWheel> {
  return withBackend(session, { ...sources, kind: 'wheel' }, ({ backend, folder }) =>
    keepWheel(session, sources, { backend, folder }),
  );
}

/**
 * METADATA of the wheel: as the backend prepares it, else that of a wheel, which is then kept. Throws as
 * {@link buildWheelOf}.
 */
export async function builtMetadata(session: Session, sources: KnownSources): Promise<string> {
  const { cacheDir } = session.store;
  const key = await buildKey(session, sources.identity);
  return withBackend(session, { ...sources, kind: 'wheel' }, async ({ backend, folder }) => {
    const { settings } = session.build;
    const prepared = join(folder, 'metadata');
    mkdirSync(prepared);
    const text = await preparedMetadata(backend, { folder: prepared, settings });
    if (text === undefined) await keepWheel(session, sources, { backend, folder });
    else writeBuild(cacheDir, key, { metadata: text });
    const metadata = text ?? readBuild(cacheDir, key)?.metadata;
    if (metadata === undefined) throw new Error('a wheel was kept without its metadata');
    return metadata;
  });
}

async function keepWheel(
  session: Session,
  sources: KnownSources,
  { backend, folder }: { readonly backend: Backend; readonly folder: string },
): Promise<BuiltWheel> {
  const path = await buildInto(backend, 'wheel', { folder, settings: session.build.settings });
  const filename = basename(path);
  const sha256 = await hashFile(path, session.settings.signal);
  const metadata = await checkedMetadata(session, { path, filename, sha256 }, { sources, backend });
  const { store } = session;
  store.keepWheel(path, sha256);
  writeBuild(store.cacheDir, await buildKey(session, sources.identity), { wheel: { filename, sha256 }, metadata });
  return { filename, sha256 };
}

/** Judges a built wheel as strictly as a published one. Gives its METADATA. */
async function checkedMetadata(
  session: Session,
  wheel: BuiltWheel & { readonly path: string },
  { sources, backend }: { readonly sources: KnownSources; readonly backend: Backend },
): Promise<string> {
  const { filename } = wheel;
  const named = tryParseWheelFilename(filename);
  if (named === undefined) throw buildFailed(backend, `${filename} is no name of a wheel`);
  const tags = new Set(compatibleTags((await session.interpreter()).tagTarget));
  const wanted = tryParseVersion(sources.version ?? '');
  const isSame =
    (sources.name === undefined || named.name === normalizeName(sources.name)) &&
    (wanted === undefined || publicVersion(named.version) === publicVersion(wanted));
  if (!isSame) throw buildFailed(backend, `the wheel that came out is ${filename}`);
  if (!named.tags.some((tag) => tags.has(formatTag(tag)))) {
    throw buildFailed(backend, `the wheel that came out, ${filename}, does not fit the interpreter it was built with`);
  }
  try {
    const opened = openWheel(wheel.path, filename, wheel.sha256);
    opened.close();
    return opened.metadataText;
  } catch (error) {
    throw isTspmError(error) ? buildFailed(backend, `the wheel that came out is refused: ${error.message}`) : error;
  }
}

/** Everything a wheel follows from, as one digest. Without isolation the project's packages count too. */
async function buildKey(session: Session, identity: string): Promise<string> {
  const { isolation, settings } = session.build;
  const { ident, implementation, tagTarget } = await session.interpreter();
  const [tag] = compatibleTags(tagTarget);
  const ordered = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
  const facts = [1, identity, implementation, ident, tag, ordered, isolation ? null : session.root];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
