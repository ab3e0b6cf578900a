import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compressionOf, isArchiveName } from '../archive/sdist-members.ts';
import { openWheel } from '../archive/wheel-archive.ts';
import { isTspmError, TspmError } from '../errors.ts';
import { lockedFilename, type LockedFile, type LockedPackage } from '../lockfile/model.ts';
import { tryParseSdistFilename, tryParseWheelFilename } from '../packaging/filename.ts';
import { parseMetadata, type CoreMetadata } from '../packaging/metadata.ts';
import { normalizeName } from '../packaging/name.ts';
import { parseVersion } from '../packaging/version.ts';
import type { PathRequirement, UrlRequirement, VcsRequirement } from '../project/requirement-line.ts';
import type { DirectCandidate } from '../resolver/model.ts';
import { redactUrl } from '../util/redact.ts';
import { commitOf, subfolder } from '../vcs/checkout.ts';
import { withoutSecrets } from '../vcs/repository.ts';
import { acquireFile, type AcquiredFile } from './acquire.ts';
import { builtMetadata, findBuiltMetadata } from './built-wheel.ts';
import { folderMetadata } from './folder-wheel.ts';
import {
  archiveSources,
  checkoutSources,
  type Expected,
  type SourceArchive,
  sourcesMetadata,
} from './known-sources.ts';
import { fullAddress, mirrorSettings, repositoryAt, unsupportedVcs } from './repositories.ts';
import { sdistMetadata } from './sdist-metadata.ts';
import type { Session } from './session.ts';

/** A package that is taken from a URL, a path or a repository: its only candidate, and how the lock describes the place. */
export interface DirectSource extends DirectCandidate {
  readonly place: Pick<LockedPackage, 'url' | 'path' | 'subdirectory' | 'editable' | 'vcs'>;
  readonly files: readonly LockedFile[];
}

/** The forms of requirements that name a place. */
export type PlacedRequirement = PathRequirement | UrlRequirement | VcsRequirement;

/** A requirement that names a place. */
export interface DirectWish {
  /** For messages. */
  readonly line: string;
  readonly requirement: PlacedRequirement;
  /** The commit to stay with, of what the lock has and is not to be updated. */
  readonly commit: string | undefined;
}

/**
 * Fetches the wheel, source archive or commit a requirement names, or looks at its folder; what does not tell its requirements is
 * built. Throws TSPM_BUILD_FAILED, TSPM_VCS, and what fetching throws.
 */
export async function directSource(session: Session, wish: DirectWish): Promise<DirectSource> {
  const source = await sourceOf(session, wish);
  const { line, requirement } = wish;
  const found = normalizeName(source.metadata.name);
  if (requirement.name === undefined || normalizeName(requirement.name) === found) return source;
  throw new TspmError(
    'TSPM_INVALID_REQUIREMENT',
    `${redactUrl(line)}: what lies there is ${found}, not ${requirement.name}`,
    {
      hint: `write ${found} in front of the @`,
    },
  );
}

async function sourceOf(session: Session, wish: DirectWish): Promise<DirectSource> {
  const { line, requirement } = wish;
  if (requirement.kind === 'vcs') return checkoutSource(session, { ...wish, requirement });
  if (requirement.kind === 'url') {
    const url = fullAddress(session, requirement.url);
    return ofRequirement(line, () => archiveSource(session, line, { requirement, url }));
  }
  const path = resolve(session.root, requirement.path);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined)
    throw new TspmError('TSPM_INVALID_REQUIREMENT', `${line}: ${path} does not exist`, { context: { path } });
  if (found.isDirectory()) return folderSource(session, { requirement, path });
  const url = pathToFileURL(path).href;
  return ofRequirement(line, () => archiveSource(session, line, { requirement, url }));
}

/** An editable checkout is not held to a commit: it is the user's to work in. */
async function checkoutSource(
  session: Session,
  { requirement, commit: kept }: DirectWish & { readonly requirement: VcsRequirement },
): Promise<DirectSource> {
  const { vcs: kind, ref, subdirectory, name, editable } = requirement;
  if (kind !== 'git') throw unsupportedVcs(kind, requirement.repository);
  const repository = repositoryAt(session, requirement.repository);
  const commit = kept ?? (await commitOf(mirrorSettings(session), repository, ref));
  const sources = checkoutSources(session, { repository, commit, subdirectory, name, version: undefined });
  const metadata = parseMetadata(await sourcesMetadata(session, sources));
  const url = withoutSecrets(requirement.repository);
  const vcs = { kind, url, ...(ref === undefined ? {} : { ref }), ...(editable ? {} : { revision: commit }) };
  return {
    version: parseVersion(metadata.version),
    metadata,
    url: `git+${url}${ref === undefined ? '' : `@${ref}`}`,
    place: { vcs, ...(subdirectory === undefined ? {} : { subdirectory }), ...(editable ? { editable } : {}) },
    files: [],
  };
}

