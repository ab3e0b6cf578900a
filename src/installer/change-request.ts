import { setImmediate } from 'node:timers/promises';

import type { Reporter } from '../ports.ts';
import type { Amendment } from './amend.ts';
import { throwIfAborted } from './apply.ts';
import type { ProjectLock } from './lock.ts';
import type { Replacement, SyncPlan } from './plan.ts';
import type { EnvironmentState, LinkMethod } from './state.ts';
import type { TreeNotes } from './tree-notes.ts';
import type { WantedDistribution, WheelSource } from './wanted.ts';
import { monotonic } from '../util/clock.ts';

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
  /** Takes note of how the packages folder is filled. */
  readonly notes: TreeNotes | undefined;
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

/** What is to be installed. */
export function replacementsOf(plan: SyncPlan): readonly Replacement[] {
  return [...plan.update, ...plan.add];
}

/** Lets signals in where none could come in for a while: a turn of the event loop costs more than a link. */
export function pauseOf({ lock, signal }: ChangeRequest): () => Promise<void> {
  let turn = 0;
  return async () => {
    if (monotonic() < turn) return;
    await setImmediate();
    throwIfAborted(signal);
    lock.beat();
    turn = monotonic() + TURN;
  };
}

/** Milliseconds. */
const TURN = 20;
