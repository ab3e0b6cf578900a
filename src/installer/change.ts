import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { TspmError } from '../errors.ts';
import type { Reporter } from '../ports.ts';
import { mapLimit } from '../util/limit.ts';
import { stageAmendment, type Amendment } from './amend.ts';
import { applyJournal, clearAway, removeLeftovers, throwIfAborted } from './apply.ts';
import type { Claimant } from './claims.ts';
import { contestedPaths, planDiscards, type Discards, type Outgoing } from './discard.ts';
import { viewDisk } from './disk-view.ts';
import { controlPaths, type ControlPaths } from './environment.ts';
import { guardIo, guardIoOf, kindOf, writeDurably } from './files.ts';
import { prepareWheel, startUpFiles, unpackSource, type PreparedWheel } from './incoming.ts';
import {
  changeFolders,
  digest,
  publishJournal,
  stageJournal,
  type ChangeFolders,
  type Journal,
  type JournalStep,
} from './journal.ts';
import { layOut, type Layout } from './layout.ts';
import { createLinker, refusalTeller } from './link.ts';
import type { ProjectLock } from './lock.ts';
import { bootId } from '../util/machine.ts';
import { filesOnPath, planNeighbours } from './on-path.ts';
import { openPlacer } from './open-placer.ts';
import type { Replacement, SyncPlan } from './plan.ts';
import { readRecordedFiles } from './recorded-files.ts';
import { spreadShared } from './shared-tops.ts';
import { stageExpansion, stageWheel } from './stage.ts';
import { openStagingFolder, type StagingFolder } from './staging-folder.ts';
import { formatState, type DistributionState, type EnvironmentState, type LinkMethod } from './state.ts';
import type { WantedDistribution, WheelSource } from './wanted.ts';
import type { InstalledDistribution } from './working-set.ts';
import { makeFolders } from '../util/file-system.ts';

/** A decided change of one packages folder, whose lock the caller holds. */
export interface ChangeRequest {
  readonly base: string;
  readonly plan: SyncPlan;
  readonly amendments: readonly Amendment[];
  readonly state: EnvironmentState;
  readonly interpreter: string | undefined;
  readonly inputs: string | undefined;
  readonly method: LinkMethod;
  readonly sources: (wanted: WantedDistribution) => Promise<WheelSource>;
  readonly concurrency: number;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
  readonly lock: ProjectLock;
  readonly commit: Commitment;
}

/** What is decided together with the packages. */
export interface Commitment {
  /** Files that hold these texts once it is carried out; by them a later process knows that it was. Paths are absolute. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /**
   * Called once, when nothing can be refused any more and before any package changes, under the lock of the packages folder; also when there
   * is nothing to change.
   */
  carryOut(): Promise<void>;
}

/**
 * Makes the change: unpack, lay out, stage, commit, journal, apply. Until the journal is on disk every failure leaves lib, bin and include
 * as they were and staging is removed; afterwards the change will be finished, if need be by the next command.
 */
export async function makeChange(request: ChangeRequest): Promise<void> {
  const control = controlPaths(request.base);
  const id = randomBytes(8).toString('hex');
  const folders = changeFolders(control, id);
  const outline = await decide(request, { control, id, folders });
  applyJournal(request.base, outline.journal, (index) => {
    request.lock.beat();
    for (const done of outline.results[index] ?? []) request.reporter.emit({ kind: 'sync:package', ...done, ok: true });
  });
  await clearAway(request.base, request.signal);
}

interface StepResult {
  readonly action: 'Install' | 'Update' | 'Remove';
  readonly name: string;
  readonly version: string;
  readonly from: string | undefined;
}

interface Outline {
  readonly journal: Journal;
  /** What each step finishes, by its index. */
  readonly results: readonly (readonly StepResult[])[];
}

interface Decision {
  readonly control: ControlPaths;
  readonly id: string;
  readonly folders: ChangeFolders;
}

