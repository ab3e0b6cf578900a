import { existsSync } from 'node:fs';
import type { WheelArchive } from '../archive/wheel-archive.ts';
import { registerProject } from '../cache/projects.ts';
import type { Commitment } from '../installer/change-request.ts';
import { controlPaths, ensurePackagesLayout } from '../installer/environment.ts';
import { readState } from '../installer/state.ts';
import { planEnvironment, syncEnvironment, type SyncRequest, type SyncResult } from '../installer/sync.ts';
import type { TreeNotes } from '../installer/tree-notes.ts';
import type { WantedDistribution, WheelSource } from '../installer/wanted.ts';
import type { LockedPackage, Lockfile } from '../lockfile/model.ts';
import { requirePylockEnvironment } from '../lockfile/pylock-environment.ts';
import { lockEnvironment, requireTarget } from '../lockfile/targets.ts';
import { isTspmError } from '../errors.ts';
import { codeOf } from '../util/io-fault.ts';
import { normalizeName } from '../packaging/name.ts';
import { configFlag } from '../project/config.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { subfolder } from '../vcs/checkout.ts';
import { storedSource, wheelSource } from './wheel-source.ts';
import { noteHelper } from './editable-helper.ts';
import { installedDistributions } from './installed.ts';
import { requireFiles } from './offline.ts';
import { selectWanted, type ChosenFolder } from './selection.ts';
import type { Session } from './session.ts';
import { installSettings, type SyncOptions } from './sync-inputs.ts';
import { monotonic } from '../util/clock.ts';

/** Wheels fetched and unpacked at once. */
const CONCURRENCY = 8;
/** Packages that belong to the environment itself. */
export const NEVER_REMOVED: ReadonlySet<string> = new Set(['pip', 'setuptools', 'wheel']);

/** How the caller takes part in a sync. */
export interface SyncBonds {
  /** What the next sync compares with, to know that nothing is to be done. */
  readonly inputs?: string | undefined;
  /** What is decided together with the packages; see {@link SyncRequest}. */
  readonly commit?: Commitment | undefined;
  /** Takes note of how the packages folder is filled. */
  readonly notes?: TreeNotes | undefined;
}

/**
 * Makes `__pypackages__` hold what the lock says for the groups, and then the project itself, whose build may need the others. Throws
 * TSPM_LOCK_TARGET, TSPM_LOCK_UNHASHED, TSPM_NO_MATCHING_WHEEL, what fetching and installing throw.
 */
export async function syncLock(
  session: Session,
  lock: Lockfile,
  options: SyncOptions,
  { inputs, commit, notes }: SyncBonds = {},
): Promise<SyncResult> {
  const started = monotonic();
  const { reporter } = session;
  reporter.emit({ kind: 'phase', text: 'Resolving packages from lockfile' });
  const { interpreter, warning, request, sourceOf, isFolder, wheels } = await prepare(session, lock, options);
  if (warning !== undefined) reporter.emit({ kind: 'note', level: 'warning', message: warning, isLasting: true });
  if (options.dryRun) return planEnvironment(request);
  if (session.isOffline) await requireKept({ request, sourceOf, isFolder });
  const { own } = options;
  const { base } = request.paths;
  const used = (): string[] => [...new Set([...wheels, ...installedWheels(base)])].sort();
  const linked = request.method === 'symlink' || request.method === 'pth';
  // Until it has ended everything may still be taken from the cache, so a clear beside it leaves that, whatever the method.
  let noted = { base, linked: true, wheels: used() };
  const note = (now: typeof noted): void => {
    if (JSON.stringify(now) === JSON.stringify(noted)) return;
    noted = now;
    registerProject(session.settings.cacheDir, noted);
  };
  // A folder that is not there counts for less. Where it cannot be made, the installer will say so.
  if (!existsSync(base)) attemptIo(() => ensurePackagesLayout(request.paths));
  registerProject(session.settings.cacheDir, noted);
  // Whoever clears the cache beside this sync puts back what is noted: what was built is known only now, so it is noted and looked for again.
  const notedSource: Work['sourceOf'] = async (wanted) => {
    const source = await sourceOf(wanted);
    if (source.kind === 'archive' || noted.wheels.includes(source.entry.sha256)) return source;
    note({ ...noted, wheels: [...noted.wheels, source.entry.sha256].sort() });
    return sourceOf(wanted);
  };
  const full: SyncRequest = {
    ...request,
    interpreter,
    sources: notedSource,
    reporter,
    concurrency: concurrency(session),
    signal: session.settings.signal,
  };
  const ends = inputs === undefined ? {} : { inputs };
  const first = {
    ...full,
    ...(own === 'none' ? ends : {}),
    ...(commit ? { commit } : {}),
    ...(notes ? { notes } : {}),
  };
  const packages = await whileThere(() => syncEnvironment(first));
  const total = packages.add.length + packages.update.length + packages.remove.length;
  if (total === 0) reporter.emit({ kind: 'sync:plan', add: 0, update: 0, remove: 0 });
  const result = own === 'none' ? packages : joined(packages, await syncOwn(session, { ...full, ...ends }, own));
  reporter.emit({ kind: 'sync:done', done: total, total, milliseconds: monotonic() - started });
  // Wheels that were built have become known, and what went is not needed any more.
  note({ base, linked, wheels: used() });
  return result;
}