async function folderSource(
  session: Session,
  { requirement, path }: { readonly requirement: PathRequirement; readonly path: string },
): Promise<DirectSource> {
  const { name, editable, subdirectory } = requirement;
  const folder = subfolder(path, subdirectory, name ?? basename(path));
  const metadata = parseMetadata(
    await folderMetadata(session, { path: folder, subject: name ?? basename(path), editable }),
  );
  const place = {
    path: requirement.path,
    ...(subdirectory === undefined ? {} : { subdirectory }),
    ...(editable ? { editable } : {}),
  };
  return { version: parseVersion(metadata.version), metadata, url: pathToFileURL(path).href, place, files: [] };
}

async function archiveSource(
  session: Session,
  line: string,
  { requirement, url }: { readonly requirement: PathRequirement | UrlRequirement; readonly url: string },
): Promise<DirectSource> {
  const filename = lockedFilename({ url, hash: '' });
  const isWheel = tryParseWheelFilename(filename) !== undefined;
  if (!isWheel && !isArchiveName(filename)) throw unknownArchive(line, filename);
  const file = await acquireFile(session, { filename, url, hashes: fragmentHashes(requirement), size: undefined });
  const { subdirectory } = requirement;
  const metadata = isWheel
    ? wheelMetadata(file, filename)
    : parseMetadata(
        await archiveMetadata(session, { ...file, filename, subdirectory, ...expectedOf(requirement, filename) }),
      );
  const version = parseVersion(isWheel ? wheelVersion(filename, metadata) : metadata.version);
  const from = requirement.kind === 'path' ? { path: requirement.path } : { url: withoutSecrets(requirement.url) };
  return {
    version,
    metadata,
    url: redactUrl(url),
    place: { ...from, ...(subdirectory === undefined ? {} : { subdirectory }) },
    files: [{ file: filename, hash: `sha256:${file.sha256}` }],
  };
}

/** Whatever is wrong with what an address gives, the requirement is what can be changed. */
async function ofRequirement<T>(line: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isTspmError(error) || !['TSPM_INDEX_RESPONSE', 'TSPM_ARCHIVE'].includes(error.code)) throw error;
    const { status, url } = error.context;
    const problem = typeof status === 'number' ? `${String(url)} answers ${status}` : error.message;
    throw new TspmError(error.code, `${redactUrl(line)}: ${problem}`, {
      hint: 'look at what the address gives: it may be a web page, or have moved',
      cause: error,
    });
  }
}

/** What the name of an archive promises; archives that code hosts make of a repository are named after a branch or tag. */
function expectedOf({ name }: PlacedRequirement, filename: string): Expected {
  const named = tryParseSdistFilename(filename, name);
  return named === undefined ? { name, version: undefined } : { name: named.name, version: named.version.text };
}

/** What a source archive tells by itself, else what a build tells. */
async function archiveMetadata(session: Session, archive: SourceArchive): Promise<string> {
  const sources = archiveSources(session, archive);
  if (archive.subdirectory !== undefined || compressionOf(archive.filename) !== undefined)
    return sourcesMetadata(session, sources);
  const told = await sdistMetadata(archive.path, archive.filename);
  return told ?? (await findBuiltMetadata(session, sources.identity)) ?? (await builtMetadata(session, sources));
}

function wheelMetadata({ path, sha256 }: AcquiredFile, filename: string): CoreMetadata {
  const wheel = openWheel(path, filename, sha256);
  wheel.close();
  return wheel.metadata;
}

/** As the file name states it. */
function wheelVersion(filename: string, { version }: CoreMetadata): string {
  return tryParseWheelFilename(filename)?.version.text ?? version;
}

function fragmentHashes(requirement: PathRequirement | UrlRequirement): Readonly<Record<string, string>> {
  const match =
    requirement.kind === 'url' ? /^(sha256|sha384|sha512)=([0-9a-fA-F]+)$/.exec(requirement.fragment ?? '') : null;
  return match?.[1] === undefined || match[2] === undefined ? {} : { [match[1]]: match[2].toLowerCase() };
}

function unknownArchive(line: string, filename: string): TspmError {
  const problem = `${filename} is neither a wheel nor a source archive by its name`;
  return new TspmError('TSPM_INVALID_REQUIREMENT', `${redactUrl(line)}: ${problem}`, {
    hint: 'the address has to end in .whl, .tar.gz, .zip, .tar.bz2 or .tar.xz; write git+ in front of a repository',
  });
}