/** Stages and writes the journal. Without a journal on disk nothing was decided, and staging goes again. */
async function decide(wish: ChangeRequest, { control, id, folders }: Decision): Promise<Outline> {
  try {
    const { request, wheels } = await unpackAll(wish, folders);
    const outline = await stageAll(request, { id, folders }, wheels);
    guardIo('cannot write', folders.journal, () => stageJournal(folders, outline.journal));
    throwIfAborted(request.signal);
    request.lock.assertHeld();
    await request.commit.carryOut();
    request.lock.assertHeld();
    await publishJournal(control, folders);
    return outline;
  } catch (error) {
    if (kindOf(control.journal) === 'absent') await removeLeftovers(control, wish.signal);
    throw error;
  }
}

/** Unpacks what comes, and what has to be installed anew because of that: then the request says so, too. */
async function unpackAll(
  request: ChangeRequest,
  folders: ChangeFolders,
): Promise<{ readonly request: ChangeRequest; readonly wheels: readonly PreparedWheel[] }> {
  const { plan } = request;
  guardIo('cannot create', folders.root, () => makeFolders(folders.root));
  const coming = await unpack(request, folders, replacementsOf(plan));
  const wider = guardIo('cannot read', request.base, () => planNeighbours(plan, coming));
  const neighbours = wider.update.slice(0, wider.update.length - plan.update.length);
  const wheels = [...(await unpack(request, folders, neighbours)), ...coming];
  const amendments = request.amendments.filter(({ installed }) => wider.keep.includes(installed));
  tellStartUps(request.reporter, wheels);
  return { request: { ...request, plan: wider, amendments }, wheels };
}

/** Code in .pth files runs at every start of a Python that has the packages: nobody should bring it unseen. */
function tellStartUps(reporter: Reporter, wheels: readonly PreparedWheel[]): void {
  const found = wheels.flatMap((wheel) => startUpFiles(wheel).map((name) => `${name} of ${wheel.label}`));
  if (found.length === 0) return;
  reporter.emit({
    kind: 'note',
    level: 'info',
    message: `Python will run code at every start from ${found.join(', ')}`,
  });
}

/** Unpacks all, or fails only when nothing is running any more that could still write into staging. */
async function unpack(
  request: ChangeRequest,
  folders: ChangeFolders,
  replacements: readonly Replacement[],
): Promise<PreparedWheel[]> {
  const { base, signal, method, interpreter } = request;
  const pause = pauseOf(request);
  const failures: unknown[] = [];
  const prepared = await mapLimit(replacements, request.concurrency, async ({ wanted }) => {
    if (failures.length > 0) return [];
    const { name, version } = wanted;
    try {
      await pause();
      request.reporter.emit({ kind: 'sync:prepare', name, version });
      const source = await request.sources(wanted);
      const unpacked = await unpackSource(wanted, source, {
        folder: join(folders.root, `${wanted.key}.raw`),
        method,
        signal,
      });
      request.lock.beat();
      const ready = guardIo('cannot read', base, () => prepareWheel(unpacked, method, interpreter ?? ''));
      request.reporter.emit({ kind: 'sync:prepared', name, version });
      return [ready];
    } catch (error) {
      failures.push(error);
      return [];
    }
  });
  if (failures.length > 0) throw failures[0];
  return prepared.flat();
}

function replacementsOf(plan: SyncPlan): readonly Replacement[] {
  return [...plan.update, ...plan.add];
}

