import { registerProject } from '../cache/projects.ts';
import { planEnvironment, syncEnvironment, type SyncResult } from '../installer/sync.ts';
import type { WantedDistribution, WheelSource } from '../installer/wanted.ts';
import type { LockedPackage, Lockfile } from '../lockfile/model.ts';
import { requirePylockEnvironment } from '../lockfile/pylock-environment.ts';
import { lockEnvironment, requireTarget } from '../lockfile/targets.ts';
import { normalizeName } from '../packaging/name.ts';
import { configFlag } from '../project/config.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { mapLimit } from '../util/limit.ts';
import { storedSource, wheelSource } from './acquire.ts';
import { folderWheel } from './folder-wheel.ts';
import { installedDistributions } from './installed.ts';
import { buildOwnProject } from './own-project.ts';
import { selectWanted, type ChosenFolder } from './selection.ts';
import type { Session } from './session.ts';
import { installSettings, type SyncOptions } from './sync-inputs.ts';

/** Wheels fetched and unpacked at once. */
const CONCURRENCY = 8;
/** Packages that belong to the environment itself. */
export const NEVER_REMOVED: ReadonlySet<string> = new Set(['pip', 'setuptools', 'wheel']);

/**
 * Fetches into the cache what a sync would install, so that nothing is written for a lock whose files cannot be had, or are not what
 * they should be. Throws what {@link syncLock} throws before it changes anything.
 */
export async function fetchFiles(session: Session, lock: Lockfile, options: SyncOptions): Promise<void> {
  const work = await prepare(session, lock, options);
  if (options.dryRun) return;
  const { add, update } = planEnvironment(work.request);
  await mapLimit([...add, ...update], concurrency(session), async ({ name }) => {
    const source = await work.sourceOf({ key: normalizeName(name), name, sha256s: [] });
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
  const { interpreter, warning, request, sourceOf, wheels } = await prepare(session, lock, options);
  if (warning !== undefined) session.note('warning', warning);
  if (options.dryRun) return planEnvironment(request);
  const own = options.own === 'none' ? undefined : await buildOwnProject(session, options.own);
  const register = async (): Promise<void> => {
    const installed = (await installedDistributions(session)).flatMap(({ state }) => state?.sha256 ?? []);
    registerProject(session.settings.cacheDir, request.paths.base, [...wheels, ...installed]);
  };
  await register();
  const result = await syncEnvironment({
    ...request,
    wanted: own === undefined ? request.wanted : [...request.wanted, own.wanted],
    interpreter,
    sources: async (wanted) =>
      own !== undefined && wanted.key === own.wanted.key ? { kind: 'archive', wheel: own.wheel } : sourceOf(wanted),
    reporter: session.reporter,
    concurrency: concurrency(session),
    signal: session.settings.signal,
    ...(inputs === undefined ? {} : { inputs }),
  });
  // Wheels that were built have become known, and what went is not needed any more.
  await register();
  return result;
}

function concurrency(session: Session): number {
  return configFlag(session.settings.config, 'install.parallel') ? CONCURRENCY : 1;
}

/** What a sync will ask of the installer. */
interface Work {
  readonly interpreter: Interpreter;
  readonly warning: string | undefined;
  readonly request: Parameters<typeof planEnvironment>[0];
  /** sha256 of the chosen wheels. */
  readonly wheels: readonly string[];
  /** The files of a selected package, or of one that is installed already and stays without being selected. */
  readonly sourceOf: (wanted: Pick<WantedDistribution, 'key' | 'name' | 'sha256s'>) => Promise<WheelSource>;
}

async function prepare(session: Session, lock: Lockfile, options: SyncOptions): Promise<Work> {
  const { pyproject, settings } = session;
  const { groups, clean, reinstall, editable } = options;
  const interpreter = await session.interpreter();
  if (lock.pylock !== undefined) requirePylockEnvironment(lock, lock.pylock, interpreter.markers);
  const warning = requireTarget(lock, lockEnvironment(interpreter));
  const selected = selectWanted(lock, { pyproject, env: settings.env, interpreter, groups, editable });
  const ownKey = normalizeName(pyproject.name ?? '');
  // A lock may have the project itself among what its packages require: it never comes from an index.
  if (pyproject.distribution) selected.delete(ownKey);
  const { cache, method } = installSettings(settings.config);
  const kept = new Set(clean === 'unlocked' ? lock.packages.map(({ name }) => name) : selected.keys());
  if (options.own !== 'none') kept.add(ownKey);
  return {
    interpreter,
    warning,
    request: {
      paths: await session.packages(),
      wanted: [...selected.values()].map(({ wanted }) => wanted),
      method,
      removals: clean === 'nothing' ? 'none' : await installedBut(session, kept),
      reinstall,
    },
    wheels: [...selected.values()].flatMap(({ file }) => (file.kind === 'folder' ? [] : (file.hashes['sha256'] ?? []))),
    sourceOf: async (wanted) => {
      const found = selected.get(wanted.key);
      if (found === undefined) return storedSource(session, wanted);
      const { locked, file } = found;
      if (file.kind === 'folder') return folderSource(session, locked, file);
      return wheelSource(session, { locked, chosen: file, unpack: cache, verify: reinstall });
    },
  };
}

async function folderSource(
  session: Session,
  { name, version = '' }: LockedPackage,
  { path, editable }: ChosenFolder,
): Promise<WheelSource> {
  const subject = `${name} ${version}`.trimEnd();
  return { kind: 'archive', wheel: await folderWheel(session, { path, subject, editable }) };
}

/** Keys of what is installed and not in `kept`. */
async function installedBut(session: Session, kept: ReadonlySet<string>): Promise<readonly string[]> {
  const distributions = await installedDistributions(session);
  return distributions.map(({ key }) => key).filter((key) => !kept.has(key) && !NEVER_REMOVED.has(key));
}
