import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';

import { bootId } from '../util/machine.ts';
import { withNeed } from '../util/need.ts';
import { stageAmendment, type Amendment } from './amend.ts';
import { applyJournal, clearAway, removeLeftovers, throwIfAborted } from './apply.ts';
import { arrange, type Arrangement } from './arrange.ts';
import { needOf } from './change-need.ts';
import { pauseOf, replacementsOf, type ChangeRequest } from './change-request.ts';
import { controlPaths, type ControlPaths } from './environment.ts';
import { guardIo, guardIoOf, kindOf, writeDurably } from './files.ts';
import type { PreparedWheel } from './incoming.ts';
import { changeFolders, digest, publishJournal, stageJournal, type ChangeFolders, type Journal } from './journal.ts';
import { createLinker, refusalTeller, type Refusal } from './link.ts';
import { PlacerOpener } from './open-placer.ts';
import type { Replacement } from './plan.ts';
import { stageExpansion, stageWheel } from './stage.ts';
import { formatState, type DistributionState, type EnvironmentState } from './state.ts';
import { StepStaging, type StepResult } from './step-staging.ts';
import { unpackAll } from './unpack.ts';
import type { InstalledDistribution } from './working-set.ts';

/**
 * Makes the change: unpack, lay out, stage, commit, journal, apply. Until the journal is on disk every failure leaves lib, bin and include
 * as they were and staging is removed; afterwards the change will be finished, if need be by the next command.
 */
