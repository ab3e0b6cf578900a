import { isTspmError, TspmError } from '../errors.ts';
import { resolveLock, type NewLock } from './lock.ts';
import type { LockRequest } from './lock-request.ts';
import type { Session } from './session.ts';
import { monotonic } from '../util/clock.ts';

/** A new lock, not written yet, and what making it took. */
export interface TimedLock extends NewLock {
  readonly milliseconds: number;
}

/** No solution, or none because a source lacks a package. */
const FAILED_RESOLUTIONS: ReadonlySet<string> = new Set(['TSPM_RESOLUTION_FAILED', 'TSPM_PACKAGE_NOT_FOUND']);

/** A lock with a content hash in place of recorded inputs would be out of date for PDM at once. */
function refuseInputs({ pyproject }: Session, { old }: LockRequest): void {
  if (!pyproject.resolution.lockInputs && old?.recordsInputs !== true) return;
  throw new TspmError('TSPM_UNSUPPORTED', 'a lock file that records its inputs (lock_inputs) is written by PDM alone', {
    hint: 'lock with PDM and install with tspm, or delete resolution.lock_inputs and the lock file',
  });
}

/** Makes a new lock after the hook `pre_lock`; nothing is written. Throws as {@link resolveLock}. */
export async function lockProject(session: Session, request: LockRequest): Promise<TimedLock> {
  refuseInputs(session, request);
  await session.settings.hook('pre_lock');
  const started = monotonic();
  try {
    const made = await resolveLock(session, request);
    return { ...made, milliseconds: monotonic() - started };
  } catch (error) {
    if (isTspmError(error) && FAILED_RESOLUTIONS.has(error.code)) {
      session.reporter.emit({ kind: 'lock:done', ok: false, milliseconds: monotonic() - started });
    }
    throw error;
  }
}
