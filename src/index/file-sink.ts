/** A file being received: written, counted and hashed as it comes. */
import { type Hash, createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolders } from '../util/file-system.ts';
import { doing } from '../util/io-fault.ts';
import { removeQuietly } from './cache-files.ts';

/** What a finished file is. */
export interface Received {
  readonly size: number;
  /** Hex digests by algorithm, sha256 always among them. */
  readonly digests: ReadonlyMap<string, string>;
}

/** A new file at `path`. Failures of the file system throw TSPM_IO. */
export class FileSink {
  readonly path: string;
  /** Bytes it is to have, as far as somebody has said so. */
  announced: number | undefined;
  readonly #descriptor: number;
  readonly #algorithms: readonly string[];
  #hashes: ReadonlyMap<string, Hash>;
  #size = 0;
  #open = true;

  /** Makes the folder; `path` must not exist: neither a file nor a link is written through. */
  constructor(path: string, algorithms: Iterable<string>) {
    this.path = path;
    this.#algorithms = [...new Set(['sha256', ...algorithms])];
    this.#hashes = newHashes(this.#algorithms);
    this.#descriptor = doing('cannot write', path, () => {
      makeFolders(dirname(path));
      return openSync(path, 'wx');
    });
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  write(chunk: Uint8Array): void {
    // Synchronous on purpose: the page cache takes 64 KiB faster than a thread of the pool is woken.
    doing('cannot write', this.path, () => {
      // At a stated place: after `restart` the descriptor still stands where the old bytes ended.
      for (let done = 0; done < chunk.length;) {
        done += writeSync(this.#descriptor, chunk, done, chunk.length - done, this.#size + done);
      }
    });
    for (const hash of this.#hashes.values()) hash.update(chunk);
    this.#size += chunk.length;
  }

  /** Forgets what was written. */
  restart(): void {
    doing('cannot write', this.path, () => ftruncateSync(this.#descriptor, 0));
    this.#hashes = newHashes(this.#algorithms);
    this.#size = 0;
  }

  /** Closes the file. */
  finish(): Received {
    this.#open = false;
    doing('cannot write', this.path, () => closeSync(this.#descriptor));
    const digests = new Map([...this.#hashes].map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
    return { size: this.#size, digests };
  }

  /** Removes the file; never throws. */
  abandon(): void {
    try {
      // A number that was closed may be another file's by now.
      if (this.#open) closeSync(this.#descriptor);
    } catch {
      // What could not be written does not matter any more.
    }
    this.#open = false;
    removeQuietly(this.path);
  }
}

function newHashes(algorithms: readonly string[]): ReadonlyMap<string, Hash> {
  return new Map(algorithms.map((algorithm) => [algorithm, createHash(algorithm)]));
}
