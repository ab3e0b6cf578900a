/** The part that `add` and `update` have in common: from decided requirements to a saved and installed project. */
import type { SyncResult } from '../installer/sync.ts';
import { contentHash } from '../lockfile/content-hash.ts';
import type { Lockfile } from '../lockfile/model.ts';
import { putRequirements, type TargetGroup } from '../project/edit-dependencies.ts';
import type { ProjectRequirement } from '../project/requirement-line.ts';
import type { SaveStrategy } from '../project/save-strategy.ts';
import { withSavedVersions, type UpdateStrategy } from './dependencies.ts';
import { installLock } from './install-lock.ts';
import { installedVersions } from './installed.ts';
import { memberContents } from './lock-inputs.ts';
import { lockProject } from './lock-project.ts';
import { lockText } from './lock-text.ts';
import { defaultStrategy, type LockRequest } from './lock-request.ts';
import { ownInstall } from './own-install.ts';
import { savingProject } from './save-project.ts';
import type { Session } from './session.ts';

/** The lock a change starts from. */
export interface CurrentLock {
  /** Absolute path of the lock file. */
  readonly path: string;
  /** Undefined when there is no such file. */
  readonly old: Lockfile | undefined;
}

/** How far a change goes. */
export interface Extent {
  /** Nothing is written or installed. */
  readonly dryRun: boolean;
  /** The lock file stays as it is. */
  readonly frozen: boolean;
  /** Packages are installed, or with `dryRun` compared. */
  readonly sync: boolean;
  /** The project itself counts among what should be installed. */
  readonly self: boolean;
  /** Editable packages are installed as such. */
  readonly editable: boolean;
}

/** Which versions may move, and how new ones are written into pyproject.toml. */
export interface VersionChoices {
  readonly update: UpdateStrategy;
  readonly save: SaveStrategy;
  /** `--pre` or `--stable`; absent for neither. */
  readonly prereleases?: boolean;
}

/** Requirements to change, and what follows for lock and packages. */
export interface ProjectChange {
  readonly current: CurrentLock;
  /** Where `requirements` go; those without a version get the one that was resolved. */
  readonly target: TargetGroup;
  readonly requirements: readonly ProjectRequirement[];
  /** Groups to lock, `default` first. */
  readonly groups: readonly string[];
  /** Normalised names of the packages the change is about. */
  readonly keys: readonly string[];
  readonly choices: VersionChoices;
  /** Groups to install, of those that are locked. */
  readonly installed: (locked: readonly string[]) => readonly string[];
}

/**
 * Resolves with the changed requirements, fetches, unpacks and judges the files, then writes project file and lock and installs: a
 * failure before leaves everything as it was. Returns what was or would be installed, undefined without a sync. Throws as locking and syncing do.
 */
export async function changeProject(
  session: Session,
  change: ProjectChange,
  { dryRun, frozen, sync, self, editable }: Extent,
): Promise<SyncResult | undefined> {
  const { lock, milliseconds } = await lockChange(session, change);
  const groups = change.installed(lock.groups ?? []);
  const own = ownInstall(session.pyproject, groups, { self, editable });
  const options = { groups, clean: 'nothing', reinstall: false, dryRun, own, editable } as const;
  const save = savingProject(session, frozen ? undefined : { path: change.current.path, lock, milliseconds });
  if (!sync) {
    if (!dryRun) await save.carryOut();
    return undefined;
  }
  const text = dryRun || frozen ? undefined : lockText(lock, change.current.path, session.root);
  return installLock(session, { lock, path: change.current.path, text, options, ...(dryRun ? {} : { save }) });
}

/** The new lock; the session has adopted the project file that goes with it. */
async function lockChange(
  session: Session,
  change: ProjectChange,
): Promise<{ readonly lock: Lockfile; readonly milliseconds: number }> {
  const { target, requirements, choices } = change;
  const original = session.pyproject;
  const adopt = (lines: readonly ProjectRequirement[]) =>
    lines.length === 0 ? original : session.adoptPyproject(putRequirements(original, target, lines));
  adopt(requirements);
  const { lock, versions, milliseconds } = await lockProject(session, await lockRequest(session, change));
  const pyproject = adopt(withSavedVersions(requirements, versions, choices.save));
  return { lock: { ...lock, contentHash: contentHash(pyproject.document, memberContents(pyproject)) }, milliseconds };
}

async function lockRequest(session: Session, { current, groups, keys, choices }: ProjectChange): Promise<LockRequest> {
  const { old } = current;
  const { update, prereleases } = choices;
  return {
    groups,
    old,
    update: update === 'all' ? 'all' : new Set(keys),
    strategy: defaultStrategy(old),
    ...(update === 'eager' ? { eager: true as const } : {}),
    ...(update === 'reuse-installed' ? { installed: await installedVersions(session) } : {}),
    ...(prereleases === undefined ? {} : { prereleases }),
  };
}