async function stageAll(
  request: ChangeRequest,
  { id, folders }: Pick<Decision, 'id' | 'folders'>,
  wheels: readonly PreparedWheel[],
): Promise<Outline> {
  const { base, plan } = request;
  const arrangement = guardIo('cannot read', base, () => arrange(request, wheels));
  const staging = new Staging(folders);
  guardIo('cannot write', folders.root, () => {
    if (arrangement.contested.length > 0 || plan.remove.length > 0) {
      staging.step('make way', arrangement.contested, plan.remove.map(removal));
      staging.folder.make('');
    }
    for (const expansion of arrangement.layout.expansions) {
      staging.step(`open the folder ${expansion.folder}`, [expansion.folder], []);
      stageExpansion(staging.folder, readlinkSync(join(base, expansion.folder)), expansion);
    }
  });
  const states = await stageWheels(request, { folders, staging, arrangement });
  guardIo('cannot write', folders.root, () => {
    for (const amendment of request.amendments) stageAmended(request, staging, { amendment, states });
    // Flushed, because only with it a later start of the machine knows that sizes have to be checked.
    writeDurably(folders.state, formatState(nextState(request, states)));
  });
  const decidedBy = request.commit.files.map(({ path, text }) => ({
    path: relative(base, path),
    sha256: digest(text),
  }));
  return {
    journal: { id, steps: staging.steps, thinned: arrangement.discards.thinned, decidedBy },
    results: staging.results,
  };
}

interface WheelStaging {
  readonly folders: ChangeFolders;
  readonly staging: Staging;
  readonly arrangement: Arrangement;
}

async function stageWheels(
  request: ChangeRequest,
  { folders, staging, arrangement }: WheelStaging,
): Promise<Map<string, DistributionState>> {
  const { method, reporter, interpreter = '' } = request;
  const onRefused = refusalTeller(reporter);
  const linker = createLinker(method, onRefused);
  const gone = new Set(arrangement.contested);
  const replacements = new Map(replacementsOf(request.plan).map((item) => [item.wanted.key, item]));
  const states = new Map<string, DistributionState>();
  const pause = pauseOf(request);
  const { concurrency } = request;
  const placer = openPlacer({ linker, method, onRefused, concurrency }, arrangement.wheels, arrangement.layout.wheels);
  try {
    for (const [index, wheel] of arrangement.wheels.entries()) {
      await pause();
      const layout = arrangement.layout.wheels[index];
      const replacement = replacements.get(wheel.key);
      if (layout === undefined || replacement === undefined) throw new Error('a wheel without a layout');
      const discard = (arrangement.discards.byKey.get(wheel.key) ?? []).filter((path) => !gone.has(path));
      const isNew = replacement.installed.length === 0 && wheel.origin === 'store';
      if (isNew) staging.addition(installation(replacement));
      else staging.step(`install ${wheel.label}`, discard, [installation(replacement)]);
      const context = { folder: staging.folder, pthFolder: folders.pth, linker, placer, method, interpreter, pause };
      const { path } = staging.folder;
      states.set(wheel.key, await guardIoOf('cannot write', path, stageWheel(context, wheel, layout)));
    }
    await guardIoOf('cannot write', folders.root, placer.finish(pause));
  } finally {
    await placer.stop();
  }
  return states;
}

/** Lets signals in where none could come in for a while: a turn of the event loop costs more than a link. */
function pauseOf({ lock, signal }: ChangeRequest): () => Promise<void> {
  let turn = 0;
  return async () => {
    if (performance.now() < turn) return;
    await setImmediate();
    throwIfAborted(signal);
    lock.beat();
    turn = performance.now() + TURN;
  };
}

/** Milliseconds. */
const TURN = 20;

/** The steps of a change while they are being staged. */
class Staging {
  readonly steps: JournalStep[] = [];
  readonly results: StepResult[][] = [];
  readonly #folders: ChangeFolders;
  #folder: StagingFolder | undefined;
  #takesAdditions = false;

  constructor(folders: ChangeFolders) {
    this.#folders = folders;
  }

  /** The folder of the latest step, not yet made. */
  get folder(): StagingFolder {
    this.#folder ??= openStagingFolder(this.#folders.fresh(this.steps.length - 1));
    return this.#folder;
  }

  step(title: string, discard: readonly string[], results: readonly StepResult[]): void {
    this.steps.push({ title, discard });
    this.results.push([...results]);
    this.#folder = undefined;
    this.#takesAdditions = false;
  }

