import { normalizeName } from '../packaging/name.ts';
import { finishInterrupted } from './apply.ts';
import { controlPaths, ensurePackagesLayout, type PackagesPaths } from './environment.ts';
import type { Journal } from './journal.ts';
import { acquireLock, type LockRequest } from './lock.ts';
import { hasLeftovers } from './stamp.ts';
import { readWorkingSet } from './working-set.ts';

/** A distribution that an interrupted change took away. */
export interface RemovedDistribution {
  /** Normalised name. */
  readonly key: string;
  /** As the folder of its metadata has it. */
  readonly name: string;
  readonly version: string;
}

/**
 * Finishes a change that an earlier process left half done, if there is one, and gives the distributions that went with it: three file operations otherwise.
 * Throws TSPM_IO, TSPM_BUSY.
 */
export async function recoverEnvironment(
  paths: PackagesPaths,
  request: LockRequest,
): Promise<readonly RemovedDistribution[]> {
  const control = controlPaths(paths.base);
  if (!hasLeftovers(control)) return [];
  const lock = await acquireLock(control, request);
  try {
    ensurePackagesLayout(paths);
    const journal = await finishInterrupted(paths.base, lock, request.signal);
    return journal === undefined ? [] : removedBy(journal, paths.base);
  } finally {
    lock.release();
  }
}

/** What the journal took away and nothing brought back, in another version for example. */
function removedBy({ steps }: Journal, base: string): RemovedDistribution[] {
  const installed = new Set(readWorkingSet(base).distributions.map(({ key }) => key));
  const gone = steps
    .flatMap(({ discard }) => discard)
    .flatMap((path) => {
      const [, name, version] = /^lib\/([^-/]+)-([^-/]+)\.dist-info$/u.exec(path) ?? [];
      return name === undefined || version === undefined ? [] : [{ key: normalizeName(name), name, version }];
    });
  return gone.filter(({ key }) => !installed.has(key));
}
