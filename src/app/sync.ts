import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TspmError } from '../errors.ts';
import { planEnvironment, syncEnvironment, type SyncResult } from '../installer/sync.ts';
import type { WantedDistribution, WheelSource } from '../installer/wanted.ts';
import { readWorkingSet } from '../installer/working-set.ts';
import { requireDeclaredUrls, requireHashes } from '../lockfile/hashes.ts';
import type { LockedPackage, Lockfile } from '../lockfile/model.ts';
import { selectPackages, type RootRequirement } from '../lockfile/select.ts';
import { lockEnvironment, requireTarget } from '../lockfile/targets.ts';
import { normalizeName } from '../packaging/name.ts';
import { compatibleTags } from '../packaging/tags.ts';
import { configFlag } from '../project/config.ts';
import { requirementLocation } from '../project/requirement-line.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { mapLimit } from '../util/limit.ts';
import { wheelSource } from './acquire.ts';
import { chooseFile, hashOf, lockedFilename, tagRanks, type ChosenFile } from './choose-file.ts';
import { projectRequirements, type GroupRequirement } from './lock-inputs.ts';
import type { Session } from './session.ts';
import { installSettings, type SyncOptions } from './sync-inputs.ts';

/** Wheels fetched and unpacked at once. */
const CONCURRENCY = 8;
/** Packages that belong to the environment itself. */
const NEVER_REMOVED: ReadonlySet<string> = new Set(['pip', 'setuptools', 'wheel']);

/**
 * Fetches into the cache what a sync would install, so that nothing is written for a lock whose files cannot be had, or are not what
 * they should be. Throws what {@link syncLock} throws before it changes anything.
 */
export async function fetchFiles(session: Session, lock: Lockfile, options: SyncOptions): Promise<void> {
  const work = await prepare(session, lock, options);
  if (options.dryRun) return;
  const { add, update } = planEnvironment(work.request);
  await mapLimit([...add, ...update], concurrency(session), async ({ name }) => {
    const source = await work.sourceOf(normalizeName(name));
    if (source.kind === 'archive') source.wheel.close();
  });
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
  const { interpreter, warning, request, sourceOf } = await prepare(session, lock, options);
  if (warning !== undefined) session.note('warning', warning);
  if (options.dryRun) return planEnvironment(request);
  return syncEnvironment({
    ...request,
    interpreter,
    sources: ({ key }) => sourceOf(key),
    reporter: session.reporter,
    concurrency: concurrency(session),
    signal: session.settings.signal,
    ...(inputs === undefined ? {} : { inputs }),
  });
}

function concurrency(session: Session): number {
  return configFlag(session.settings.config, 'install.parallel') ? CONCURRENCY : 1;
}

/** What a sync will ask of the installer. */
interface Work {
  readonly interpreter: Interpreter;
  readonly warning: string | undefined;
  readonly request: Parameters<typeof planEnvironment>[0];
  /** The files of a selected package. */
  readonly sourceOf: (key: string) => Promise<WheelSource>;
}

async function prepare(session: Session, lock: Lockfile, options: SyncOptions): Promise<Work> {
  const { interpreter, warning, project, selected, chosen } = await select(session, lock, options.groups);
  const { cache, method } = installSettings(session.settings.config);
  const { reinstall } = options;
  return {
    interpreter,
    warning,
    request: {
      paths: await session.packages(),
      wanted: selected.map((locked) => wantedDistribution(session, locked, project)),
      method,
      removals: await removedKeys(session, { lock, selected, clean: options.clean }),
      reinstall,
    },
    sourceOf: (key) => {
      const pick = chosen.get(key);
      if (pick === undefined) throw new Error(`${key} was not selected`);
      return wheelSource(session, { locked: pick.locked, chosen: pick.file, unpack: cache, verify: reinstall });
    },
  };
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
    locked.url ?? (locked.path === undefined ? undefined : pathToFileURL(resolve(session.root, locked.path)).href);
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
