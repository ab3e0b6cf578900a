import { createHash } from 'node:crypto';
import type { TomlTable } from '../toml/value.ts';
import { contentText } from './content-hash.ts';
import { LOCK_VERSION, type Lockfile } from './model.ts';

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

/** Compares formats as major.minor.micro; an empty one is `none`. */
export function lockCompatibility(lockVersion: string, ours: string = LOCK_VERSION): LockCompatibility {
  const [major = 0, minor = 0, micro = 0] = numbersOf(ours);
  const [fileMajor, fileMinor = 0, fileMicro = 0] = numbersOf(lockVersion);
  if (fileMajor === undefined || fileMajor !== major || fileMinor > minor) return 'none';
  if (fileMinor < minor || fileMicro < micro) return 'backward';
  return fileMicro > micro ? 'forward' : 'same';
}

/** Checks format and content hash; `document` is the parsed pyproject.toml. Reads nothing and needs no network. */
export function checkFreshness(lock: Lockfile, document: TomlTable): Freshness {
  const compatibility = lockCompatibility(lock.lockVersion);
  const warning = WARNINGS[compatibility];
  const warnings = warning === undefined ? [] : [warning];
  if (compatibility === 'none') return { kind: 'stale', warnings };
  if (matchesContent(lock.contentHash, document)) return { kind: 'fresh', warnings };
  return { kind: 'stale', warnings: [...warnings, STALE] };
}

/** Whether a recorded content hash, of whatever algorithm it names, is that of `document`. */
export function matchesContent(recorded: string | undefined, document: TomlTable): boolean {
  const [, algorithm, digest] = /^([^:]+):(.*)$/.exec(recorded ?? '') ?? [];
  if (algorithm === undefined) return false;
  const text = contentText(document);
  try {
    return createHash(algorithm).update(text, 'utf8').digest('hex') === digest;
  } catch {
    return false;
  }
}

function numbersOf(text: string): number[] {
  const match = /^\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text);
  return match === null ? [] : match.slice(1).map((part) => Number(part ?? '0'));
}