  /** Distributions that come in addition, in the place of nothing, share one step: each step costs a dozen file operations. */
  addition(result: StepResult): void {
    if (!this.#takesAdditions) this.step('install', [], []);
    this.#takesAdditions = true;
    this.results.at(-1)?.push(result);
  }
}

interface Arrangement {
  readonly wheels: readonly PreparedWheel[];
  readonly layout: Layout;
  readonly discards: Discards;
  /** Paths that have to go before anything comes, because something of another distribution comes in their place. */
  readonly contested: readonly string[];
}

function arrange(request: ChangeRequest, prepared: readonly PreparedWheel[]): Arrangement {
  const { base, plan } = request;
  const kept = plan.keep.map((installed) => claimantOf(base, installed));
  const outgoing = [...plan.remove, ...plan.update.flatMap(({ installed }) => installed)].map((item) =>
    outgoingOf(base, item),
  );
  const discards = planDiscards(base, outgoing, new Set(kept.flatMap(({ files }) => files.map((file) => file.path))));
  const disk = viewDisk(base, [...discards.shared, ...[...discards.byKey.values()].flat()]);
  const neighbours = [...kept.map(({ key, files }) => ({ key, paths: files.map(({ path }) => path) })), ...outgoing];
  const wheels = spreadShared(prepared, neighbours, disk);
  const removed = plan.remove.flatMap((item) => discards.byKey.get(item.key) ?? []);
  const contested = [...new Set([...removed, ...contestedPaths(discards, wheels), ...discards.shared])];
  return { wheels, layout: layOut({ incoming: wheels, kept, disk }), discards, contested };
}

function claimantOf(base: string, installed: InstalledDistribution): Claimant {
  const recorded = installed.form === 'wheel' ? (readRecordedFiles(base, installed.distInfo) ?? []) : [];
  const files = [...recorded, ...filesOnPath(installed)];
  return { key: installed.key, label: `${installed.name} ${installed.version}`, incoming: false, files };
}

function outgoingOf(base: string, installed: InstalledDistribution): Outgoing {
  const { key, name, version, distInfo, form } = installed;
  if (form === 'wheel')
    return { key, distInfo, paths: (readRecordedFiles(base, distInfo) ?? []).map((file) => file.path) };
  throw new TspmError(
    'TSPM_UNSUPPORTED',
    `${name} ${version} was not installed from a wheel (lib/${distInfo}) and cannot be removed`,
    {
      hint: 'delete its files by hand, or empty the packages folder and sync again',
      context: { name, version, entry: distInfo },
    },
  );
}

function removal(installed: InstalledDistribution): StepResult {
  return { action: 'Remove', name: installed.name, version: installed.version, from: undefined };
}

function installation({ wanted, installed }: Replacement): StepResult {
  const [before] = installed;
  const action = before === undefined ? 'Install' : 'Update';
  return { action, name: wanted.name, version: wanted.version, from: before?.version };
}

interface AmendmentStep {
  readonly amendment: Amendment;
  readonly states: Map<string, DistributionState>;
}

function stageAmended(request: ChangeRequest, staging: Staging, { amendment, states }: AmendmentStep): void {
  const { installed, files } = amendment;
  const gone = [...files].filter(([, amended]) => amended === undefined).map(([path]) => path);
  staging.step(`amend ${installed.name} ${installed.version}`, gone, []);
  const state = stageAmendment(request.base, staging.folder.path, amendment);
  if (state !== undefined) states.set(state.key, state);
}

function nextState(request: ChangeRequest, changed: ReadonlyMap<string, DistributionState>): EnvironmentState {
  const distributions = new Map(request.state.distributions);
  for (const { key } of request.plan.remove) distributions.delete(key);
  for (const [key, state] of changed) distributions.set(key, state);
  const { inputs, interpreter } = request;
  return {
    inputs,
    interpreter: interpreter ?? request.state.interpreter,
    boot: bootId(),
    settled: false,
    distributions,
  };
}
