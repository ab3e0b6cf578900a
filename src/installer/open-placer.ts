import { availableParallelism } from 'node:os';

import { createCrewPlacer, type CrewOrder } from './crew-placer.ts';
import type { PreparedWheel } from './incoming.ts';
import type { WheelLayout } from './layout.ts';
import type { Linker } from './link.ts';
import { createPlacer, type Placer } from './placer.ts';
import { startCrew, type Crew } from './placing-crew.ts';
import type { LinkMethod } from './state.ts';

/** Files from which on further threads bring them faster: a thread takes as long to start as a thousand links. */
const MANY_FILES = 1500;
const MOST_THREADS = 4;

/** Gives the placer of one change: with the help of further threads, at most `concurrency` in all, where its files are very many. */
export class PlacerOpener {
  readonly #method: LinkMethod;
  readonly #helpers: number;
  #expected = 0;
  #crew: Crew | undefined;

  constructor({ method, concurrency }: { readonly method: LinkMethod; readonly concurrency: number }) {
    this.#method = method;
    this.#helpers = Math.min(availableParallelism(), MOST_THREADS, concurrency) - 1;
  }

  /** Takes note of a wheel that will come: threads take their time to start, and may do so while further wheels are read. */
  expect({ linksFolders, origin, folders, placed }: PreparedWheel): void {
    if (linksFolders || origin !== 'store') return;
    this.#expected += placed.files.length + folders.reduce((sum, { count }) => sum + count, 0);
    if (this.#expected >= MANY_FILES) this.#start();
  }

  open(
    order: Omit<CrewOrder, 'contested'> & { readonly linker: Linker },
    wheels: readonly PreparedWheel[],
    layouts: readonly WheelLayout[],
  ): Placer {
    const targets = layouts.flatMap((layout) => layout.files.map((file) => file.target));
    const trees = wheels.flatMap((wheel) => (wheel.linksFolders ? [] : wheel.folders));
    if (targets.length + trees.reduce((sum, tree) => sum + tree.count, 0) >= MANY_FILES) this.#start();
    if (this.#crew === undefined) return createPlacer(order.linker);
    const commands = wheels.flatMap(({ launchers }) => launchers.map(({ path }) => path));
    return createCrewPlacer(this.#crew, { ...order, contested: repeated([...targets, ...commands]) });
  }

  /** Nothing is being written any more afterwards, whether all was brought or not. */
  async close(): Promise<void> {
    await this.#crew?.stop();
  }

  #start(): void {
    if (this.#helpers >= 1) this.#crew ??= startCrew(this.#helpers, this.#method);
  }
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
