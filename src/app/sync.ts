import { TspmError } from '../errors.ts';
import { planEnvironment, syncEnvironment, type SyncResult } from '../installer/sync.ts';
import { readWorkingSet } from '../installer/working-set.ts';
import type { WantedDistribution } from '../installer/wanted.ts';
import { requireDeclaredUrls, requireHashes } from '../lockfile/hashes.ts';
import type { LockedPackage, Lockfile } from '../lockfile/model.ts';
import { lockEnvironment, requireTarget } from '../lockfile/targets.ts';
import { selectPackages, type RootRequirement } from '../lockfile/select.ts';
import { normalizeName } from '../packaging/name.ts';
import { compatibleTags } from '../packaging/tags.ts';
import { configFlag } from '../project/config.ts';
import { requirementLocation } from '../project/requirement-line.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { wheelSource } from './acquire.ts';
import { chooseFile, hashOf, lockedFilename, tagRanks, type ChosenFile } from './choose-file.ts';
import { projectRequirements, type GroupRequirement } from './lock-inputs.ts';
import type { Session } from './session.ts';
import { installSettings, type SyncOptions } from './sync-inputs.ts';

/** Wheels fetched and unpacked at once. */
const CONCURRENCY = 8;
/** Packages that belong to the environment itself. */
const NEVER_REMOVED: ReadonlySet<string> = new Set(['pip', 'setuptools', 'wheel']);

/** Throws what a sync of these groups would refuse before it fetches anything: so that a lock that cannot be installed is not written. */
export async function requireFiles(session: Session, lock: Lockfile, groups: readonly string[]): Promise<void> {
  await select(session, lock, groups);
}

/**
 * Makes `__pypackages__` hold what the lock says for the groups. Throws TSPM_LOCK_TARGET, TSPM_LOCK_UNHASHED,
 * TSPM_NO_MATCHING_WHEEL, what fetching and installing throw.
 */
export async function syncLock(
  session: Session,
  lock: Lockfile,
  options: SyncOptions,
  inputs?: string,
): Promise<SyncResult> {
  session.reporter.emit({ kind: 'phase', text: 'Resolving packages from lockfile' });
  const { interpreter, warning, project, selected, chosen } = await select(session, lock, options.groups);
  if (warning !== undefined) session.note('warning', warning);
  const settings = installSettings(session.settings.config);
  const wanted = selected.map((locked) => wantedDistribution(session, locked, project));
  const removals = await removedKeys(session, { lock, selected, clean: options.clean });
  const request = {
    paths: await session.packages(),
    wanted,
    method: settings.method,
    removals,
    reinstall: options.reinstall,
  };
  if (options.dryRun) return planEnvironment(request);
  return syncEnvironment({
    ...request,
    interpreter,
    sources: (one) => {
      const pick = chosen.get(one.key);
      if (pick === undefined) throw new Error(`${one.key} was not selected`);
      const { locked, file } = pick;
      return wheelSource(session, { locked, chosen: file, unpack: settings.cache, verify: options.reinstall });
    },
    reporter: session.reporter,
    concurrency: configFlag(session.settings.config, 'install.parallel') ? CONCURRENCY : 1,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(inputs === undefined ? {} : { inputs }),
  });
}

interface Selection {
  readonly interpreter: Interpreter;
  readonly warning: string | undefined;
  readonly project: readonly GroupRequirement[];
  readonly selected: readonly LockedPackage[];
  readonly chosen: ReadonlyMap<string, Pick>;
}

async function select(session: Session, lock: Lockfile, groups: readonly string[]): Promise<Selection> {
  const interpreter = await session.interpreter();
  const warning = requireTarget(lock, lockEnvironment(interpreter));
  requireDeclaredUrls(lock);
  const project = projectRequirements(session.pyproject, groups, session.settings.env).requirements;
  const selected = selectPackages(lock, {
    groups,
    environment: interpreter.markers,
    excludes: session.pyproject.resolution.excludes,
    roots: project.map(selectionRoot),
  });
  requireInstallable(selected);
  requireHashes(selected);
  return { interpreter, warning, project, selected, chosen: chooseFiles(selected, interpreter) };
}

interface Pick {
  readonly locked: LockedPackage;
  readonly file: ChosenFile;
}

/** Decides every file before the first is fetched, so that nothing changes when one has no file for this Python. */
function chooseFiles(selected: readonly LockedPackage[], interpreter: Interpreter): Map<string, Pick> {
  const ranks = tagRanks(compatibleTags(interpreter.tagTarget));
  return new Map(selected.map((locked) => [locked.name, { locked, file: chooseFile(locked, ranks, interpreter) }]));
}

function wantedDistribution(
  session: Session,
  locked: LockedPackage,
  project: readonly GroupRequirement[],
): WantedDistribution {
  const version = locked.version ?? '';
  const sha256s = locked.files.flatMap((file) => {
    const { sha256 } = hashOf(file);
    return sha256 !== undefined && lockedFilename(file).endsWith('.whl') ? [sha256] : [];
  });
  const requested = project.some(
    ({ requirement }) =>
      requirement.kind === 'named' &&
      requirement.requirement.key === locked.name &&
      requirement.requirement.extras.length === 0,
  );
  const url =
    locked.url ?? (locked.path === undefined ? undefined : new URL(`file://${session.root}/${locked.path}`).href);
  const directUrl =
    url === undefined
      ? {}
      : {
          directUrl: {
            url,
            subdirectory: undefined,
            source: { kind: 'archive', hashes: { sha256: sha256s[0] ?? '' } } as const,
          },
        };
  return {
    key: locked.name,
    name: locked.name,
    version,
    sha256s,
    requested,
    ...directUrl,
    versionIsExactLocal: version.includes('+'),
  };
}

function selectionRoot({ requirement }: GroupRequirement): RootRequirement {
  if (requirement.kind === 'named') {
    const { key, extras, specifier, marker } = requirement.requirement;
    return { key, extras, specifier, location: undefined, marker };
  }
  const { name, extras, marker } = requirement;
  return {
    key: name === undefined ? undefined : normalizeName(name),
    extras,
    specifier: undefined,
    location: requirementLocation(requirement),
    marker,
  };
}

function requireInstallable(selected: readonly LockedPackage[]): void {
  const built = selected.find(
    (locked) =>
      locked.vcs !== undefined ||
      locked.editable === true ||
      (locked.path !== undefined && !locked.path.endsWith('.whl')),
  );
  if (built === undefined) return;
  throw new TspmError(
    'TSPM_UNSUPPORTED',
    `${built.name} would have to be built from ${built.path ?? built.vcs?.url ?? 'its sources'}, which tspm cannot do yet`,
    {
      hint: 'leave its group out with --without, or depend on a built wheel',
    },
  );
}

interface Cleaning {
  readonly lock: Lockfile;
  readonly selected: readonly LockedPackage[];
  readonly clean: SyncOptions['clean'];
}

async function removedKeys(session: Session, { lock, selected, clean }: Cleaning): Promise<'none' | readonly string[]> {
  if (clean === 'nothing') return 'none';
  const kept = new Set((clean === 'unlocked' ? lock.packages : selected).map(({ name }) => name));
  const { distributions } = readWorkingSet((await session.packages()).base);
  return distributions.map(({ key }) => key).filter((key) => !kept.has(key) && !NEVER_REMOVED.has(key));
}
