import { parseVersion, tryParseVersion, versionsEqual } from '../packaging/version.ts';
import type { TomlTable } from '../toml/value.ts';
import { contentDigest, contentText, type MemberContent } from './content-hash.ts';
import { LOCK_VERSION, PYLOCK_VERSION, type Lockfile } from './model.ts';

/** How a lock's format relates to ours: older and newer ones of the same minor or major are read, `none` is not trusted. */
export type LockCompatibility = 'same' | 'backward' | 'forward' | 'none';

/** Whether a lock fits its project file. Warnings are PDM's, in order. */
export interface Freshness {
  readonly kind: 'fresh' | 'stale';
  readonly warnings: readonly string[];
}

const WARNINGS: Readonly<Record<LockCompatibility, string | undefined>> = {
  same: undefined,
  backward: 'Lockfile is generated on an older version of PDM',
  forward: 'Lockfile is generated on a newer version of PDM',
  none: 'Lockfile is not compatible with PDM',
};

const STALE = "Lockfile doesn't satisfy the project requirements, packages may be outdated";

const INPUTS = 'The lock file records its inputs (lock_inputs), which tspm does not compare; `pdm lock --check` can';

/**
 * Compares formats by the first three numbers of their versions (PEP 440): no version at all is `none`, and what has the same
 * numbers but is no equal version, as 4.5.1.post1, is a later one.
 */
export function lockCompatibility(lockVersion: string, ours: string = LOCK_VERSION): LockCompatibility {
  const [written, known] = [tryParseVersion(lockVersion), parseVersion(ours)];
  if (written === undefined) return 'none';
  if (versionsEqual(written, known)) return 'same';
  const [major = 0, minor = 0, micro = 0] = known.release;
  const [fileMajor = 0, fileMinor = 0, fileMicro = 0] = written.release;
  if (fileMajor !== major || fileMinor > minor) return 'none';
  return fileMinor < minor || fileMicro < micro ? 'backward' : 'forward';
}

/** Checks format and content hash. Reads nothing and needs no network. */
export function checkFreshness(lock: Lockfile, document: TomlTable, members: readonly MemberContent[] = []): Freshness {
  const compatibility = lock.pylock === undefined ? lockCompatibility(lock.lockVersion) : 'same';
  const warning = lock.pylock === undefined ? WARNINGS[compatibility] : laterStandard(lock.lockVersion);
  const warnings = warning === undefined ? [] : [warning];
  if (compatibility === 'none') return { kind: 'stale', warnings };
  if (lock.recordsInputs === true) return { kind: 'stale', warnings: [...warnings, INPUTS] };
  if (matchesContent(lock.contentHash, document, members)) return { kind: 'fresh', warnings };
  return { kind: 'stale', warnings: [...warnings, STALE] };
}

/** A later 1.x may hold keys that are not known here; they are left aside, as the standard wants it. */
function laterStandard(lockVersion: string): string | undefined {
  if (lockCompatibility(lockVersion, PYLOCK_VERSION) === 'same') return undefined;
  return `Lockfile is written in version ${lockVersion} of its standard, what is new since ${PYLOCK_VERSION} is ignored`;
}

/** Whether a recorded content hash, of whatever algorithm it names, is that of the project files. */
export function matchesContent(
  recorded: string | undefined,
  document: TomlTable,
  members: readonly MemberContent[] = [],
): boolean {
  const [, algorithm, digest] = /^([^:]+):(.*)$/.exec(recorded ?? '') ?? [];
  if (algorithm === undefined) return false;
  // A date is told as such, whatever the algorithm.
  contentText(document);
  try {
    return contentDigest(document, members, algorithm) === digest;
  } catch {
    return false;
  }
}
