/** Core metadata of artifacts, for as few bytes as their servers allow. */
import { TspmError, isTspmError } from '../errors.ts';
import { tryParseSdistFilename } from '../packaging/filename.ts';
import { type CoreMetadata, decodeMetadata, isStatic, parseMetadata } from '../packaging/metadata.ts';
import { normalizeName } from '../packaging/name.ts';
import { publicVersion, tryParseVersion } from '../packaging/version.ts';
import { cachePath, readCacheFile, writeCacheFile } from './cache-files.ts';
import { uploadedAt } from './file-rules.ts';
import { localPath } from './find-links.ts';
import type { Artifact } from './model.ts';
import { type RemoteSettings, readSidecar, readWheelMetadata, withWhole } from './remote-metadata.ts';
import { readMetadataOfFile } from './local-files.ts';

/** Reads metadata; each artifact's is fetched once. */
export interface MetadataFetcher {
  /**
   * Throws TSPM_UNSUPPORTED for a source archive that has to be built to learn what it requires, TSPM_INVALID_METADATA when the
   * metadata is unusable or about something else, TSPM_HASH_MISMATCH, TSPM_INDEX_RESPONSE, and what the client and the readers of
   * archives throw.
   */
  metadata(artifact: Artifact): Promise<CoreMetadata>;
}

/** What a fetcher needs. */
export interface MetadataFetcherSettings extends RemoteSettings {
  /** Folder for metadata that was read; nothing is kept without one. */
  readonly directory: string | undefined;
  /** Text of the metadata of the source archive `filename` at `path`; undefined when it has to be built. All have to be without this. */
  readonly readSdist?: (path: string, filename: string) => Promise<string | undefined>;
}

/**
 * A fetcher: the metadata file beside an archive where the page announces one (PEP 658), else the wheel's tail by one range
 * request, else the whole wheel; of a source archive what it tells without being built.
 */
export function createMetadataFetcher(settings: MetadataFetcherSettings): MetadataFetcher {
  const reading = new Map<string, Promise<CoreMetadata>>();
  return {
    metadata(artifact) {
      const key = cacheKey(artifact);
      const started = reading.get(key);
      if (started !== undefined) return started;
      const metadata = readMetadata(settings, artifact, key).catch((error: unknown) => {
        reading.delete(key);
        throw error;
      });
      reading.set(key, metadata);
      return metadata;
    },
  };
}

/** The host counts beside the digest: one index must not be able to supply the metadata of another's file. */
function cacheKey(artifact: Artifact): string {
  const { sha256 } = artifact.hashes;
  const { protocol, host } = new URL(artifact.url);
  return sha256 === undefined ? artifact.url : `sha256:${sha256} ${protocol}//${host}`;
}

/** Kept as an empty text: the archive has to be built. */
const MUST_BUILD = '';

async function readMetadata(settings: MetadataFetcherSettings, artifact: Artifact, key: string): Promise<CoreMetadata> {
  const { directory } = artifact.url.startsWith('file:') ? { directory: undefined } : settings;
  const file = directory === undefined ? undefined : cachePath(directory, key, '.metadata');
  const kept = file === undefined ? undefined : readCacheFile(file);
  if (kept !== undefined) return checkedMetadata(artifact, decodeMetadata(kept));
  const text = await fetchMetadata(settings, artifact);
  if (text !== MUST_BUILD) checkedMetadata(artifact, text);
  if (file !== undefined) writeCacheFile(file, Buffer.from(text));
  return checkedMetadata(artifact, text);
}

async function fetchMetadata(settings: MetadataFetcherSettings, artifact: Artifact): Promise<string> {
  const isLocal = artifact.url.startsWith('file:');
  if (typeof artifact.metadata === 'object' && !isLocal) {
    const text = await readSidecar(settings.http, artifact, artifact.metadata.hashes);
    if (text !== undefined && (artifact.kind === 'wheel' || isStatic(parseFor(artifact, text)))) return text;
  }
  if (artifact.kind === 'sdist') return (await readSdistMetadata(settings, artifact, isLocal)) ?? MUST_BUILD;
  try {
    return await (isLocal
      ? readMetadataOfFile(artifact, localPath(artifact.url))
      : readWheelMetadata(settings, artifact));
  } catch (error) {
    throw isTspmError(error) && error.code.startsWith('TSPM_ARCHIVE') ? namingFile(artifact, error) : error;
  }
}

/** Before this month nobody could write final metadata into a source archive: PEP 643 is of October 2020, PEP 621 of November. */
const FIRST_STATIC = Date.UTC(2020, 9, 1);

async function readSdistMetadata(
  settings: MetadataFetcherSettings,
  artifact: Artifact,
  isLocal: boolean,
): Promise<string | undefined> {
  const { readSdist } = settings;
  if (readSdist === undefined || uploadedAt(artifact) < FIRST_STATIC) return undefined;
  const { filename, url } = artifact;
  if (isLocal) return readSdist(localPath(url), filename);
  return withWhole(settings, artifact, { read: ({ path }) => readSdist(path, filename) });
}

function sdistError({ filename }: Artifact): TspmError {
  return new TspmError('TSPM_UNSUPPORTED', `${filename} has to be built to learn what it requires`, {
    hint: 'choose a version that has a wheel',
  });
}

/** A file whose metadata is about another project or version is refused; the local label may be missing on either side. */
function checkedMetadata(artifact: Artifact, text: string): CoreMetadata {
  if (text === MUST_BUILD && artifact.kind === 'sdist') throw sdistError(artifact);
  const metadata = parseFor(artifact, text);
  const version = tryParseVersion(metadata.version);
  const sameName =
    artifact.wheel === undefined
      ? tryParseSdistFilename(artifact.filename, metadata.name) !== undefined
      : normalizeName(metadata.name) === artifact.wheel.name;
  if (sameName && version !== undefined && publicVersion(version) === publicVersion(artifact.version)) return metadata;
  const message = `${artifact.filename}: its metadata is about ${metadata.name} ${metadata.version}`;
  throw new TspmError('TSPM_INVALID_METADATA', message);
}

function parseFor(artifact: Artifact, text: string): CoreMetadata {
  try {
    return parseMetadata(text);
  } catch (error) {
    throw isTspmError(error) ? namingFile(artifact, error) : error;
  }
}

function namingFile({ filename }: Artifact, error: TspmError): TspmError {
  return new TspmError(error.code, `${filename}: ${error.message}`, { cause: error });
}
