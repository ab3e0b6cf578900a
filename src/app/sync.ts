import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TspmError } from '../errors.ts';
import { planEnvironment, syncEnvironment, syncStampHolds, type SyncResult } from '../installer/sync.ts';
import type { WantedDistribution } from '../installer/wanted.ts';
import type { LinkMethod } from '../installer/state.ts';
import { requireDeclaredUrls, requireHashes } from '../lockfile/hashes.ts';
import type { LockedPackage, Lockfile } from '../lockfile/model.ts';
import { lockEnvironment, requireTarget } from '../lockfile/targets.ts';
import { selectPackages, type RootRequirement } from '../lockfile/select.ts';
import { normalizeName } from '../packaging/name.ts';
import { compatibleTags } from '../packaging/tags.ts';
import { configFlag, configText } from '../project/config.ts';
import { requirementLocation } from '../project/requirement-line.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { wheelSource } from './acquire.ts';
import { chooseFile, hashOf, lockedFilename, tagRanks, type ChosenFile } from './choose-file.ts';
import { projectRequirements, type GroupRequirement } from './lock-inputs.ts';
import type { Session } from './session.ts';

/** What a sync shall do beside installing the selected packages. */
export interface SyncOptions {
  /** Normalised groups to install. */
  readonly groups: readonly string[];
  /** `unlocked`: remove what the lock does not have; `unselected`: remove what is not selected. */
  readonly clean: 'nothing' | 'unlocked' | 'unselected';
  readonly reinstall: boolean;
  readonly dryRun: boolean;
  readonly signal?: AbortSignal;
}

/** Wheels fetched and unpacked at once. */
const CONCURRENCY = 8;
/** Packages that belong to the environment itself. */
const NEVER_REMOVED: ReadonlySet<string> = new Set(['pip', 'setuptools', 'wheel']);

/** How packages are brought into the project: `install.cache` off means plain copies from wheel files. */
export interface InstallSettings {
  readonly cache: boolean;
  readonly method: LinkMethod | 'pth';
}

/** `install.cache` and `install.cache_method` as PDM reads them: whatever contains `symlink`, else `link`. */
export function installSettings(session: Session): InstallSettings {
  const { config } = session.settings;
  if (!configFlag(config, 'install.cache')) return { cache: false, method: 'copy' };
  const text = (configText(config, 'install.cache_method') ?? 'symlink').toLowerCase();
  const method = text.includes('symlink') ? 'symlink' : text.includes('link') ? 'hardlink' : text === 'pth' ? 'pth' : 'copy';
  return { cache: true, method };
}

/**
 * Makes `__pypackages__` hold what the lock says for the groups. Throws TSPM_LOCK_TARGET, TSPM_LOCK_UNHASHED,
 * TSPM_NO_MATCHING_WHEEL, what fetching and installing throw.
 */
export async function syncLock(session: Session, lock: Lockfile, options: SyncOptions, inputs?: string): Promise<SyncResult> {
  session.reporter.emit({ kind: 'phase', text: 'Resolving packages from lockfile...' });
  const interpreter = await session.interpreter();
  const warning = requireTarget(lock, lockEnvironment(interpreter));
  if (warning !== undefined) session.note('warning', warning);
  requireDeclaredUrls(lock);
  const project = projectRequirements(session.pyproject, options.groups, session.settings.env).requirements;
  const selected = selectPackages(lock, {
    groups: options.groups,
    environment: interpreter.markers,
    excludes: session.pyproject.resolution.excludes,
    roots: project.map(selectionRoot),
  });
  requireInstallable(selected);
  requireHashes(selected);
  const chosen = chooseFiles(selected, interpreter);
  const settings = installSettings(session);
  const wanted = selected.map((locked) => wantedDistribution(session, locked, project));
  const removals = await removedKeys(session, { lock, selected, clean: options.clean });
  const request = { paths: await session.packages(), wanted, method: settings.method, removals, reinstall: options.reinstall };
  if (options.dryRun) return planEnvironment(request);
  return syncEnvironment({
    ...request,
    interpreter,
    sources: (one) => {
      const pick = chosen.get(one.key);
      if (pick === undefined) throw new Error(`${one.key} was not selected`);
      return wheelSource(session, pick.locked, pick.file, settings.cache);
    },
    reporter: session.reporter,
    concurrency: configFlag(session.settings.config, 'install.parallel') ? CONCURRENCY : 1,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(inputs === undefined ? {} : { inputs }),
  });
}

