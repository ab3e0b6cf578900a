/** What the lock says of one resolved package. */
import { TspmError } from '../errors.ts';
import type { Artifact, Listing } from '../index/model.ts';
import type { LockedFile, LockedPackage } from '../lockfile/model.ts';
import { normalizeName } from '../packaging/name.ts';
import { mendedPythonText, parsePythonRange, pythonRangesIntersect } from '../packaging/python-range.ts';
import { publicVersion, versionsEqual, type Version } from '../packaging/version.ts';
import { wheelFits, type WheelTarget } from '../packaging/wheel-target.ts';
import type { ResolvedPackage } from '../resolver/model.ts';
import { sortedText } from '../util/collections.ts';
import type { DirectSource } from './direct.ts';

/** What an entry is made from beside the resolution. */
export interface EntryParts {
  readonly files: readonly LockedFile[];
  /** The URL or path the project takes the package from. */
  readonly direct: DirectSource | undefined;
  /** Whether the version keeps its local part, as a requirement pins it, or the format says so. */
  readonly keepsLocal: boolean;
}

/** The `[[package]]` entry without its marker. The version goes without its local part, which differs from file to file, unless it is to stay. */
export function lockEntry(resolved: ResolvedPackage, { files, direct, keepsLocal }: EntryParts): LockedPackage {
  const { key, version, writtenExtras: extras, metadata, groups } = resolved;
  const pin = keepsLocal ? version.text : publicVersion(version);
  const requiresPython = lockedRequiresPython(resolved);
  return {
    name: key,
    version: pin,
    ...(extras.length === 0 ? {} : { extras }),
    ...(requiresPython === undefined ? {} : { requiresPython }),
    ...(direct === undefined ? {} : direct.place),
    summary: metadata.summary,
    groups,
    dependencies: dependencyLines(resolved, (name) =>
      direct === undefined ? `${name}==${pin}` : directPin(name, direct, pin),
    ),
    files,
  };
}

/** How an entry with extras requires the plain package: by its place, as the project's own requirement does. */
function directPin(name: string, { place }: DirectSource, version: string): string {
  const { url, path, vcs, subdirectory, editable } = place;
  const local = path?.startsWith('./') === true ? `file:///\${PROJECT_ROOT}/${encodeURI(path.slice(2))}` : undefined;
  const address =
    vcs === undefined ? (url ?? local) : `${vcs.kind}+${vcs.url}${vcs.ref === undefined ? '' : `@${vcs.ref}`}`;
  if (address === undefined) return `${name}==${version}`;
  const parts = [
    ...(editable === true ? [`egg=${name}`] : []),
    ...(subdirectory === undefined ? [] : [`subdirectory=${subdirectory}`]),
  ];
  const whole = parts.length === 0 ? address : `${address}#${parts.join('&')}`;
  return editable === true ? `-e ${whole}` : `${name} @ ${whole}`;
}

/**
 * Every file of the version that the target can use. Its local variants count as the same version, as they do for the tools that read the
 * lock, unless a requirement pins one (`isPinnedLocal`): then only that one's. Throws TSPM_PACKAGE_NOT_FOUND when no source has the package any more.
 */
export function filesOfVersion(
  listing: Listing,
  { key, version }: Pick<ResolvedPackage, 'key' | 'version'>,
  { target, isPinnedLocal }: { readonly target: WheelTarget; readonly isPinnedLocal: boolean },
): Artifact[] {
  if (listing.kind === 'absent') throw new TspmError('TSPM_PACKAGE_NOT_FOUND', `${key} is in no source any more`);
  const wanted = publicVersion(version);
  const isWanted = (found: Version): boolean =>
    isPinnedLocal ? versionsEqual(found, version) : publicVersion(found) === wanted;
  return listing.releases
    .filter((release) => isWanted(release.version))
    .flatMap((release) => release.artifacts)
    .filter((artifact) => fits(artifact, target));
}

/** The lines of the resolution; that by which a package with extras holds the plain one to its own version says `pin` instead. */
function dependencyLines({ key, version, dependencies }: ResolvedPackage, pin: (name: string) => string): string[] {
  const ending = `==${version.text}`;
  const pinned = dependencies.map((line) => {
    const name = line.endsWith(ending) ? line.slice(0, -ending.length) : undefined;
    return name !== undefined && normalizeName(name) === key ? pin(name) : line;
  });
  return sortedText(pinned);
}

/** As the index writes it, else as the package does, mended where other tools could not read it; an invalid text means nothing. */
function lockedRequiresPython({ release, metadata }: ResolvedPackage): string | undefined {
  const listed = release?.artifacts.find((artifact) => artifact.requiresPython !== undefined)?.requiresPython;
  return mendedPythonText(listed ?? metadata.requiresPython ?? '');
}

function fits({ wheel, requiresPython }: Artifact, target: WheelTarget): boolean {
  if (wheel !== undefined && !wheelFits(wheel.tags, target)) return false;
  return requiresPython === undefined || pythonRangesIntersect(parsePythonRange(requiresPython), target.python);
}
