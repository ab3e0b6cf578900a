import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { SyncResult } from '../installer/sync.ts';
import { parseMetadata } from '../packaging/metadata.ts';
import { normalizeName, pdmProjectName } from '../packaging/name.ts';
import { putRequirements, type TargetGroup } from '../project/edit-dependencies.ts';
import { sortGroups } from '../project/groups.ts';
import { requirementKey, type ProjectRequirement } from '../project/requirement-line.ts';
import { changeProject, type CurrentLock, type Extent, type VersionChoices } from './change-project.ts';
import { requirementKeys, requirementsOf, syncedGroups, typedRequirements, unconstrained } from './dependencies.ts';
import { folderMetadata } from './folder-wheel.ts';
import { saveProject } from './save-project.ts';
import type { Session } from './session.ts';

/** What `add` is called for. */
export interface AddRequest {
  readonly target: TargetGroup;
  readonly requirements: readonly ProjectRequirement[];
  readonly current: CurrentLock;
  readonly choices: VersionChoices;
  /** All requirements of the group lose their versions and get those that are locked then; only the added ones move by themselves. */
  readonly unconstrained: boolean;
}

/**
 * The typed requirements without the project itself; paths start from `cwd`, and folders get the name of what they hold. Throws
 * TSPM_INVALID_REQUIREMENT, and TSPM_BUILD_FAILED for a folder that does not tell its name.
 */
export async function requirementsToAdd(
  session: Session,
  typed: readonly string[],
  cwd: string,
): Promise<ProjectRequirement[]> {
  const { pyproject, settings } = session;
  const own = pyproject.name === undefined ? undefined : normalizeName(pyproject.name);
  const others = typedRequirements(pyproject, typed, { cwd, env: settings.env }).filter((found) => {
    const isSelf = found.kind === 'named' && found.requirement.key === own && found.requirement.extras.length === 0;
    if (isSelf) session.note('warning', `the requirement ${own} is the project itself, ignored`);
    return !isSelf;
  });
  return Promise.all(others.map((found) => withFolderName(session, found)));
}

async function withFolderName(session: Session, found: ProjectRequirement): Promise<ProjectRequirement> {
  if (found.kind !== 'path' || found.name !== undefined) return found;
  const path = resolve(session.root, found.path);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return found;
  const text = await folderMetadata(session, { path, subject: basename(path), editable: found.editable });
  return { ...found, name: pdmProjectName(parseMetadata(text).name) };
}

/** Adds requirements to a group and installs it; nothing is written before a resolution was found. Throws as {@link changeProject}. */
export async function addPackages(
  session: Session,
  request: AddRequest,
  extent: Extent,
): Promise<SyncResult | undefined> {
  const { target, requirements, current, choices } = request;
  if (!extent.sync && extent.frozen) {
    session.adoptPyproject(putRequirements(session.pyproject, target, requirements));
    if (!extent.dryRun) await saveProject(session);
    return undefined;
  }
  const changed = request.unconstrained ? mergedWithGroup(session, target, requirements) : requirements;
  const recorded = current.old?.groups;
  if (recorded?.includes(target.group) === false) session.note('info', `Adding group ${target.group} to lockfile`);
  const change = {
    current,
    target,
    requirements: changed,
    groups: sortGroups([...(recorded ?? ['default']), target.group]),
    keys: requirementKeys(requirements),
    choices,
    installed: (locked: readonly string[]) => syncedGroups(session.pyproject, target, locked),
  };
  return changeProject(session, change, extent);
}

/** The requirements of the whole group without their versions, the added ones in the place of older lines for the same name. */
function mergedWithGroup(
  session: Session,
  target: TargetGroup,
  requirements: readonly ProjectRequirement[],
): ProjectRequirement[] {
  const there = unconstrained(requirementsOf(session, target.group));
  const keys = new Set(requirementKeys(requirements));
  return [...there.filter((found) => !keys.has(requirementKey(found) ?? '')), ...requirements];
}
