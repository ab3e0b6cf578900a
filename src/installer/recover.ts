import { finishInterrupted } from './apply.ts';
import { controlPaths, ensurePackagesLayout, type PackagesPaths } from './environment.ts';
import { kindOf } from './files.ts';
import { acquireLock, type LockRequest } from './lock.ts';

/** Finishes a change that an earlier process left half done, if there is one: one file operation otherwise. Throws TSPM_IO, TSPM_BUSY. */
export async function recoverEnvironment(paths: PackagesPaths, request: LockRequest): Promise<boolean> {
  const control = controlPaths(paths.base);
  if (kindOf(control.journal) === 'absent') return false;
  const lock = await acquireLock(control, request);
  try {
    ensurePackagesLayout(paths);
    return await finishInterrupted(paths.base, request.signal);
  } finally {
    lock.release();
  }
}
