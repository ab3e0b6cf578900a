import type { Lockfile } from '../lockfile/model.ts';
import { compareVersions, tryParseVersion } from '../packaging/version.ts';
import { sortedText } from '../util/collections.ts';
import { mapLimit } from '../util/limit.ts';
import { directRequirements } from './direct-requirements.ts';
import { installedVersions } from './installed.ts';
import { latestReleases } from './latest.ts';
import { lockedPackages } from './list-locked.ts';
import type { Session } from './session.ts';

/** A package that is not at its newest version. */
export interface OutdatedPackage {
  /** Normalised name. */
  readonly key: string;
  /** Groups of the project that ask for it. */
  readonly groups: readonly string[];
  /** Empty when it is not installed. */
  readonly installed: string;
  /** The version the lock has for the project's Python; empty when it has none. */
  readonly pinned: string;
  readonly latest: string;
}

/** Which packages are looked up. */
export interface OutdatedRequest {
  /** Undefined when there is no lock. */
  readonly lock: Lockfile | undefined;
  /** Also what only other packages ask for. */
  readonly includeSub: boolean;
  readonly isWanted: (key: string) => boolean;
}

const PACKAGES_AT_ONCE = 16;

/**
 * What is installed or pinned in an older version than the newest one on the sources, sorted by name. Pre-releases count where there is
 * nothing else, and where the project allows them.
 */
export async function outdatedPackages(session: Session, request: OutdatedRequest): Promise<OutdatedPackage[]> {
  const [installed, pinned] = [await installedVersions(session), await pinnedVersions(session, request.lock)];
  const direct = directRequirements(session);
  const keys = sortedText(new Set([...installed.keys(), ...pinned.keys()])).filter(
    (key) => (request.includeSub || direct.has(key)) && request.isWanted(key),
  );
  const rows = await mapLimit(keys, PACKAGES_AT_ONCE, async (key): Promise<OutdatedPackage[]> => {
    const found = await latestReleases(session, key);
    if (found === undefined) return [];
    const { newest, stable = newest } = found;
    const latest = (session.pyproject.resolution.allowPrereleases === true ? newest : stable).version.text;
    const versions = { installed: installed.get(key) ?? '', pinned: pinned.get(key) ?? '' };
    const isBehind =
      isOlder(versions.installed, latest) || (versions.pinned !== '' && isOlder(versions.pinned, latest));
    return isBehind ? [{ key, groups: direct.get(key)?.groups ?? [], ...versions, latest }] : [];
  });
  return rows.flat();
}

async function pinnedVersions(session: Session, lock: Lockfile | undefined): Promise<Map<string, string>> {
  const entries = lock === undefined ? [] : await lockedPackages(session, lock);
  return new Map(entries.map(({ name, version = '' }) => [name, version]));
}

/** What is absent, or says no version, is older than everything. */
function isOlder(text: string, than: string): boolean {
  const [version, other] = [tryParseVersion(text), tryParseVersion(than)];
  return version === undefined || other === undefined || compareVersions(version, other) < 0;
}