/**
 * The digest of everything a sync of this lock text follows from: when the last sync ended with the same one and its packages are
 * still there, nothing has to be read or done. `lockText` is the file's content.
 */
export async function syncInputs(session: Session, lockText: string, options: SyncOptions): Promise<string> {
  const { executable, versionText, markers } = await session.interpreter();
  const settings = installSettings(session);
  const facts = { version: 1, groups: options.groups, clean: options.clean, settings, executable, versionText, markers };
  const hash = createHash('sha256').update(JSON.stringify(facts)).update('\0').update(lockText).update('\0');
  return hash.update(session.pyproject.text).digest('hex');
}

/** How many packages are in place when the last sync was made for `inputs` and still holds; undefined when there is work to do. */
export async function isSynced(session: Session, inputs: string): Promise<number | undefined> {
  return syncStampHolds(await session.packages(), inputs);
}

/** The text of the lock file. Throws TSPM_LOCK_MISSING. */
export function readLockText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
      throw new TspmError('TSPM_IO', `cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    throw new TspmError('TSPM_LOCK_MISSING', 'Lockfile does not exist, nothing to install', {
      hint: 'run `tspm lock` first, or `tspm install`',
      context: { path },
    });
  }
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

function wantedDistribution(session: Session, locked: LockedPackage, project: readonly GroupRequirement[]): WantedDistribution {
  const version = locked.version ?? '';
  const sha256s = locked.files.flatMap((file) => {
    const { sha256 } = hashOf(file);
    return sha256 !== undefined && lockedFilename(file).endsWith('.whl') ? [sha256] : [];
  });
  const requested = project.some(({ requirement }) => requirement.kind === 'named' && requirement.requirement.key === locked.name && requirement.requirement.extras.length === 0);
  const url = locked.url ?? (locked.path === undefined ? undefined : new URL(`file://${session.root}/${locked.path}`).href);
  const directUrl = url === undefined ? {} : { directUrl: { url, subdirectory: undefined, source: { kind: 'archive', hashes: { sha256: sha256s[0] ?? '' } } as const } };
  return { key: locked.name, name: locked.name, version, sha256s, requested, ...directUrl, versionIsExactLocal: version.includes('+') };
}

function selectionRoot({ requirement }: GroupRequirement): RootRequirement {
  if (requirement.kind === 'named') {
    const { key, extras, specifier, marker } = requirement.requirement;
    return { key, extras, specifier, location: undefined, marker };
  }
  const { name, extras, marker } = requirement;
  return { key: name === undefined ? undefined : normalizeName(name), extras, specifier: undefined, location: requirementLocation(requirement), marker };
}

function requireInstallable(selected: readonly LockedPackage[]): void {
  const built = selected.find((locked) => locked.vcs !== undefined || locked.editable === true || (locked.path !== undefined && !locked.path.endsWith('.whl')));
  if (built === undefined) return;
  throw new TspmError('TSPM_UNSUPPORTED', `${built.name} would have to be built from ${built.path ?? built.vcs?.url ?? 'its sources'}, which tspm cannot do yet`, {
    hint: 'leave its group out with --without, or depend on a built wheel',
  });
}

interface Cleaning {
  readonly lock: Lockfile;
  readonly selected: readonly LockedPackage[];
  readonly clean: SyncOptions['clean'];
}

async function removedKeys(session: Session, { lock, selected, clean }: Cleaning): Promise<'none' | readonly string[]> {
  if (clean === 'nothing') return 'none';
  const { readWorkingSet } = await import('../installer/working-set.ts');
  const kept = new Set((clean === 'unlocked' ? lock.packages : selected).map(({ name }) => name));
  const { distributions } = readWorkingSet((await session.packages()).base);
  return distributions.map(({ key }) => key).filter((key) => !kept.has(key) && !NEVER_REMOVED.has(key));
}
