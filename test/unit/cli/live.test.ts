import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { openLiveRegion } from '../../../src/cli/live.ts';

test('what is drawn is what is seen, however the number of lines changes', () => {
  const screen = new Screen();
  const region = openLiveRegion(screen);
  const frames = [['a', 'b', 'c', 'd'], ['a', 'd'], ['a', 'x', 'd'], ['d'], ['a', 'b', 'd'], ['a', 'c', 'd']];
  for (const frame of frames) {
    region.draw(frame);
    expect(screen.lines()).toEqual(frame);
  }
  region.clear();
  expect(screen.lines()).toEqual(['']);
});

/** A terminal that knows the sequences that log-update sends. */
class Screen extends Writable {
  readonly isTTY = true;
  readonly columns = 80;
  readonly rows = 24;
  readonly #rows: string[] = [''];
  #row = 0;
  #column = 0;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    // oxlint-disable-next-line no-control-regex -- these are control sequences
    for (const [, parameter, command, text] of chunk.toString().matchAll(/\u001b\[([?\d]*)([A-Za-z])|([^\u001b])/g)) {
      if (command !== undefined) this.#control(command, Number.parseInt(parameter ?? '', 10) || 1);
      else if (text === '\n') this.#newLine();
      else if (text !== '\r') this.#put(text ?? '');
    }
    done();
  }

  lines(): readonly string[] {
    return this.#rows.join('\n').trimEnd().split('\n');
  }

  #control(command: string, count: number): void {
    if (command === 'A') this.#row = Math.max(0, this.#row - count);
    else if (command === 'B') this.#row += count;
    else if (command === 'G') this.#column = 0;
    else if (command === 'K') this.#erase(count === 2 ? 0 : this.#column);
  }

  #newLine(): void {
    this.#row += 1;
    this.#column = 0;
    while (this.#rows.length <= this.#row) this.#rows.push('');
  }

  #erase(from: number): void {
    this.#rows[this.#row] = (this.#rows[this.#row] ?? '').slice(0, from);
  }

  #put(text: string): void {
    const row = (this.#rows[this.#row] ?? '').padEnd(this.#column);
    this.#rows[this.#row] = row.slice(0, this.#column) + text + row.slice(this.#column + text.length);
    this.#column += text.length;
  }
}
