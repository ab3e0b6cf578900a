import { join } from 'node:path';

import type { OutlinedFolder } from '../archive/wheel-outline.ts';
import { bring, bringBatch, type Batch, type Form } from './batch.ts';
import { parentOf } from './files.ts';
import type { Linker } from './link.ts';
import type { PlacedFile } from './scheme.ts';
import type { StagingFolder } from './staging-folder.ts';
import { treeBatches } from './tree-batches.ts';
import { createBoard } from './work-board.ts';

/** One file on its way. */
export interface Delivery {
  readonly folder: StagingFolder;
  /** The unpacked tree of the wheel, absolute. */
  readonly directory: string;
  readonly file: PlacedFile;
  readonly form: Form;
}

/** A plain folder on its way, which nobody else has files in. */
export interface TreeDelivery {
  readonly folder: StagingFolder;
  readonly directory: string;
  readonly tree: OutlinedFolder;
}

/** Brings files of store entries into staging, with the folders they need. */
export interface Placer {
  /** Brings the file at once, or at the latest until `finish`. */
  place(delivery: Delivery): void;
  /** Brings the files of a folder, at the latest until `finish`. */
  placeTree(delivery: TreeDelivery): void;
  /** Everything is in its place afterwards. Throws the system error of the file that could not be brought. */
  finish(pause: () => Promise<void>): Promise<void>;
}

/** A placer that brings each file at once, and folders at the end. */
export function createPlacer(linker: Linker): Placer {
  const batches: Batch[] = [];
  const board = createBoard(0);
  return {
    placeTree: (delivery) => void batches.push(...treeBatches(delivery)),
    place({ folder, directory, file, form }) {
      folder.make(parentOf(file.target));
      folder.claim(file.target);
      const target = join(folder.path, file.target);
      bring(linker, form, { source: join(directory, file.source), target, facts: file });
    },
    async finish(pause) {
      for (const batch of batches.splice(0)) {
        bringBatch(linker, batch, board);
        await pause();
      }
    },
  };
}
