import { recoverEnvironment, type RemovedDistribution } from '../installer/recover.ts';
import type { SyncResult } from '../installer/sync.ts';
import { hasRequirement, keyOf, type TargetGroup } from '../project/edit-dependencies.ts';
import { allGroups, groupNames } from '../project/groups.ts';
import type { CurrentLock, Extent } from './change-project.ts';
import { syncedGroups } from './dependencies.ts';
import { installLock } from './install-lock.ts';
import { lockProject } from './lock-project.ts';
import { defaultStrategy } from './lock-request.ts';
import { ownInstall } from './own-install.ts';
import { saveProject, savingProject } from './save-project.ts';
import type { Session } from './session.ts';

/** What `remove` is called for. */
export interface RemoveRequest {
  readonly target: TargetGroup;
  /** pyproject.toml without the lines that go. */
  readonly text: string;
  readonly current: CurrentLock;
}

/**
 * Where the project file lacks one of the names, an earlier `remove` may have been interrupted after its decision: finishes that and gives those of the
 * names that went with it. Throws TSPM_IO, TSPM_BUSY.
 */
export async function finishRemoval(
  session: Session,
  target: TargetGroup,
  names: readonly string[],
): Promise<readonly RemovedDistribution[]> {
  const absent = names.filter((name) => !hasRequirement(session.pyproject, target, name)).map(keyOf);
  if (absent.length === 0) return [];
  const { reporter, signal } = session.settings;
  const removed = await recoverEnvironment(await session.packages(), { reporter, signal });
  const gone = removed.filter(({ key }) => absent.includes(key));
  const told = gone.map(({ name, version }) => `${name} ${version}`).join(', ');
  const verb = gone.length === 1 ? 'is' : 'are';
  if (gone.length > 0)
    session.note('info', `Finished an interrupted change of the packages folder: ${told} ${verb} removed`);
  return gone;
}

/**
 * Locks what is left with the versions it has and uninstalls what nothing needs any more. Returns what was or would be changed,
 * undefined without a sync or when the group was never locked. Throws as locking and syncing do.
 */
export async function removePackages(
  session: Session,
  { target, text, current: { path, old } }: RemoveRequest,
  { dryRun, frozen, sync, self, editable }: Extent,
): Promise<SyncResult | undefined> {
  const project = session.adoptPyproject(text);
  if (old?.groups?.includes(target.group) === false) {
    if (!dryRun) await saveProject(session);
    session.note('warning', `group ${target.group} is not in the lock file, nothing is locked or removed`);
    return undefined;
  }
  const known = allGroups(groupNames(project));
  const groups = (old?.groups ?? ['default']).filter((name) => known.includes(name));
  const request = { groups, old, update: new Set<string>(), strategy: defaultStrategy(old) };
  const { lock, milliseconds } = await lockProject(session, request);
  const save = savingProject(session, frozen ? undefined : { path, lock, milliseconds });
  if (!sync) {
    if (!dryRun) await save.carryOut();
    return undefined;
  }
  const synced = syncedGroups(project, target, groups).filter((name) => groups.includes(name));
  const own = ownInstall(project, synced, { self, editable });
  const options = { groups: synced, clean: 'unlocked', reinstall: false, dryRun, own, editable } as const;
  return installLock(session, { lock, path, text: undefined, options, ...(dryRun ? {} : { save }) });
}
