import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ToyRegistry, isToySolvable, solveToy, toyFaults } from './toy.ts';

/** Package 1, of whose `size` candidates those up to `last` can be used; `newest` tells which end is wanted. */
function search(size: number, works: (rank: number) => boolean, newest = true) {
  const ranks = Array.from({ length: size }, (_, index) => index + 1);
  const registry: ToyRegistry = [
    [{ 1: ranks, 2: [2] }],
    ranks.map((rank) => (works(rank) ? {} : { 2: [1] })),
    [{}, {}],
  ];
  const asked: number[] = [];
  const outcome = solveToy(registry, { newest, onNeed: ({ package: id, rank }) => id === 1 && asked.push(rank) });
  return { chosen: outcome.kind === 'solved' ? outcome.choices.get(1) : undefined, asked, outcome };
}

describe('leaps', () => {
  it('are not made while the newest ten are tried', () => {
    expect(search(100, (rank) => rank <= 91).asked).toEqual([100, 99, 98, 97, 96, 95, 94, 93, 92, 91]);
  });

  it('find the best candidate of those up to some version, reading few', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.boolean(), (last, newest) => {
        const works = (rank: number) => (newest ? rank <= last : rank > 5000 - last);
        const { chosen, asked } = search(5000, works, newest);
        expect(chosen).toBe(newest ? last : 5001 - last);
        expect(asked.length).toBeLessThanOrEqual(35);
      }),
      { numRuns: 100 },
    );
  });

  it('turn back where they went too far: the one candidate that fits the only one of another package', () => {
    const all = Array.from({ length: 3000 }, (_, index) => index + 1);
    const pinned = all.map((rank) => ({ 2: [rank] }));
    const plain = all.map(() => ({}));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), (only) => {
        const asked: number[] = [];
        const outcome = solveToy([[{ 1: all, 2: [only] }], pinned, plain], {
          onNeed: ({ package: id, rank }) => id === 1 && asked.push(rank),
        });
        expect(outcome.kind === 'solved' && outcome.choices.get(1)).toBe(only);
        expect(asked.length).toBeLessThanOrEqual(35);
      }),
      { numRuns: 60 },
    );
  });

  it('pass over nothing for good: a candidate that fits is found wherever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (only) => {
        expect(search(300, (rank) => rank === only).chosen).toBe(only);
      }),
      { numRuns: 60 },
    );
    const none = search(300, () => false);
    expect(none.outcome.kind).toBe('unsolvable');
    expect(new Set(none.asked).size).toBe(300);
  });

  it('agree with trying everything, and end, on random problems of long lists', () => {
    const lists = fc.array(fc.array(fc.nat(39), { maxLength: 2 }), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(
        fc.tuple(lists, lists),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        (both, x, y) => {
          const [first, second] = both.map((list, side) =>
            list.map((wants): Record<number, number[]> => {
              const [other, gate] = wants;
              const lower = Array.from({ length: (other ?? 39) + 1 }, (_, index) => index + 1);
              return {
                ...(other === undefined ? {} : { [2 - side]: lower }),
                ...(gate === undefined ? {} : { 3: [1 + (gate % 6)] }),
              };
            }),
          );
          const all = Array.from({ length: 40 }, (_, index) => index + 1);
          const registry: ToyRegistry = [
            [{ 1: all, 2: all, 3: [x, y] }],
            first ?? [],
            second ?? [],
            [{}, {}, {}, {}, {}, {}],
          ];
          const outcome = solveToy(registry);
          expect(outcome.kind).toBe(isToySolvable(registry) ? 'solved' : 'unsolvable');
          expect(outcome.kind === 'solved' ? toyFaults(registry, outcome.choices) : []).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
