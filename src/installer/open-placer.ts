import { availableParallelism } from 'node:os';

import type { PreparedWheel } from './incoming.ts';
import type { WheelLayout } from './layout.ts';
import { createPlacer, type Placer } from './placer.ts';
import { startCrew, type CrewOrder } from './placing-crew.ts';

/** Files from which on further threads bring them faster: a thread takes as long to start as a thousand links. */
const MANY_FILES = 1500;
const MOST_THREADS = 4;

/** The placer for these wheels: with the help of further threads, at most `concurrency` in all, where their files are very many. */
export function openPlacer(
  order: Omit<CrewOrder, 'contested'> & { readonly concurrency: number },
  wheels: readonly PreparedWheel[],
  layouts: readonly WheelLayout[],
): Placer {
  const targets = layouts.flatMap((layout) => layout.files.map((file) => file.target));
  const trees = wheels.flatMap((wheel) => (wheel.linksFolders ? [] : wheel.folders));
  const count = targets.length + trees.reduce((sum, tree) => sum + tree.count, 0);
  const isMany = count >= MANY_FILES;
  const helpers = isMany ? Math.min(availableParallelism(), MOST_THREADS, order.concurrency) - 1 : 0;
  if (helpers < 1) return createPlacer(order.linker);
  const commands = wheels.flatMap(({ launchers }) => launchers.map(({ path }) => path));
  return startCrew(helpers, { ...order, contested: () => repeated([...targets, ...commands]) });
}

function repeated(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) again.add(name);
    seen.add(name);
  }
  return again;
}
