import { mkdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

import { errnoOf, parentOf } from './files.ts';

/** A folder that is being filled, by one distribution or several. Paths are '/'-separated and relative to it. */
export interface StagingFolder {
  /** Absolute. */
  readonly path: string;
  /** Makes a folder and those above it, `''` being this one itself; each costs one operation, once. */
  make(relative: string): void;
  /** Makes room for a file: where two distributions have the same one, the later takes the place of the earlier. */
  claim(relative: string): void;
}

/** The folder at `path`, in a folder that is there. Nothing is made yet. */
export function openStagingFolder(path: string): StagingFolder {
  const made = new Set<string>();
  const claimed = new Set<string>();
  function make(relative: string): void {
    if (made.has(relative)) return;
    if (relative !== '') make(parentOf(relative));
    try {
      mkdirSync(join(path, relative));
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    made.add(relative);
  }
  function claim(relative: string): void {
    if (claimed.has(relative)) unlinkSync(join(path, relative));
    claimed.add(relative);
  }
  return { path, make, claim };
}
