import { chmodSync, mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { errnoOf, parentOf } from './files.ts';
import { writeRecord } from './stamp.ts';
import type { RecordStamp } from './state.ts';
import type { TreeNotes } from './tree-notes.ts';

/** A folder that is being filled, by one distribution or several. Paths are '/'-separated and relative to it. */
export interface StagingFolder {
  /** Absolute. */
  readonly path: string;
  /** Makes a folder and those above it, `''` being this one itself; each costs one operation, once. */
  make(relative: string): void;
  /** Makes room for a file: where two distributions have the same one, the later takes the place of the earlier. */
  claim(relative: string): void;
  /** Writes a new file into a folder that is there. */
  write(relative: string, content: string | Uint8Array): void;
  /** The same, executable for all. */
  writeProgram(relative: string, content: string | Uint8Array): void;
  /** The same, with the stamp of a RECORD. */
  writeRecord(relative: string, content: string): RecordStamp;
}

/** The folder at `path`, in a folder that is there. Nothing is made yet. */
export function openStagingFolder(path: string, notes: TreeNotes | undefined): StagingFolder {
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
    notes?.folders.add(relative);
  }
  function claim(relative: string): void {
    if (claimed.has(relative)) unlinkSync(join(path, relative));
    claimed.add(relative);
  }
  return {
    path,
    make,
    claim,
    write(relative, content) {
      writeFileSync(join(path, relative), content, { flag: 'wx' });
      notes?.file(relative, { kind: 'content', content, executable: false });
    },
    writeProgram(relative, content) {
      writeFileSync(join(path, relative), content, { flag: 'wx', mode: 0o755 });
      // The umask must not take the executable bit of others away.
      chmodSync(join(path, relative), 0o755);
      notes?.file(relative, { kind: 'content', content, executable: true });
    },
    writeRecord(relative, content) {
      const stamp = writeRecord(join(path, relative), content);
      const seconds = Number(BigInt(stamp.mtime) / 1_000_000_000n);
      notes?.file(relative, { kind: 'content', content, executable: false, seconds });
      return stamp;
    },
  };
}
