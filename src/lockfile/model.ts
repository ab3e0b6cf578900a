/** A lock as data. Absent optional keys are left out, never undefined. */
import { normalizeExtras } from '../packaging/name.ts';

/** A file of a package and its hash, `algorithm:hex`. With static urls a file carries `url`, else `file`; in a pylock.toml also both. */
export interface LockedFile {
  readonly file?: string;
  readonly url?: string;
  /** Where the file lies, `./x` or `../x` from the root, or absolute; goes before `url`. Only in a pylock.toml. */
  readonly path?: string;
  /** Bytes. Only in a pylock.toml. */
  readonly size?: number;
  readonly hash: string;
}

/** A version control checkout: `url` without `git+` and ref, `revision` the commit. */
export interface LockedVcs {
  readonly kind: 'git' | 'hg' | 'svn' | 'bzr';
  readonly url: string;
  readonly ref?: string;
  readonly revision?: string;
}

/** One `[[package]]`: a package, or a package with extras, in one version. */
export interface LockedPackage {
  /** Normalised. */
  readonly name: string;
  readonly version?: string;
  /** As the requirement wrote them; {@link lockedExtras} has them normalised. */
  readonly extras?: readonly string[];
  readonly requiresPython?: string;
  readonly editable?: true;
  readonly subdirectory?: string;
  readonly vcs?: LockedVcs;
  /** `./x` or `../x` from the root, or absolute. */
  readonly path?: string;
  readonly url?: string;
  readonly summary?: string;
  readonly groups?: readonly string[];
  readonly marker?: string;
  /** Requirement lines. */
  readonly dependencies: readonly string[];
  readonly files: readonly LockedFile[];
}

/** What a lock was resolved for. */
export interface LockTarget {
  /** Range text, alternatives joined with `||`; empty for any. */
  readonly requiresPython: string;
  readonly platform?: string;
  readonly implementation?: string;
  readonly gilDisabled?: boolean;
}

/** What only a pylock.toml (PEP 751) says. */
export interface PylockHead {
  /** Specifiers of the Pythons it can be used with; empty for any. */
  readonly requiresPython: string;
  /** Markers one of which has to hold where it is installed; undefined for no condition. */
  readonly environments: readonly string[] | undefined;
  /** Which of the groups are extras of the project, normalised. */
  readonly extras: readonly string[];
  /** The groups that stand for `default`, as markers name them. */
  readonly defaultGroups: readonly string[];
}

/**
 * A lock file. In a pylock.toml an entry without `groups` may have a marker that asks for `extras` and
 * `dependency_groups`.
 */
export interface Lockfile {
  /** Undefined in the oldest locks, which allow every group. */
  readonly groups: readonly string[] | undefined;
  /** Undefined stands for `cross_platform` alone. */
  readonly strategy: readonly string[] | undefined;
  readonly lockVersion: string;
  readonly contentHash: string | undefined;
  /** It has `lock_inputs` in place of a content hash. */
  readonly recordsInputs?: true;
  readonly targets: readonly LockTarget[];
  readonly packages: readonly LockedPackage[];
  /** Present in a pylock.toml, absent in a pdm.lock. */
  readonly pylock?: PylockHead;
}

/** The format written. */
export const LOCK_VERSION = '4.5.1';

/** The name of a locked file; with an address alone its last part, decoded once. */
export function lockedFilename({ file, path, url = '' }: LockedFile): string {
  if (file !== undefined) return file;
  if (path !== undefined) return path.slice(path.lastIndexOf('/') + 1);
  const place = url.split(/[?#]/, 1)[0] ?? '';
  const last = place.slice(place.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** `name`, or `name[a,b]` for an entry with extras: what entries are sorted and found by. */
export function packageIdentity(locked: Pick<LockedPackage, 'name' | 'extras'>): string {
  const extras = locked.extras ?? [];
  return extras.length > 0 ? `${locked.name}[${extras.join(',')}]` : locked.name;
}

/** The version of the standard a pylock.toml is written in. */
export const PYLOCK_VERSION = '1.0';

/** The extras of an entry, normalised and sorted. */
export function lockedExtras({ extras = [] }: Pick<LockedPackage, 'extras'>): string[] {
  return normalizeExtras(extras);
}

/** Whether entries carry groups and markers, so that installing needs no walk through dependencies. */
export function inheritsMetadata(lock: Lockfile): boolean {
  return lock.pylock !== undefined || (lock.strategy?.includes('inherit_metadata') ?? false);
}

/** Whether entries name urls instead of files. */
export function hasStaticUrls(lock: Lockfile): boolean {
  return lock.pylock !== undefined || (lock.strategy?.includes('static_urls') ?? false);
}

/** The implementations a target can name, with what `platform_python_implementation` says of them. */
export const IMPLEMENTATIONS: ReadonlyMap<string, string> = new Map([
  ['cpython', 'CPython'],
  ['pypy', 'PyPy'],
  ['pyston', 'Pyston'],
]);

/** A target in words: `Python >=3.9, manylinux_2_28_x86_64, cpython`. */
export function formatTarget(target: LockTarget): string {
  const python = target.requiresPython === '' ? 'any Python' : `Python ${target.requiresPython}`;
  const implementation =
    target.implementation === undefined
      ? undefined
      : target.implementation + (target.gilDisabled === true ? ' (free-threaded)' : '');
  return [python, target.platform, implementation].filter((part) => part !== undefined).join(', ');
}
