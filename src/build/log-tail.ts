import { show } from '../archive/show.ts';

const MOST_LINES = 20;
/** Bytes kept: enough for the lines shown, whatever else is written. */
const MOST_BYTES = 16 * 1024;

/** Remembers the last lines of an output of any size and kind. */
export class LogTail {
  #kept = Buffer.alloc(0);

  add(piece: Uint8Array): void {
    this.#kept = Buffer.concat([this.#kept, piece.subarray(-MOST_BYTES)]).subarray(-MOST_BYTES);
  }

  /** The last lines that are not blank, control characters and escape sequences made visible. */
  lines(): readonly string[] {
    return this.#kept
      .toString('utf8')
      .split(/\r\n|\r|\n/)
      .filter((line) => line.trim() !== '')
      .slice(-MOST_LINES)
      .map((line) => show(line.replaceAll('\t', '    ')));
  }
}