export async function makeChange(request: ChangeRequest): Promise<void> {
  const control = controlPaths(request.base);
  const id = randomBytes(8).toString('hex');
  const folders = changeFolders(control, id);
  const outline = await decide(request, { control, id, folders });
  const onStep = (index: number): void => {
    for (const done of outline.results[index] ?? []) request.reporter.emit({ kind: 'sync:package', ...done, ok: true });
  };
  applyJournal(request.base, outline.journal, { interpreter: request.interpreter, lock: request.lock, onStep });
  if (request.lock.isHeld()) await clearAway(request.base, request.signal);
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

/** Stages, and puts the journal in its place. Without a journal on disk nothing was decided, and staging goes again. */
async function decide(wish: ChangeRequest, { control, id, folders }: Decision): Promise<Outline> {
  try {
    const { request, outline } = await prepare(wish, { id, folders });
    throwIfAborted(request.signal);
    request.lock.assertHeld();
    await request.commit.carryOut();
    request.lock.assertHeld();
    await publishJournal(control, folders);
    return outline;
  } catch (error) {
    // Whoever took the lock over has staged things of its own, and clears away what lies there besides.
    if (kindOf(control.journal) === 'absent' && wish.lock.isHeld()) await removeLeftovers(control, wish.signal);
    throw error;
  }
}

type Place = Pick<Decision, 'id' | 'folders'>;

/** Brings everything into staging. Afterwards no thread writes there any more, even when it fails. */
async function prepare(
  wish: ChangeRequest,
  place: Place,
): Promise<{ readonly request: ChangeRequest; readonly outline: Outline }> {
  const opener = new PlacerOpener(wish);
  try {
    const { request, wheels } = await unpackAll(wish, place.folders, (wheel) => opener.expect(wheel));
    return { request, outline: await stageAll(request, place, { wheels, opener }) };
  } finally {
    await opener.close();
  }
}

interface Staged {
  readonly wheels: readonly PreparedWheel[];
  readonly opener: PlacerOpener;
}

async function stageAll(request: ChangeRequest, place: Place, { wheels, opener }: Staged): Promise<Outline> {
  const arrangement = guardIo('cannot read', request.base, () => arrange(request, wheels));
  try {
    return await stageArranged(request, place, { arrangement, opener });
  } catch (error) {
    throw withNeed(error, () => needOf(request, arrangement));
  }
}

interface Arranged {
  readonly arrangement: Arrangement;
  readonly opener: PlacerOpener;
}

async function stageArranged(
  request: ChangeRequest,
  { id, folders }: Place,
  { arrangement, opener }: Arranged,
): Promise<Outline> {
  const { base, plan } = request;
  const { notes } = request;
  notes?.begin(bringsAll(request, arrangement));
  const staging = new StepStaging(folders, notes);
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
  const states = await stageWheels(request, { folders, staging, arrangement, opener });
  guardIo('cannot write', folders.root, () => {
    for (const amendment of request.amendments) stageAmended(request, staging, { amendment, states });
    // Flushed, because only with it a later start of the machine knows that sizes have to be checked.
    const state = formatState(nextState(request, states));
    writeDurably(folders.state, state);
    notes?.end(state);
  });
  const decidedBy = request.commit.files.map(({ path, text }) => ({
    path: relative(base, path),
    sha256: digest(text),
  }));
  const journal = { id, steps: staging.steps, thinned: arrangement.discards.thinned, decidedBy };
  guardIo('cannot write', folders.journal, () => stageJournal(folders, journal));
  return { journal, results: staging.results };
}

interface WheelStaging {
  readonly folders: ChangeFolders;
  readonly staging: StepStaging;
  readonly arrangement: Arrangement;
  readonly opener: PlacerOpener;
}

async function stageWheels(
  request: ChangeRequest,
  { folders, staging, arrangement, opener }: WheelStaging,
): Promise<Map<string, DistributionState>> {
  const { method, reporter, interpreter = '', notes } = request;
  const tell = refusalTeller(method, reporter);
  const onRefused = (refusal: Refusal): void => {
    notes?.spoil();
    tell(refusal);
  };
  const linker = createLinker(method, onRefused);
  const gone = new Set(arrangement.contested);
  const replacements = new Map(replacementsOf(request.plan).map((item) => [item.wanted.key, item]));
  const states = new Map<string, DistributionState>();
  const pause = pauseOf(request);
  const opened = opener.open({ linker, onRefused }, arrangement.wheels, arrangement.layout.wheels);
  const placer = notes?.placer(opened, method) ?? opened;
  for (const [index, wheel] of arrangement.wheels.entries()) {
    await pause();
    const layout = arrangement.layout.wheels[index];
    const replacement = replacements.get(wheel.key);
    if (layout === undefined || replacement === undefined) throw new Error('a wheel without a layout');
    const discard = (arrangement.discards.byKey.get(wheel.key) ?? []).filter((path) => !gone.has(path));
    const isNew = replacement.installed.length === 0 && wheel.origin === 'store';
    if (isNew) staging.addition(installation(replacement));
    else staging.step(`install ${wheel.label}`, discard, [installation(replacement)]);
    const { folder } = staging;
    const { path } = folder;
    const linking = notes?.linker(linker, path) ?? linker;
    notes?.entries.push(wheel);
    const context = { folder, pthFolder: folders.pth, notes, linker: linking, placer, method, interpreter, pause };
    states.set(wheel.key, await guardIoOf('cannot write', path, stageWheel(context, wheel, layout)));
  }
  await guardIoOf('cannot write', folders.root, placer.finish(pause));
  return states;
}

/** Whether nothing was there before, and all that comes is linked into the store, as wheels that the lock names: what was built may be built anew. */
function bringsAll({ plan, amendments, method }: ChangeRequest, { wheels, contested }: Arrangement): boolean {
  const { update, remove, keep } = plan;
  const isFirst = [update, remove, keep, amendments, contested].every((list) => list.length === 0);
  return (
    isFirst &&
    method !== 'copy' &&
    wheels.every(({ origin, wanted, manifest }) => {
      return origin === 'store' && wanted.directUrl === undefined && wanted.sha256s.includes(manifest.sha256);
    })
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

function stageAmended(request: ChangeRequest, staging: StepStaging, { amendment, states }: AmendmentStep): void {
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
