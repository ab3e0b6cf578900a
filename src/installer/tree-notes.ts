/** What is noted of a packages folder while it is filled for the first time, so that the next one like it needs no planning. */
import { join } from 'node:path';

import type { OutlinedFolder } from '../archive/wheel-outline.ts';
import type { Form } from './batch.ts';
import { parentOf } from './files.ts';
import type { Linker } from './link.ts';
import type { Placer } from './placer.ts';
import type { LinkMethod } from './state.ts';

/** How a file came to be where it is. Sources are absolute. */
export type NotedFile =
  | { readonly kind: 'symlink' | 'hardlink'; readonly source: string }
  | { readonly kind: 'copy'; readonly source: string; readonly executable: boolean }
  /** `seconds`: its time of change, where that is part of what it is. */
  | {
      readonly kind: 'content';
      readonly content: string | Uint8Array;
      readonly executable: boolean;
      readonly seconds?: number;
    };

/** A plain folder of lib that came file by file as hard links, from the unpacked tree at `directory`. */
export interface NotedTree {
  readonly directory: string;
  readonly tree: OutlinedFolder;
}

/** An unpacked tree of the store, and whether Python could write byte code there. */
export interface NotedEntry {
  readonly directory: string;
  readonly keepsByteCode: boolean;
}

/** The notes of one change. Paths are relative to the packages folder. They mean something once they are complete. */
export class TreeNotes {
  readonly folders = new Set<string>();
  readonly files = new Map<string, NotedFile>();
  readonly trees: NotedTree[] = [];
  readonly entries: NotedEntry[] = [];
  /** The text of the state that this packages folder then has. */
  state = '';
  #isWhole = false;

  /** Forgets what was noted before. `isWhole`: the change brings all there is, and everything from the store. */
  begin(isWhole: boolean): void {
    this.folders.clear();
    this.files.clear();
    this.trees.length = 0;
    this.entries.length = 0;
    this.state = '';
    this.#isWhole = isWhole;
  }

  get isComplete(): boolean {
    return this.#isWhole && this.state !== '';
  }

  /** The change has been staged, with this state. */
  end(state: string): void {
    this.state = state;
  }

  /** Something was done in another way than was noted. */
  spoil(): void {
    this.#isWhole = false;
  }

  file(target: string, file: NotedFile): void {
    // The later of two takes the place of the earlier.
    this.files.delete(target);
    this.files.set(target, file);
  }

  /** A linker that links folders below `path`, which becomes the packages folder. */
  linker(linker: Linker, path: string): Linker {
    return {
      ...linker,
      folder: (source, target) => {
        const isLinked = linker.folder(source, target);
        if (isLinked) this.file(target.slice(path.length + 1), { kind: 'symlink', source });
        return isLinked;
      },
    };
  }

  /** A placer by that method, neither `copy` nor any other without links. */
  placer(placer: Placer, method: LinkMethod): Placer {
    const plain = method === 'hardlink' ? 'hardlink' : 'symlink';
    const kinds: Record<Form, 'symlink' | 'hardlink' | 'copy'> = {
      file: plain,
      library: 'hardlink',
      program: 'hardlink',
      script: 'copy',
    };
    return {
      place: (delivery) => {
        const { directory, file, form } = delivery;
        const [kind, source] = [kinds[form], join(directory, file.source)];
        this.file(file.target, kind === 'copy' ? { kind, source, executable: true } : { kind, source });
        placer.place(delivery);
      },
      placeTree: (delivery) => {
        this.trees.push(delivery);
        placer.placeTree(delivery);
      },
      finish: (pause) => placer.finish(pause),
    };
  }

  /** All folders, those above before those below. */
  allFolders(): readonly string[] {
    const all = new Set(this.folders);
    for (const file of this.files.keys()) {
      for (let folder = parentOf(file); folder !== '' && !all.has(folder); folder = parentOf(folder)) all.add(folder);
    }
    all.delete('');
    return [...all].sort();
  }
}
