import { join } from 'node:path';

import { controlPaths } from './environment.ts';
import { resolves } from './stamp.ts';
import { readState } from './state.ts';

/**
 * `name version` of the distributions of `base` whose files were linked to a cache that has lost them, by name. One file operation for
 * each linked distribution; copies and hard links need none.
 */
export function lostDistributions(base: string): string[] {
  const linked = [...readState(controlPaths(base)).distributions.values()].filter(
    ({ method }) => method === 'symlink' || method === 'pth',
  );
  return linked
    .filter((item) => !resolves(join(base, 'lib', item.distInfo), item))
    .map(({ name, version }) => `${name} ${version}`);
}
