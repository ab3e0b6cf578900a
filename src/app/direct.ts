import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openWheel } from '../archive/wheel-archive.ts';
import { TspmError } from '../errors.ts';
import { redactUrl } from '../util/redact.ts';
import type { LockedFile, LockedPackage } from '../lockfile/model.ts';
import { tryParseSdistFilename, tryParseWheelFilename } from '../packaging/filename.ts';
import { parseMetadata, type CoreMetadata } from '../packaging/metadata.ts';
import { normalizeName } from '../packaging/name.ts';
import { parseVersion } from '../packaging/version.ts';
import {
  requirementLocation,
  type PathRequirement,
  type UrlRequirement,
  type VcsRequirement,
} from '../project/requirement-line.ts';
import { expandUrl, variableStyle } from '../project/variables.ts';
import type { DirectCandidate } from '../resolver/model.ts';
import { acquireFile, type AcquiredFile } from './acquire.ts';
import { builtMetadata, findBuiltMetadata, type SourceArchive } from './built-wheel.ts';
import { folderMetadata } from './folder-wheel.ts';
import type { GroupRequirement } from './lock-inputs.ts';
import { sdistMetadata } from './sdist-metadata.ts';
import type { Session } from './session.ts';

/** A package that the project takes from a URL or a path: its only candidate, and how the lock describes the place. */
export interface DirectSource extends DirectCandidate {
  readonly place: Pick<LockedPackage, 'url' | 'path' | 'subdirectory' | 'editable'>;
  readonly files: readonly LockedFile[];
}

/** The direct candidates by key, and by the requirement line that asked for them. */
export interface DirectSources {
  readonly byKey: ReadonlyMap<string, DirectSource>;
  readonly byLine: ReadonlyMap<string, DirectSource>;
}

/**
 * Fetches what requirements name by URL or path and learns its metadata. A folder that is asked for as editable and as it is, is editable.
 * Throws TSPM_UNSUPPORTED for version control, TSPM_BUILD_FAILED, TSPM_RESOLUTION_FAILED when one package has two places.
 */
export async function directCandidates(
  session: Session,
  requirements: readonly GroupRequirement[],
): Promise<DirectSources> {
  const byKey = new Map<string, DirectSource>();
  const byLine = new Map<string, DirectSource>();
  const lines = new Map<string, string>();
  for (const { line, requirement } of requirements) {
    if (requirement.kind === 'named' || byLine.has(line)) continue;
    const source = await directSource(session, line, requirement);
    const key = normalizeName(source.metadata.name);
    const other = byKey.get(key);
    if (other !== undefined && other.url !== source.url) {
      throw new TspmError(
        'TSPM_RESOLUTION_FAILED',
        `the project takes ${key} from two places: ${lines.get(key) ?? ''} and ${requirementLocation(requirement) ?? ''}`,
      );
    }
    lines.set(key, requirementLocation(requirement) ?? line);
    byKey.set(key, other?.place.editable === true ? other : source);
    byLine.set(line, source);
  }
  return { byKey, byLine };
}

/**
 * Fetches the wheel or source archive a requirement names, or looks at its folder; what does not tell its requirements is built. `line` is
 * for messages. Throws as {@link directCandidates} does of one.
 */
export async function directSource(
  session: Session,
  line: string,
  requirement: PathRequirement | UrlRequirement | VcsRequirement,
): Promise<DirectSource> {
  if (requirement.kind === 'vcs') throw unsupported(line, 'a version control checkout');
  if (requirement.subdirectory !== undefined) throw unsupported(line, 'a folder within an archive or checkout');
  if (requirement.kind === 'url')
    return archiveSource(session, line, { requirement, url: remoteUrl(session, requirement) });
  const path = resolve(session.root, requirement.path);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined)
    throw new TspmError('TSPM_INVALID_REQUIREMENT', `${line}: ${path} does not exist`, { context: { path } });
  if (found.isDirectory()) return folderSource(session, { requirement, path });
  return archiveSource(session, line, { requirement, url: pathToFileURL(path).href });
}

async function folderSource(
  session: Session,
  { requirement, path }: { readonly requirement: PathRequirement; readonly path: string },
): Promise<DirectSource> {
  const subject = requirement.name ?? basename(path);
  const metadata = parseMetadata(await folderMetadata(session, { path, subject, editable: requirement.editable }));
  const place = { path: requirement.path, ...(requirement.editable ? { editable: true as const } : {}) };
  return { version: parseVersion(metadata.version), metadata, url: pathToFileURL(path).href, place, files: [] };
}

async function archiveSource(
  session: Session,
  line: string,
  { requirement, url }: { readonly requirement: PathRequirement | UrlRequirement; readonly url: string },
): Promise<DirectSource> {
  const filename = decodeURIComponent(url.slice(url.lastIndexOf('/') + 1));
  const isWheel = tryParseWheelFilename(filename) !== undefined;
  const sdist = isWheel ? undefined : tryParseSdistFilename(filename, requirement.name);
  if (!isWheel && sdist === undefined)
    throw unsupported(line, 'what is neither a wheel nor called name-version.tar.gz');
  const file = await acquireFile(session, { filename, url, hashes: fragmentHashes(requirement), size: undefined });
  const metadata =
    sdist === undefined
      ? wheelMetadata(file, filename)
      : parseMetadata(
          await archiveMetadata(session, { ...file, filename, name: sdist.name, version: sdist.version.text }),
        );
  const version = parseVersion(sdist === undefined ? wheelVersion(filename, metadata) : metadata.version);
  const place = requirement.kind === 'path' ? { path: requirement.path } : { url: requirement.url };
  return { version, metadata, url: redactUrl(url), place, files: [{ file: filename, hash: `sha256:${file.sha256}` }] };
}

/** What a source archive tells by itself, else what a build tells. */
async function archiveMetadata(session: Session, archive: SourceArchive): Promise<string> {
  const told = await sdistMetadata(archive.path, archive.filename);
  return told ?? (await findBuiltMetadata(session, archive.sha256)) ?? (await builtMetadata(session, archive));
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

function remoteUrl(session: Session, requirement: UrlRequirement): string {
  const { env } = session.settings;
  return expandUrl(requirement.url, { root: session.root, env, style: variableStyle(session.pyproject.buildBackend) });
}

function fragmentHashes(requirement: PathRequirement | UrlRequirement): Readonly<Record<string, string>> {
  const match =
    requirement.kind === 'url' ? /^(sha256|sha384|sha512)=([0-9a-fA-F]+)$/.exec(requirement.fragment ?? '') : null;
  return match?.[1] === undefined || match[2] === undefined ? {} : { [match[1]]: match[2].toLowerCase() };
}

function unsupported(line: string, what: string): TspmError {
  return new TspmError('TSPM_UNSUPPORTED', `${line}: ${what} cannot be installed yet`, {
    hint: 'depend on a wheel, a source archive or a folder',
  });
}
