import { join } from 'node:path';

import type { Batch, FolderDelivery } from './batch.ts';
import { parentOf } from './files.ts';
import type { Delivery } from './placer.ts';

/** Files, or as much as files of some size, in one batch: some ten milliseconds. */
const BATCH_COST = 128;
const BYTES_LIKE_A_FILE = 65_536;

/** Files of one wheel that are to be brought, kept by folder: whoever brings the files of a folder makes it. */
export class WheelFiles {
  readonly #wheel: Delivery;
  readonly #folders = new Map<string, FolderFiles[]>();

  /** None so far, of the wheel of a first delivery. */
  constructor(first: Delivery) {
    this.#wheel = first;
  }

  isOf({ folder, directory }: Delivery): boolean {
    return folder === this.#wheel.folder && directory === this.#wheel.directory;
  }

  add({ file, form }: Delivery): void {
    const { source, target, executable, size } = file;
    const [from, to] = [parentOf(source), parentOf(target)];
    let inFolder = this.#folders.get(to);
    if (inFolder === undefined) this.#folders.set(to, (inFolder = []));
    let alike = inFolder.find((one) => one.from === from && one.form === form && one.executable === executable);
    if (alike === undefined) inFolder.push((alike = { from, form, executable, names: [], bytes: 0 }));
    alike.names.push(to === '' ? target : target.slice(to.length + 1));
    alike.bytes += size;
  }

  /** All of them, in parts that take about the same time. */
  batches(): Batch[] {
    const batches: FolderDelivery[][] = [];
    let room = 0;
    for (const [to, alikes] of this.#folders) {
      for (const part of alikes.flatMap((alike) => this.#parts(alike, to))) {
        if (room <= 0) {
          batches.push([]);
          room = BATCH_COST;
        }
        batches.at(-1)?.push(part.delivery);
        room -= part.cost;
      }
    }
    return batches;
  }

  #parts(
    { from, names, bytes, form, executable }: FolderFiles,
    to: string,
  ): { delivery: FolderDelivery; cost: number }[] {
    const { folder, directory } = this.#wheel;
    const places = { from: join(directory, from), to: join(folder.path, to), form, executable };
    const cost = names.length + bytes / BYTES_LIKE_A_FILE;
    const count = Math.max(1, Math.ceil((names.length * BATCH_COST) / cost));
    const parts: { delivery: FolderDelivery; cost: number }[] = [];
    for (let at = 0; at < names.length; at += count) {
      const some = names.slice(at, at + count);
      parts.push({ delivery: { ...places, names: some }, cost: (cost * some.length) / names.length });
    }
    return parts;
  }
}

/** Files of one folder of a wheel that come in one form. */
interface FolderFiles {
  readonly from: string;
  readonly form: FolderDelivery['form'];
  readonly executable: boolean;
  readonly names: string[];
  bytes: number;
}