function attemptIo(operate: () => void): void {
  try {
    operate();
  } catch (error) {
    if (!isTspmError(error)) throw error;
  }
}

/** Tries again when a file of the cache went while it was being taken: until the journal nothing has changed. */
async function whileThere<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 3; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      const isFault = isTspmError(error) && (error.code === 'TSPM_IO' || error.code === 'TSPM_STORE');
      const isGone = isFault && codeOf(error.cause) === 'ENOENT';
      if (!isGone || left === 0) throw error;
    }
  }
}

/** Throws TSPM_OFFLINE, which names every file that a sync needs and the cache lacks. */
async function requireKept({
  request,
  sourceOf,
  isFolder,
}: Pick<Work, 'request' | 'sourceOf' | 'isFolder'>): Promise<void> {
  const { add, update } = planEnvironment(request);
  const wanted = [...add, ...update].map(({ name }) => ({ key: normalizeName(name), name, sha256s: [] }));
  await requireFiles(
    wanted
      .filter(({ key }) => !isFolder(key))
      .map((one) => async () => {
        const source = await sourceOf(one);
        if (source.kind === 'archive') source.wheel.close();
      }),
  );
}

/** sha256 of the wheels that the packages folder was installed from. */
function installedWheels(base: string): string[] {
  return Array.from(readState(controlPaths(base)).distributions.values(), ({ sha256 }) => sha256);
}

/** Builds the project itself and installs it beside what is there by now. */
async function syncOwn(
  session: Session,
  request: SyncRequest,
  how: Exclude<SyncOptions['own'], 'none'>,
): Promise<SyncResult> {
  const { reporter } = session;
  const kind = how === 'editable' ? 'an editable' : 'a non-editable';
  reporter.emit({ kind: 'phase', text: `Installing the project as ${kind} package` });
  // Most syncs build nothing and need not load what builds.
  const { buildOwnProject } = await import('./own-project.ts');
  const { wanted, wheel } = await buildOwnProject(session, how);
  noteHelper(
    session,
    wheel,
    request.wanted.map(({ key }) => key),
  );
  return syncEnvironment({
    ...request,
    wanted: [wanted],
    removals: 'none',
    reinstall: false,
    sources: async (asked) => (asked.key === wanted.key ? { kind: 'archive', wheel } : request.sources(asked)),
    // The plan of the packages has been told.
    reporter: { emit: (event) => event.kind !== 'sync:plan' && reporter.emit(event) },
  });
}

/** Two syncs as one. */
function joined(first: SyncResult, second: SyncResult): SyncResult {
  return {
    add: [...first.add, ...second.add],
    update: [...first.update, ...second.update],
    remove: [...first.remove, ...second.remove],
    unchanged: first.unchanged,
  };
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
  /** Whether a selected package is a folder, which is built for every sync. */
  readonly isFolder: (key: string) => boolean;
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
    wheels: [...selected.values()].flatMap(({ file }) => ('hashes' in file ? (file.hashes['sha256'] ?? []) : [])),
    isFolder: (key) => selected.get(key)?.file.kind === 'folder',
    sourceOf: async (wanted) => {
      const found = selected.get(wanted.key);
      if (found === undefined) return storedSource(session, wanted);
      const { locked, file } = found;
      if (file.kind === 'folder') {
        const wheel = await wheelOfFolder(session, locked, file);
        if (file.editable) noteHelper(session, wheel, [...selected.keys()]);
        return { kind: 'archive', wheel };
      }
      return wheelSource(session, {
        locked,
        chosen: file,
        unpack: cache,
        verify: reinstall,
        outline: method !== 'pth',
      });
    },
  };
}

async function wheelOfFolder(
  session: Session,
  { name, version = '' }: LockedPackage,
  folder: ChosenFolder,
): Promise<WheelArchive> {
  const { folderWheel } = await import('./folder-wheel.ts');
  const subject = `${name} ${version}`.trimEnd();
  const { path, subdirectory, editable, origin } = folder;
  if (origin !== undefined) {
    const { editableCheckout } = await import('./editable-checkout.ts');
    await editableCheckout(session, { name, path, origin });
  }
  return folderWheel(session, { path: subfolder(path, subdirectory, subject), subject, editable });
}

/** Keys of what is installed and not in `kept`. */
async function installedBut(session: Session, kept: ReadonlySet<string>): Promise<readonly string[]> {
  const distributions = await installedDistributions(session);
  return distributions.map(({ key }) => key).filter((key) => !kept.has(key) && !NEVER_REMOVED.has(key));
}
