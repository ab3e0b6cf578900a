import type { Reporter } from '../ports.ts';
import { replaceFile } from '../util/replace-file.ts';
import { planAmendments, type Amendment, type InterpreterChange } from './amend.ts';
import { finishInterrupted, throwIfAborted } from './apply.ts';
import { makeChange } from './change.ts';
import type { Commitment } from './change-request.ts';
import { controlPaths, ensurePackagesLayout, type PackagesPaths } from './environment.ts';
import { isReadOnlyError } from './files.ts';
import { acquireLock, type ProjectLock } from './lock.ts';
import { isEmptyPlan, planSync, type SyncPlan } from './plan.ts';
import { hasLeftovers } from './stamp.ts';
import { formatState, mayBeUnwritten, type LinkMethod } from './state.ts';
import type { TreeNotes } from './tree-notes.ts';
import type { WantedDistribution, WheelSource } from './wanted.ts';
import { readWorkingSet, type WorkingSet } from './working-set.ts';

/** What shall be installed, and how. */
export interface SyncRequest {
  readonly paths: PackagesPaths;
  readonly interpreter: { readonly executable: string; readonly ident: string };
  readonly wanted: readonly WantedDistribution[];
  /** Provides the files of a wanted distribution; asked only for those that must be installed, `concurrency` at once. */
  readonly sources: (wanted: WantedDistribution) => Promise<WheelSource>;
  readonly method: LinkMethod;
  /** Keys to remove if installed and not wanted. */
  readonly removals: 'none' | readonly string[];
  readonly reinstall: boolean;
  readonly reporter: Reporter;
  readonly concurrency: number;
  readonly signal?: AbortSignal;
  /** The caller's digest of all that this request follows from; see {@link syncStampHolds}. */
  readonly inputs?: string;
  /** What is decided together with the packages. */
  readonly commit?: Commitment;
  /** Takes note of how the packages folder is filled. */
  readonly notes?: TreeNotes;
}

/** A distribution that came, went, or changed its version from `from`. */
export interface SyncedDistribution {
  readonly name: string;
  readonly version: string;
}

/** What a sync did, or would do. Lists are sorted by key. */
export interface SyncResult {
  readonly add: readonly SyncedDistribution[];
  readonly update: readonly (SyncedDistribution & { readonly from: string })[];
  readonly remove: readonly SyncedDistribution[];
  /** How many wanted distributions were there already. */
  readonly unchanged: number;
}

/**
 * Makes the packages folder hold what is wanted. An interrupted run leaves every distribution old, new or absent, never half, and the
 * next one finishes it. Throws TSPM_FILE_CONFLICT (before anything changed), TSPM_IO, TSPM_BUSY, TSPM_INTERRUPTED, TSPM_WHEEL_METADATA,
 * TSPM_ARCHIVE_PATH, TSPM_UNSUPPORTED, and what `sources` throws.
 */
export async function syncEnvironment(request: SyncRequest): Promise<SyncResult> {
  return synchronise({
    ...request,
    interpreter: request.interpreter.executable,
    inputs: request.inputs,
    signal: request.signal,
    commit: request.commit,
    notes: request.notes,
  });
}

/** What {@link syncEnvironment} would do; reads only, and does not ask for sources. */
export function planEnvironment(
  request: Pick<SyncRequest, 'paths' | 'wanted' | 'method' | 'removals' | 'reinstall'>,
): SyncResult {
  const { distributions } = readWorkingSet(request.paths.base);
  return resultOf(planSync({ ...request, installed: distributions }));
}

/**
 * Makes the commands in bin start another interpreter, where they start the one so far; RECORD follows. Files that no distribution
 * recorded stay as they are. Throws TSPM_IO, TSPM_BUSY.
 */
export async function rewriteShebangs(request: {
  readonly paths: PackagesPaths;
  readonly interpreter: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}): Promise<void> {
  await synchronise({
    paths: request.paths,
    interpreter: request.interpreter,
    wanted: [],
    sources: () => Promise.reject(new Error('nothing is to be installed')),
    method: 'copy',
    removals: 'none',
    reinstall: false,
    reporter: request.reporter,
    concurrency: 1,
    signal: request.signal,
    inputs: undefined,
    commit: undefined,
    notes: undefined,
  });
}

interface Synchronisation {
  readonly paths: PackagesPaths;
  /** The executable that commands start; undefined leaves them. */
  readonly interpreter: string | undefined;
  readonly wanted: readonly WantedDistribution[];
  readonly sources: (wanted: WantedDistribution) => Promise<WheelSource>;
  readonly method: LinkMethod;
  readonly removals: 'none' | readonly string[];
  readonly reinstall: boolean;
  readonly reporter: Reporter;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
  readonly inputs: string | undefined;
  readonly commit: Commitment | undefined;
  readonly notes: TreeNotes | undefined;
}

