import { join } from 'node:path';

import { controlPaths } from './environment.ts';
import { danglingNames, resolves } from './stamp.ts';
import { readState } from './state.ts';

/**
 * `name version` of the distributions of `base` whose files were linked to a cache that has lost them, by name. A file operation for
 * each linked distribution and one or two for each name that it has in lib and bin; copies and hard links need none.
 */
export function lostDistributions(base: string): string[] {
  const linked = [...readState(controlPaths(base)).distributions.values()].filter(
    ({ method }) => method === 'symlink' || method === 'pth',
  );
  return linked
    .filter((item) => !resolves(join(base, 'lib', item.distInfo), item) || danglingNames(base, item).length > 0)
    .map(({ name, version }) => `${name} ${version}`);
}
