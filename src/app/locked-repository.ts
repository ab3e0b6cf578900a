/** An old lock seen as an index: re-locking what did not change needs neither listings nor metadata from the network. */
import { isTspmError } from '../errors.ts';
import type { Artifact, Listing, Release } from '../index/model.ts';
import { lockedExtras, lockedFilename, type LockedPackage } from '../lockfile/model.ts';
import { tryParseSdistFilename, tryParseWheelFilename } from '../packaging/filename.ts';
import type { CoreMetadata } from '../packaging/metadata.ts';
import { parseMetadataRequirement, type Requirement } from '../packaging/requirement.ts';
import { tryParseVersion, type Version } from '../packaging/version.ts';

/** What an old lock knows of one package: its only version, all entries merged into metadata as the package itself would state it. */
export interface LockedCandidate {
  readonly listing: Listing;
  readonly metadata: CoreMetadata;
  /** The plain entry. */
  readonly locked: LockedPackage;
  /** The extras the lock knows; what others would bring is not in it. */
  readonly extras: ReadonlySet<string>;
}

/**
 * The packages of a lock by name. Left out: packages from URLs, paths or version control, and packages with several versions
 * (locks with several targets), which have to be looked up anew; so do those whose entries mix the requirements of two extras, or lack
 * those of an extra that another entry asks for (a pylock.toml has no entries for extras), and those with a requirement that nobody can read.
 */
export function lockedRepository(packages: readonly LockedPackage[]): Map<string, LockedCandidate> {
  const byName = new Map<string, LockedPackage[]>();
  for (const locked of packages) byName.set(locked.name, [...(byName.get(locked.name) ?? []), locked]);
  const repository = new Map<string, LockedCandidate>();
  for (const [name, entries] of byName) {
    const candidate = candidateOf(entries);
    if (candidate !== undefined) repository.set(name, candidate);
  }
  for (const { key, extras } of packages.flatMap(({ dependencies }) => withExtras(dependencies))) {
    if (extras.some((extra) => repository.get(key)?.extras.has(extra) === false)) repository.delete(key);
  }
  return repository;
}

/** The requirements among these lines that ask for extras. */
function withExtras(lines: readonly string[]): Requirement[] {
  return lines.filter((line) => line.includes('[')).flatMap((line) => readLine(line) ?? []);
}

function candidateOf(entries: readonly LockedPackage[]): LockedCandidate | undefined {
  const plain = entries.filter((entry) => entry.extras === undefined || entry.extras.length === 0);
  const [locked] = plain;
  const version = tryParseVersion(locked?.version ?? '');
  if (locked === undefined || plain.length > 1 || version === undefined || !isNamed(locked)) return undefined;
  if (entries.some((entry) => entry.version !== locked.version || (entry.extras?.length ?? 0) > 1)) return undefined;
  if (entries.some((entry) => entry.dependencies.some((line) => readLine(line) === undefined))) return undefined;
  const artifacts = locked.files.flatMap((file) => artifactOf(locked, lockedFilename(file), version));
  const release: Release = { version, artifacts };
  return {
    locked,
    extras: new Set(entries.flatMap(lockedExtras)),
    listing: { kind: 'found', name: locked.name, releases: [release] },
    metadata: metadataOf(locked, entries),
  };
}

function isNamed(locked: LockedPackage): boolean {
  return locked.url === undefined && locked.path === undefined && locked.vcs === undefined && locked.editable !== true;
}

/** Hashes and address are left out: a locked candidate's `files` are taken over as they are. */
function artifactOf(locked: LockedPackage, filename: string, version: Version): Artifact[] {
  const wheel = tryParseWheelFilename(filename);
  if (wheel === undefined && tryParseSdistFilename(filename, locked.name) === undefined) return [];
  return [
    {
      filename,
      url: '',
      hashes: {},
      requiresPython: locked.requiresPython,
      yanked: false,
      size: undefined,
      uploadTime: undefined,
      metadata: 'unknown',
      source: 'lock',
      kind: wheel === undefined ? 'sdist' : 'wheel',
      version,
      wheel,
    },
  ];
}

/** Entries with an extra hold its requirements without the `extra` marker; it is put back here. */
function metadataOf(plain: LockedPackage, entries: readonly LockedPackage[]): CoreMetadata {
  const requiresDist = [...plain.dependencies];
  const providesExtra: string[] = [];
  for (const entry of entries) {
    const [extra] = lockedExtras(entry);
    if (extra === undefined) continue;
    providesExtra.push(extra);
    const pin = `${entry.name}==${entry.version ?? ''}`;
    for (const line of entry.dependencies) if (line !== pin) requiresDist.push(onlyWithExtra(line, extra));
  }
  return {
    metadataVersion: '2.1',
    name: plain.name,
    version: plain.version ?? '',
    summary: plain.summary ?? '',
    requiresPython: plain.requiresPython,
    requiresDist,
    providesExtra,
    dynamic: [],
    homePage: '',
    license: '',
    fields: new Map(),
    warnings: [],
  };
}

/** Undefined for a line that nobody can read, and for the `-e` lines of locks. */
function readLine(line: string): Requirement | undefined {
  try {
    return parseMetadataRequirement(line);
  } catch (error) {
    if (isTspmError(error)) return undefined;
    throw error;
  }
}

/** A requirement line that counts with the extra alone. Throws TSPM_INVALID_REQUIREMENT. */
export function onlyWithExtra(line: string, extra: string): string {
  const { marker } = parseMetadataRequirement(line);
  const bare = marker === undefined ? line : line.slice(0, line.lastIndexOf(';')).trimEnd();
  const condition = `extra == "${extra}"`;
  const separator = bare.includes(' @ ') ? ' ; ' : '; ';
  return `${bare}${separator}${marker === undefined ? condition : `(${marker.toString()}) and ${condition}`}`;
}
