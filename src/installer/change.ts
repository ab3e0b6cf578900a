import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { TspmError } from '../errors.ts';
import type { Reporter } from '../ports.ts';
import { mapLimit } from '../util/limit.ts';
import { stageAmendment, type Amendment } from './amend.ts';
import { applyJournal, throwIfAborted } from './apply.ts';
import type { Claimant } from './claims.ts';
import { contestedPaths, planDiscards, type Discards, type Outgoing } from './discard.ts';
import { viewDisk } from './disk-view.ts';
import { controlPaths } from './environment.ts';
import { guardIo, removeTree } from './files.ts';
import { prepareWheel, unpackSource, type PreparedWheel } from './incoming.ts';
import { changeFolders, writeJournal, type ChangeFolders, type JournalStep } from './journal.ts';
import { layOut, type Layout } from './layout.ts';
import { createLinker } from './link.ts';
import type { ProjectLock } from './lock.ts';
import { bootId } from './machine.ts';
import type { Replacement, SyncPlan } from './plan.ts';
import { readRecordedFiles } from './recorded-files.ts';
import { stageExpansion, stageWheel } from './stage.ts';
import { formatState, type DistributionState, type EnvironmentState, type LinkMethod } from './state.ts';
import type { WantedDistribution, WheelSource } from './wanted.ts';
import type { InstalledDistribution } from './working-set.ts';

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
}

/**
 * Makes the change: unpack, lay out, stage, journal, apply. Until the journal is on disk every failure leaves lib, bin and include
 * as they were and staging is removed; afterwards the change will be finished, if need be by the next command.
 */
export async function makeChange(request: ChangeRequest): Promise<void> {
  const control = controlPaths(request.base);
  const id = randomBytes(8).toString('hex');
  const folders = changeFolders(control, id);
  const outline = await stageOrRemove(request, folders);
  await writeJournal(control, { id, steps: outline.steps, thinned: outline.thinned });
  applyJournal(request.base, { id, steps: outline.steps, thinned: outline.thinned }, (index) => {
    for (const done of outline.results[index] ?? []) request.reporter.emit({ kind: 'sync:package', ...done, ok: true });
  });
}

interface StepResult {
  readonly action: 'Install' | 'Update' | 'Remove';
  readonly name: string;
  readonly version: string;
  readonly from: string | undefined;
}

interface Outline {
  readonly steps: readonly JournalStep[];
  readonly thinned: readonly string[];
  /** What each step finishes, by its index. */
  readonly results: readonly (readonly StepResult[])[];
}

async function stageOrRemove(request: ChangeRequest, folders: ChangeFolders): Promise<Outline> {
  try {
    const wheels = await unpackAll(request, folders);
    const outline = await stageAll(request, folders, wheels);
    throwIfAborted(request.signal);
    request.lock.assertHeld();
    return outline;
  } catch (error) {
    removeTree(controlPaths(request.base).staging);
    throw error;
  }
}

async function unpackAll(request: ChangeRequest, folders: ChangeFolders): Promise<PreparedWheel[]> {
  const { base, plan, signal, method, interpreter } = request;
  guardIo('cannot create', folders.root, () => mkdirSync(folders.root, { recursive: true }));
  const wanted = [...plan.update, ...plan.add].map((replacement) => replacement.wanted);
  return mapLimit(wanted, request.concurrency, async (item, index) => {
    throwIfAborted(signal);
    const source = await request.sources(item);
    const unpacked = await unpackSource(item, source, join(folders.root, `${index}.raw`));
    request.lock.beat();
    return guardIo('cannot read', base, () => prepareWheel(unpacked, method, interpreter ?? ''));
  });
}