/** What has to be done, by what lies on disk now. */
interface Work {
  readonly set: WorkingSet;
  readonly plan: SyncPlan;
  readonly amendments: readonly Amendment[];
  /** Neither packages nor their files change, only the memory of them. */
  readonly stateOnly: boolean;
  readonly nothing: boolean;
}

async function synchronise(request: Synchronisation): Promise<SyncResult> {
  const first = survey(request);
  const nothing = first.nothing && !hasLeftovers(controlPaths(request.paths.base));
  const done = nothing ? await commitAlone(request, first) : await changeLocked(request, first);
  return resultOf(done.plan);
}

/** Looks again under the lock, because another process may have changed everything since, and does what is left to do. */
async function changeLocked(request: Synchronisation, first: Work): Promise<Work> {
  const optional = isEmptyPlan(first.plan);
  let lock: ProjectLock;
  try {
    ensurePackagesLayout(request.paths);
    lock = await acquireLock(controlPaths(request.paths.base), request);
  } catch (error) {
    // A project that cannot be written to is as good as any as long as its packages are the wanted ones.
    if (optional && isReadOnlyError(error)) return commitAlone(request, first);
    throw error;
  }
  try {
    if ((await finishInterrupted(request.paths.base, lock, request.signal)) !== undefined) {
      request.reporter.emit({
        kind: 'note',
        level: 'info',
        message: 'Finished an interrupted change of the packages folder',
      });
    }
    throwIfAborted(request.signal);
    const work = survey(request);
    if (work.nothing) return await commitAlone(request, work);
    await change(request, work, lock);
    return work;
  } finally {
    lock.release();
  }
}

/** The packages are as they should be already. */
async function commitAlone(request: Synchronisation, work: Work): Promise<Work> {
  throwIfAborted(request.signal);
  await request.commit?.carryOut();
  return work;
}

async function change(request: Synchronisation, work: Work, lock: ProjectLock): Promise<void> {
  const { plan, amendments, set } = work;
  const announce = (): void => {
    if (isEmptyPlan(plan)) return;
    const { add, update, remove } = plan;
    request.reporter.emit({ kind: 'sync:plan', add: add.length, update: update.length, remove: remove.length });
  };
  const { files = [] } = request.commit ?? {};
  // What is decided together with the packages is told before them.
  if (files.length === 0) announce();
  const carryOut = async (): Promise<void> => {
    await request.commit?.carryOut();
    if (files.length > 0) announce();
  };
  const commit = { files, carryOut };
  if (work.stateOnly) {
    await commitAlone(request, work);
    await rememberOnly(request, set);
  } else {
    await makeChange({ ...request, base: request.paths.base, plan, amendments, state: set.state, lock, commit });
  }
}

async function rememberOnly(request: Synchronisation, { state }: WorkingSet): Promise<void> {
  const inputs = request.inputs ?? state.inputs;
  const interpreter = request.interpreter ?? state.interpreter;
  // The sizes have just been compared if there was a doubt.
  const settled = state.settled || mayBeUnwritten(state);
  await replaceFile(controlPaths(request.paths.base).state, formatState({ ...state, inputs, interpreter, settled }));
}

function survey(request: Synchronisation): Work {
  const set = readWorkingSet(request.paths.base);
  const plan = planSync({ ...request, installed: set.distributions });
  const interpreter = interpreterChange(request, set);
  const requested = new Map(plan.unchanged.map((wanted) => [wanted.key, wanted.requested]));
  const amendments = planAmendments(request.paths.base, plan.keep, { requested, interpreter });
  const { state } = set;
  const remembered =
    !set.staleState && (request.inputs === undefined || state.inputs === request.inputs) && interpreter === undefined;
  const same = isEmptyPlan(plan) && amendments.length === 0;
  return { set, plan, amendments, stateOnly: same && !remembered, nothing: same && remembered };
}

function interpreterChange(request: Synchronisation, set: WorkingSet): InterpreterChange | undefined {
  const { interpreter: to } = request;
  const from = set.state.interpreter;
  if (to === undefined || to === from || set.distributions.length === 0) return undefined;
  return { from, to };
}

function resultOf(plan: SyncPlan): SyncResult {
  return {
    add: plan.add.map(({ wanted }) => ({ name: wanted.name, version: wanted.version })),
    update: plan.update.map(({ wanted, installed }) => {
      return { name: wanted.name, version: wanted.version, from: installed[0]?.version ?? '' };
    }),
    remove: plan.remove.map(({ name, version }) => ({ name, version })),
    unchanged: plan.unchanged.length,
  };
}
