import { writeSync } from 'node:fs';
import { TspmError } from '../errors.ts';
import { isTerminal } from '../util/terminal.ts';

/** Standard output or standard error of the process. */
export interface Output {
  readonly isTerminal: boolean;
  /** Whether the reader has gone; what is written then is dropped. */
  readonly isClosed: boolean;
  /** Writes all of the text before it returns. Throws TSPM_IO when the stream is full or broken. */
  write(text: string): void;
}

const EAGAIN_PAUSE_MILLISECONDS = 5;

/**
 * Opens a descriptor for writing. Writes are synchronous, so that nothing is lost when the process ends or becomes another one,
 * and nothing of Node's stream machinery is loaded.
 */
export function openOutput(descriptor: 1 | 2): Output {
  let isClosed = false;
  return {
    isTerminal: isTerminal(descriptor),
    get isClosed() {
      return isClosed;
    },
    write(text) {
      if (!isClosed) isClosed = !writeAll(descriptor, Buffer.from(text));
    },
  };
}

/** False when there is nobody to read. */
function writeAll(descriptor: 1 | 2, bytes: Uint8Array): boolean {
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(descriptor, bytes, done);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EPIPE') return false;
      if (code !== 'EAGAIN') throw broken(descriptor, error);
      // A pipe shared with a program that has made it non-blocking: wait for the reader.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, EAGAIN_PAUSE_MILLISECONDS);
    }
  }
  return true;
}

function broken(descriptor: 1 | 2, cause: unknown): TspmError {
  const name = descriptor === 1 ? 'standard output' : 'standard error';
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TspmError('TSPM_IO', `${name} cannot be written: ${reason}`, { cause });
}
