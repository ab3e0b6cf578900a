/** Round trips, measured by an outside world that answers everything asked in one go, and then waits for the next questions. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hardCases } from '../support/hard-cases.ts';
import { type Registry, runIn } from '../unit/resolver/registry.ts';

/** A package of a dependency graph without cycles: what it requires, by distance to packages named later. */
interface Node {
  readonly distances: readonly number[];
  readonly isPinned: boolean;
}

const nodes = (isPinned: fc.Arbitrary<boolean>): fc.Arbitrary<readonly Node[]> =>
  fc.array(fc.record({ distances: fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 4 }), isPinned }), {
    minLength: 1,
    maxLength: 60,
  });

describe('round trips on random graphs', () => {
  it('are two a level where nothing is pinned, as the figure says, and nothing is read in vain', async () => {
    await fc.assert(
      fc.asyncProperty(nodes(fc.constant(false)), async (graph) => {
        const { rounds, stats } = await inRounds(registryOf(graph), ['p0', 'p1', 'p2'].slice(0, graph.length));
        expect(rounds).toBe(stats.waves);
        expect(rounds).toBeLessThanOrEqual(2 * levels(graph).shortest);
        expect(stats.metadata).toBe(stats.listings);
      }),
      { numRuns: 200 },
    );
  });

  it('are two a package of the longest way and a few more where some are pinned', async () => {
    await fc.assert(
      fc.asyncProperty(nodes(fc.boolean()), async (graph) => {
        const { rounds, stats } = await inRounds(registryOf(graph), ['p0', 'p1', 'p2'].slice(0, graph.length));
        expect(rounds).toBeLessThanOrEqual(stats.waves);
        expect(stats.waves).toBeLessThanOrEqual(2 * levels(graph).longest + 10);
        expect(stats.metadata).toBe(stats.listings);
      }),
      { numRuns: 200 },
    );
  });

  it.each(Object.entries(hardCases()))('are no more than the figure says: %s', async (_, { registry, roots }) => {
    const { rounds, stats } = await inRounds(registry, roots);
    expect(rounds).toBeLessThanOrEqual(stats.waves);
  });
});

/** Resolves where answers come in rounds: all that was asked for until nothing more is, together. */
async function inRounds(registry: Registry, roots: readonly string[]) {
  let rounds = 0;
  let round: Promise<void> | undefined;
  const onAsk = (): Promise<void> => {
    round ??= new Promise((answer) => {
      rounds += 1;
      setImmediate(() => {
        round = undefined;
        answer();
      });
    });
    return round;
  };
  const { outcome } = await runIn(registry, roots, { onAsk });
  return { rounds, stats: outcome.stats };
}

function registryOf(graph: readonly Node[]): Registry {
  return Object.fromEntries(
    graph.map(({ isPinned }, index) => {
      const lines = needed(graph, index).map((other) => `p${other}${isPinned ? '==1.2' : '>=1.0'}`);
      return [`p${index}`, { '1.0': lines, '1.1': lines, '1.2': lines }];
    }),
  );
}

function needed(graph: readonly Node[], index: number): number[] {
  return (graph[index]?.distances ?? []).map((distance) => index + distance).filter((other) => other < graph.length);
}

/** How many packages lie on the shortest way to the farthest package, and on the longest way. */
function levels(graph: readonly Node[]): { readonly shortest: number; readonly longest: number } {
  const shortest = new Map<number, number>([0, 1, 2].filter((root) => root < graph.length).map((root) => [root, 1]));
  const longest = new Map(shortest);
  for (const index of graph.keys()) {
    for (const other of needed(graph, index)) {
      const [near, far] = [shortest.get(index), longest.get(index)];
      if (near === undefined || far === undefined) continue;
      shortest.set(other, Math.min(near + 1, shortest.get(other) ?? Number.POSITIVE_INFINITY));
      longest.set(other, Math.max(far + 1, longest.get(other) ?? 0));
    }
  }
  return { shortest: Math.max(...shortest.values()), longest: Math.max(...longest.values()) };
}
