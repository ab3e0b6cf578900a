import { makeFolders } from '../util/file-system.ts';
import { isStopped, type WorkBoard } from './work-board.ts';
import type { Linker } from './link.ts';
import { bring, type Form } from './placer.ts';

/** Files that come from one folder of a store entry into one folder of staging, all in one form. Paths are absolute. */
export interface FolderDelivery {
  readonly from: string;
  readonly to: string;
  readonly form: Form;
  readonly executable: boolean;
  readonly names: readonly string[];
}

/** What one thread brings in one go: plain data. None of the files is large. */
export type Batch = readonly FolderDelivery[];

/** Brings what is in the batch, folders included, unless the work is stopped. Other threads may make the same folders. */
export function bringBatch(linker: Linker, batch: Batch, board: WorkBoard): void {
  for (const { from, to, form, executable, names } of batch) {
    makeFolders(to);
    const facts = { size: 0, executable };
    for (const name of names) {
      if (isStopped(board)) return;
      bring(linker, form, { source: `${from}/${name}`, target: `${to}/${name}`, facts });
    }
  }
}
