import type { JournalStep, ChangeFolders } from './journal.ts';
import { openStagingFolder, type StagingFolder } from './staging-folder.ts';
import type { TreeNotes } from './tree-notes.ts';

/** What the user is told when a step is done. */
export interface StepResult {
  readonly action: 'Install' | 'Update' | 'Remove';
  readonly name: string;
  readonly version: string;
  readonly from: string | undefined;
}

/** The steps of a change while they are being staged. */
export class StepStaging {
  readonly steps: JournalStep[] = [];
  readonly results: StepResult[][] = [];
  readonly #folders: ChangeFolders;
  readonly #notes: TreeNotes | undefined;
  #folder: StagingFolder | undefined;
  #takesAdditions = false;

  constructor(folders: ChangeFolders, notes: TreeNotes | undefined) {
    this.#folders = folders;
    this.#notes = notes;
  }

  /** The folder of the latest step, not yet made. */
  get folder(): StagingFolder {
    this.#folder ??= openStagingFolder(this.#folders.fresh(this.steps.length - 1), this.#notes);
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
