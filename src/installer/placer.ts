import { join } from 'node:path';

import { parentOf } from './files.ts';
import { copy, type FileFacts, type Linker } from './link.ts';
import type { PlacedFile } from './scheme.ts';
import type { StagingFolder } from './staging-folder.ts';

/** How a file of a store entry comes: by the linker's function of that name, or as a copy that is executable. */
export type Form = 'file' | 'library' | 'program' | 'script';

/** One file on its way. */
export interface Delivery {
  readonly folder: StagingFolder;
  /** The unpacked tree of the wheel, absolute. */
  readonly directory: string;
  readonly file: PlacedFile;
  readonly form: Form;
}

/** Brings files of store entries into staging, with the folders they need. */
export interface Placer {
  /** Brings the file at once, or at the latest until `finish`. */
  place(delivery: Delivery): void;
  /** Everything is in its place afterwards. Throws the system error of the file that could not be brought. */
  finish(pause: () => Promise<void>): Promise<void>;
  /** Nothing is being written any more afterwards, whether all was brought or not. */
  stop(): Promise<void>;
}

/** A placer that brings each file at once. */
export function createPlacer(linker: Linker): Placer {
  return {
    place({ folder, directory, file, form }) {
      folder.make(parentOf(file.target));
      folder.claim(file.target);
      const target = join(folder.path, file.target);
      bring(linker, form, { source: join(directory, file.source), target, facts: file });
    },
    finish: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
}

/** Brings one file to a place that is absent, in a folder that is there. Paths are absolute. */
export function bring(
  linker: Linker,
  form: Form,
  { source, target, facts }: { readonly source: string; readonly target: string; readonly facts: FileFacts },
): void {
  if (form === 'script') copy(source, target, true);
  else linker[form](source, target, facts);
}
