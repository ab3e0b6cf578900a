import { foldPath } from '../archive/path-policy.ts';
import type { DiskFacts } from './claims.ts';
import type { PathKind } from './files.ts';
import type { PreparedWheel } from './incoming.ts';
import { topNames } from './on-path.ts';

/** The names that other distributions have in lib, or will leave there. */
interface Neighbour {
  readonly key: string;
  readonly paths: Iterable<string>;
}

/**
 * Wheels with folders told as a whole stay so where nobody else has, or had, files below the same names in lib, however these are spelt, and nothing lies there.
 * Of the others all files come into play. Throws TSPM_STORE.
 */
export function spreadShared(
  wheels: readonly PreparedWheel[],
  neighbours: readonly Neighbour[],
  disk: Pick<DiskFacts & { kindOf(path: string): PathKind }, 'kindOf'>,
): readonly PreparedWheel[] {
  if (wheels.every(({ folders }) => folders.length === 0)) return wheels;
  const owners = new Map<string, Set<string>>();
  const enter = (top: string, key: string): void => {
    const folded = foldPath(top);
    owners.set(folded, (owners.get(folded) ?? new Set()).add(key));
  };
  for (const { key, tops } of wheels) for (const top of tops) enter(top, key);
  for (const { key, paths } of neighbours) for (const top of topNames(paths)) enter(top, key);
  const isAlone = ({ name }: { readonly name: string }): boolean =>
    owners.get(foldPath(topOf(name)))?.size === 1 && disk.kindOf(`lib/${topOf(name)}`) === 'absent';
  return wheels.map((wheel) => (wheel.folders.every(isAlone) ? wheel : wheel.spread()));
}

function topOf(folder: string): string {
  return folder.split('/', 1)[0] ?? folder;
}
