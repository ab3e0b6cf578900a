import { join } from 'node:path';

import type { Batch } from './batch.ts';
import type { TreeDelivery } from './placer.ts';

/** Files in one batch: some ten milliseconds. */
const FILES = 128;

/** The files of a plain folder in parts of about one size. */
export function treeBatches({ folder, directory, tree }: TreeDelivery): Batch[] {
  const { rows, count, executable } = tree;
  const places = { from: directory, to: join(folder.path, 'lib'), executable };
  return splitRows(rows.text, Math.ceil((rows.text.length / count) * FILES)).map((part) => [{ ...places, rows: part }]);
}

/** Cuts at line ends: no path in a wheel has one. */
function splitRows(text: string, length: number): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length;) {
    const cut = text.indexOf('\n', start + length) + 1;
    const end = cut === 0 ? text.length : cut;
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
}
