import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The folder with `sitecustomize.py`, `pep582` beside the bundle or beside this source file. Its path contains `pep582`, by which
 * nested runs recognise the entry in PYTHONPATH.
 */
export function hookFolder(): string {
  const places = ['./pep582', '../pep582'].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = places.find((place) => existsSync(`${place}/sitecustomize.py`));
  if (found === undefined) throw new Error(`sitecustomize.py is neither in ${places.join(' nor in ')}`);
  return found;
}
