import { dirname } from 'node:path';
import { formatLockfile } from '../lockfile/format.ts';
import type { Lockfile } from '../lockfile/model.ts';
import { movePaths } from '../lockfile/pylock-paths.ts';

/** What a lock file at `path` (absolute) holds for this lock. Throws as {@link formatLockfile}. */
export function lockText(lock: Lockfile, path: string, root: string): string {
  return formatLockfile(lock.pylock === undefined ? lock : movePaths(lock, root, dirname(path)));
}
