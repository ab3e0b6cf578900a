import type { Commitment } from '../installer/change-request.ts';
import type { SyncResult } from '../installer/sync.ts';
import { checkFreshness } from '../lockfile/freshness.ts';
import type { Lockfile } from '../lockfile/model.ts';
import { allGroups, groupNames, requireLockedGroups } from '../project/groups.ts';
import type { Extent } from './change-project.ts';
import { installLock } from './install-lock.ts';
import { memberContents } from './lock-inputs.ts';
import { lockProject } from './lock-project.ts';
import { lockText } from './lock-text.ts';
import { defaultStrategy } from './lock-request.ts';
import { ownInstall } from './own-install.ts';
import { savingProject } from './save-project.ts';
import type { Session } from './session.ts';

/** A lock, and what its file holds; `text` is undefined for one that is not to be written. */
interface ReadLock {
  readonly lock: Lockfile;
  readonly text: string | undefined;
  /** Writes it, when it is new. */
  readonly save?: Commitment;
}

/** What `install` is called for. */
export interface InstallRequest {
  /** Absolute path of the lock file. */
  readonly path: string;
  /** What it holds; undefined without a file. */
  readonly old: ReadLock | undefined;
  /** The old lock does not fit the project file. */
  readonly isStale: boolean;
  readonly groups: readonly string[];
}

/** Whether there is no lock, or one that no longer fits the project file; notes why, and a format of another time. */
export function needsLock(session: Session, old: Lockfile | undefined): boolean {
  if (old === undefined) {
    session.note('warning', 'Lockfile does not exist');
    return true;
  }
  const { pyproject } = session;
  const { kind, warnings } = checkFreshness(old, pyproject.document, memberContents(pyproject));
  for (const warning of warnings) session.note('warning', warning);
  return kind === 'stale';
}

/** Brings the lock up to date where needed and installs it. Throws TSPM_USAGE for groups it lacks, and as locking and syncing do. */
export async function installProject(
  session: Session,
  request: InstallRequest,
  extent: Omit<Extent, 'sync'>,
): Promise<SyncResult> {
  const { old, isStale, groups } = request;
  // A lock that records its inputs cannot be made anew; what is locked can still be installed.
  const isKept = old !== undefined && (!isStale || old.lock.recordsInputs === true);
  const { lock, ...rest } = isKept ? old : await relock(session, request, extent);
  requireLockedGroups(groups, lock.groups);
  const { dryRun, editable } = extent;
  const own = ownInstall(session.pyproject, groups, extent);
  const options = { groups, clean: 'nothing', reinstall: false, dryRun, own, editable } as const;
  return installLock(session, { lock, path: request.path, ...rest, options });
}

/** A missing lock is made anew; a stale one keeps what still fits, for the groups it records. */
async function relock(
  session: Session,
  { path, old, groups }: InstallRequest,
  { frozen, dryRun }: Omit<Extent, 'sync'>,
): Promise<ReadLock> {
  if (!frozen) session.note('info', 'Updating the lock file...');
  const known = allGroups(groupNames(session.pyproject));
  const recorded = frozen ? undefined : old?.lock.groups?.filter((group) => known.includes(group));
  const update = old === undefined ? 'all' : new Set<string>();
  const request = { groups: recorded ?? groups, old: old?.lock, update, strategy: defaultStrategy(old?.lock) } as const;
  const { lock, milliseconds } = await lockProject(session, request);
  if (frozen) return { lock, text: undefined };
  const text = lockText(lock, path, session.root);
  return dryRun ? { lock, text } : { lock, text, save: savingProject(session, { path, lock, milliseconds }) };
}
