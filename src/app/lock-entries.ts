import { TspmError } from '../errors.ts';
import type { Artifact, Listing } from '../index/model.ts';
import type { LockedFile, LockedPackage } from '../lockfile/model.ts';
import { normalizeName } from '../packaging/name.ts';
import { intersectPython, isEmptyPython, parsePythonRange, type PythonRange } from '../packaging/python-range.ts';
import { parseSpecifierSet } from '../packaging/specifier.ts';
import { wheelFitsUniversal } from '../packaging/tags.ts';
import { publicVersion } from '../packaging/version.ts';
import type { ResolvedPackage } from '../resolver/model.ts';
import { compareText, sortedText } from '../util/collections.ts';
import { mapLimit } from '../util/limit.ts';
import { acquireWheel } from './acquire.ts';
import type { DirectSource } from './direct.ts';
import type { LockedCandidate } from './locked-repository.ts';
import type { Session } from './session.ts';

/** What lock entries are made from. */
export interface EntryParts {
  readonly packages: readonly ResolvedPackage[];
  /** The target's interpreters. */
  readonly python: PythonRange;
  /** Candidates taken from the old lock: their files stay as they are. */
  readonly reuse: ReadonlyMap<string, LockedCandidate>;
  readonly direct: ReadonlyMap<string, DirectSource>;
  /** Keys that a requirement pins to a version with a local part. */
  readonly pinnedLocal: ReadonlySet<string>;
  /** Whether `files` carry addresses (static_urls). */
  readonly staticUrls: boolean;
}

/** Most files hashed at once when an index gives no usable digest. */
const HASHED_AT_ONCE = 4;

/** The `[[package]]` entries of a resolution. May download files that no source gives a strong digest for. */
export async function lockEntries(session: Session, parts: EntryParts): Promise<LockedPackage[]> {
  const keys = [...new Set(parts.packages.map(({ key }) => key))];
  const files = new Map<string, readonly LockedFile[]>();
  await mapLimit(keys, HASHED_AT_ONCE, async (key) => {
    const resolved = parts.packages.find((one) => one.key === key);
    if (resolved !== undefined) files.set(key, await filesOf(session, resolved, parts));
  });
  return parts.packages.map((resolved) => entryOf(resolved, files.get(resolved.key) ?? [], parts));
}

function entryOf(resolved: ResolvedPackage, files: readonly LockedFile[], parts: EntryParts): LockedPackage {
  const { key, extras, metadata, marker } = resolved;
  const source = parts.direct.get(key);
  const pin = parts.pinnedLocal.has(key) ? resolved.version.text : publicVersion(resolved.version);
  const requiresPython = lockedRequiresPython(resolved);
  return {
    name: key,
    version: source === undefined ? pin : resolved.version.text,
    ...(extras.length === 0 ? {} : { extras }),
    ...(requiresPython === undefined ? {} : { requiresPython }),
    ...(source === undefined ? {} : source.place),
    summary: metadata.summary,
    groups: resolved.groups,
    ...(marker === undefined ? {} : { marker }),
    dependencies: dependencyLines(resolved, source?.place.url === undefined ? `==${pin}` : ` @ ${source.place.url}`),
    files,
  };
}

/** The lines of the resolution; that by which a package with extras holds the plain one to its own version says `pin` instead. */
function dependencyLines({ key, version, dependencies }: ResolvedPackage, pin: string): string[] {
  const ending = `==${version.text}`;
  const pinned = dependencies.map((line) => {
    const name = line.endsWith(ending) ? line.slice(0, -ending.length) : undefined;
    return name !== undefined && normalizeName(name) === key ? name + pin : line;
  });
  return sortedText(pinned);
}

/** As the index writes it, else as the package does; a bare `3` means that major version, an invalid text means nothing. */
function lockedRequiresPython({ release, metadata }: ResolvedPackage): string | undefined {
  const text = (
    release?.artifacts.find((artifact) => artifact.requiresPython !== undefined)?.requiresPython ??
    metadata.requiresPython ??
    ''
  ).trim();
  if (text === '') return undefined;
  if (/^\d+$/.test(text)) return `>=${text},<${Number(text) + 1}`;
  try {
    parseSpecifierSet(text);
  } catch {
    return undefined;
  }
  return text;
}

async function filesOf(session: Session, resolved: ResolvedPackage, parts: EntryParts): Promise<readonly LockedFile[]> {
  const reused = parts.reuse.get(resolved.key);
  if (reused !== undefined) return reused.locked.files;
  const source = parts.direct.get(resolved.key);
  if (source !== undefined) return directFiles(source, parts.staticUrls);
  const { finder } = await session.index();
  const artifacts = variantFiles(await finder.listing(resolved.key), resolved).filter((artifact) =>
    fits(artifact, parts.python),
  );
  const files = await mapLimit(artifacts, HASHED_AT_ONCE, async (artifact): Promise<LockedFile> => {
    const hash = await hashOf(session, artifact);
    return parts.staticUrls ? { url: artifact.url, hash } : { file: artifact.filename, hash };
  });
  return sortedUnique(files);
}

/** Addresses only where the lock's strategy announces them; a path is one already. */
function directFiles({ files, place: { url } }: DirectSource, staticUrls: boolean): readonly LockedFile[] {
  return staticUrls && url !== undefined ? files.map(({ hash }) => ({ url, hash })) : files;
}

/** Every file of the version; its local variants count as the same version, as they do for the tools that read the lock. */
function variantFiles(listing: Listing, resolved: ResolvedPackage): readonly Artifact[] {
  if (listing.kind === 'absent')
    throw new TspmError('TSPM_PACKAGE_NOT_FOUND', `${resolved.key} is in no source any more`);
  const version = publicVersion(resolved.version);
  return listing.releases
    .filter((release) => publicVersion(release.version) === version)
    .flatMap((release) => release.artifacts);
}

function fits(artifact: Artifact, python: PythonRange): boolean {
  if (artifact.wheel !== undefined && !wheelFitsUniversal(artifact.wheel.tags, python)) return false;
  return (
    artifact.requiresPython === undefined ||
    !isEmptyPython(intersectPython(parsePythonRange(artifact.requiresPython), python))
  );
}

/** A strong digest given by the source, else that of the file itself, which is then kept for installing. */
async function hashOf(session: Session, artifact: Artifact): Promise<string> {
  for (const algorithm of ['sha256', 'sha384', 'sha512']) {
    const digest = artifact.hashes[algorithm];
    if (digest !== undefined) return `${algorithm}:${digest}`;
  }
  return `sha256:${(await acquireWheel(session, artifact)).sha256}`;
}

function sortedUnique(files: readonly LockedFile[]): LockedFile[] {
  const byText = new Map(files.map((file) => [`${file.file ?? file.url ?? ''} ${file.hash}`, file]));
  return [...byText.values()].sort(
    (a, b) => compareText(a.file ?? a.url ?? '', b.file ?? b.url ?? '') || compareText(a.hash, b.hash),
  );
}
