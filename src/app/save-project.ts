import { basename } from 'node:path';
import type { Commitment } from '../installer/change-request.ts';
import type { Lockfile } from '../lockfile/model.ts';
import { type FileChange, replaceTogether } from '../project/replace-together.ts';
import { lockText } from './lock-text.ts';
import type { Session } from './session.ts';

/** A lock to write, and how long it took to make. */
export interface LockToSave {
  /** Absolute. */
  readonly path: string;
  readonly lock: Lockfile;
  readonly milliseconds: number;
}

/** {@link saveProject}, to be carried out when the packages are decided about. */
export function savingProject(session: Session, lock?: LockToSave): Commitment {
  return { files: projectFiles(session, lock), carryOut: () => saveProject(session, lock) };
}

/**
 * Writes the session's project file and, if given, the lock as one change, then runs the hook `post_lock`. Throws TSPM_IO and
 * TSPM_BUSY, also when the project file on disk is not the one the session began with.
 */
export async function saveProject(session: Session, lock?: LockToSave): Promise<void> {
  const written = await replaceTogether(session.root, projectFiles(session, lock));
  for (const file of written) session.reporter.emit({ kind: 'file:written', file: basename(file) });
  if (lock === undefined) return;
  await session.settings.hook('post_lock');
  session.reporter.emit({ kind: 'lock:done', ok: true, milliseconds: lock.milliseconds });
}

function projectFiles(session: Session, lock: LockToSave | undefined): FileChange[] {
  const { path, text } = session.pyproject;
  return [
    // Named also when it stays: whoever changes it meanwhile must not get a lock made for the old one.
    { path, text, expected: session.settings.pyproject.text },
    ...(lock === undefined ? [] : [{ path: lock.path, text: lockText(lock.lock, lock.path, session.root) }]),
  ];
}
