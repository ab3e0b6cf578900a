import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openWheel } from '../archive/wheel-archive.ts';
import { TspmError } from '../errors.ts';
import { redactUrl } from '../util/redact.ts';
import type { LockedFile, LockedPackage } from '../lockfile/model.ts';
import { tryParseWheelFilename } from '../packaging/filename.ts';
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
import { acquireFile } from './acquire.ts';
import type { GroupRequirement } from './lock-inputs.ts';
import type { Session } from './session.ts';

/** A package that the project takes from a URL or a path: its only candidate, and how the lock describes the place. */
export interface DirectSource extends DirectCandidate {
  readonly place: Pick<LockedPackage, 'url' | 'path' | 'subdirectory'>;
  readonly files: readonly LockedFile[];
}

/** The direct candidates by key, and by the requirement line that asked for them. */
export interface DirectSources {
  readonly byKey: ReadonlyMap<string, DirectSource>;
  readonly byLine: ReadonlyMap<string, DirectSource>;
}

/**
 * Fetches the wheels that requirements name by URL or path and reads their metadata. Throws TSPM_UNSUPPORTED for what would have
 * to be built (folders, source archives, version control), TSPM_RESOLUTION_FAILED when one package has two places.
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
    byKey.set(key, source);
    byLine.set(line, source);
  }
  return { byKey, byLine };
}

/** Fetches the wheel a requirement names; `line` is for messages. Throws as {@link directCandidates} does of one. */
export async function directSource(
  session: Session,
  line: string,
  requirement: PathRequirement | UrlRequirement | VcsRequirement,
): Promise<DirectSource> {
  if (requirement.kind === 'vcs') throw unsupported(line, 'a version control checkout');
  const url = requirement.kind === 'path' ? localWheel(session, line, requirement) : remoteUrl(session, requirement);
  const filename = decodeURIComponent(url.slice(url.lastIndexOf('/') + 1));
  if (tryParseWheelFilename(filename) === undefined) throw unsupported(line, 'a source archive');
  const hashes = fragmentHashes(requirement);
  const { path, sha256 } = await acquireFile(session, { filename, url, hashes, size: undefined });
  const wheel = openWheel(path, filename, sha256);
  try {
    const place = requirement.kind === 'path' ? { path: requirement.path } : { url: requirement.url };
    const files = [{ file: filename, hash: `sha256:${sha256}` }];
    return { version: parseVersion(wheel.version), metadata: wheel.metadata, url: redactUrl(url), place, files };
  } finally {
    wheel.close();
  }
}

function localWheel(session: Session, line: string, requirement: PathRequirement): string {
  const path = resolve(session.root, requirement.path);
  if (!existsSync(path))
    throw new TspmError('TSPM_INVALID_REQUIREMENT', `${line}: ${path} does not exist`, { context: { path } });
  if (statSync(path).isDirectory()) throw unsupported(line, 'a folder');
  return pathToFileURL(path).href;
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
  return new TspmError('TSPM_UNSUPPORTED', `${line}: ${what} would have to be built, which tspm cannot do yet`, {
    hint: 'build a wheel and depend on that',
  });
}
