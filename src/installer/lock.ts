import type { Reporter } from '../ports.ts';
import { type FileLock, lockFile } from '../util/file-lock.ts';
import type { ControlPaths } from './environment.ts';

/** Who may hold up whom: shown while waiting, and where a cancelled wait ends. */
export interface LockRequest {
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
}

/** The right to change one packages folder. */
export type ProjectLock = FileLock;

/** Takes the lock of one packages folder, saying for whom it waits. Throws as {@link lockFile}. */
export async function acquireLock(control: ControlPaths, { reporter, signal }: LockRequest): Promise<ProjectLock> {
  const onWait = (message: string): void =>
    reporter.emit({ kind: 'note', level: 'info', message: `${message} (${control.lock})` });
  return lockFile({ path: control.lock, work: 'changing the packages of this project', onWait, signal });
}