async function stageAll(request: ChangeRequest, folders: ChangeFolders, wheels: readonly PreparedWheel[]): Promise<Outline> {
  const { base, plan, signal } = request;
  const { layout, discards, contested } = guardIo('cannot read', base, () => arrange(request, wheels));
  const staging = new Staging(folders);
  staging.step('make way', contested, plan.remove.map(removal));
  guardIo('cannot write', folders.root, () => {
    mkdirSync(staging.folder, { recursive: true });
    for (const expansion of layout.expansions) {
      staging.step(`open the folder ${expansion.folder}`, [expansion.folder], []);
      stageExpansion(staging.folder, readlinkSync(join(base, expansion.folder)), expansion);
    }
  });
  const states = new Map<string, DistributionState>();
  const linker = createLinker(request.method, request.reporter);
  const replacements = [...plan.update, ...plan.add];
  for (const [index, wheel] of wheels.entries()) {
    // Staging is synchronous; between two wheels signals and the display get their turn.
    await setImmediate();
    throwIfAborted(signal);
    request.lock.beat();
    const wheelLayout = layout.wheels[index];
    const replacement = replacements[index];
    if (wheelLayout === undefined || replacement === undefined) throw new Error('a wheel without a layout');
    const discard = (discards.byKey.get(wheel.key) ?? []).filter((path) => !contested.includes(path));
    staging.step(`install ${wheel.label}`, discard, [installation(replacement)]);
    const context = { folder: staging.folder, pthFolder: folders.pth, linker, method: request.method };
    states.set(
      wheel.key,
      guardIo('cannot write', staging.folder, () =>
        stageWheel({ ...context, interpreter: request.interpreter ?? '' }, wheel, wheelLayout),
      ),
    );
  }
  guardIo('cannot write', folders.root, () => {
    for (const amendment of request.amendments) stageAmended(request, staging, { amendment, states });
    writeDurably(folders.state, formatState(nextState(request, states)));
  });
  return { steps: staging.steps, thinned: discards.thinned, results: staging.results };
}

/** The steps of a change while they are being staged. */
class Staging {
  readonly steps: JournalStep[] = [];
  readonly results: (readonly StepResult[])[] = [];
  readonly #folders: ChangeFolders;

  constructor(folders: ChangeFolders) {
    this.#folders = folders;
  }

  /** The folder of the latest step, not yet made. */
  get folder(): string {
    return this.#folders.fresh(this.steps.length - 1);
  }

  step(title: string, discard: readonly string[], results: readonly StepResult[]): void {
    this.steps.push({ title, discard });
    this.results.push(results);
  }
}

interface Arrangement {
  readonly layout: Layout;
  readonly discards: Discards;
  /** Paths that have to go before anything comes, because something of another distribution comes in their place. */
  readonly contested: readonly string[];
}

function arrange(request: ChangeRequest, wheels: readonly PreparedWheel[]): Arrangement {
  const { base, plan } = request;
  const kept = plan.keep.map((installed) => claimantOf(base, installed));
  const outgoing = [...plan.remove, ...plan.update.flatMap(({ installed }) => installed)].map((item) => outgoingOf(base, item));
  const discards = planDiscards(base, outgoing, new Set(kept.flatMap(({ files }) => files.map((file) => file.path))));
  const removed = plan.remove.flatMap((item) => discards.byKey.get(item.key) ?? []);
  const contested = [...new Set([...removed, ...contestedPaths(discards, wheels), ...discards.shared])];
  const disk = viewDisk(base, [...discards.shared, ...[...discards.byKey.values()].flat()]);
  return { layout: layOut({ incoming: wheels, kept, disk }), discards, contested };
}

function claimantOf(base: string, installed: InstalledDistribution): Claimant {
  const files = installed.form === 'wheel' ? (readRecordedFiles(base, installed.distInfo) ?? []) : [];
  return { key: installed.key, label: `${installed.name} ${installed.version}`, incoming: false, files };
}

function outgoingOf(base: string, installed: InstalledDistribution): Outgoing {
  const { key, name, version, distInfo, form } = installed;
  if (form === 'wheel') return { key, distInfo, paths: (readRecordedFiles(base, distInfo) ?? []).map((file) => file.path) };
  throw new TspmError('TSPM_UNSUPPORTED', `${name} ${version} was not installed from a wheel (lib/${distInfo}) and cannot be removed`, {
    hint: 'delete its files by hand, or empty the packages folder and sync again',
    context: { name, version, entry: distInfo },
  });
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
  const state = stageAmendment(request.base, staging.folder, amendment);
  if (state !== undefined) states.set(state.key, state);
}

function nextState(request: ChangeRequest, changed: ReadonlyMap<string, DistributionState>): EnvironmentState {
  const distributions = new Map(request.state.distributions);
  for (const { key } of request.plan.remove) distributions.delete(key);
  for (const [key, state] of changed) distributions.set(key, state);
  const { inputs, interpreter } = request;
  return { inputs, interpreter: interpreter ?? request.state.interpreter, boot: bootId(), settled: false, distributions };
}

/** Flushed, because only with it a later start of the machine knows that sizes have to be checked. */
function writeDurably(path: string, text: string): void {
  const descriptor = openSync(path, 'wx');
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
