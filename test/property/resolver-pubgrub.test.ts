import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivationOf } from '../../src/resolver/pubgrub/derivation.ts';
import { shorten } from '../../src/resolver/pubgrub/shorten.ts';
import {
  type ToyRegistry,
  isToySolvable,
  solveToy,
  toyFaults,
  toySize,
  unsoundSteps,
} from '../unit/resolver/pubgrub/toy.ts';

const toyRegistry: fc.Arbitrary<ToyRegistry> = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 })
  .chain((sizes) => {
    const needs = fc
      .tuple(
        ...sizes.map((size) =>
          fc.option(fc.subarray(Array.from({ length: size }, (_, i) => i + 1)), { freq: 2, nil: undefined }),
        ),
      )
      .map((lists) => Object.fromEntries(lists.flatMap((ranks, i) => (ranks === undefined ? [] : [[i + 1, ranks]]))));
    const candidates = (id: number, size: number) =>
      fc.array(
        needs.map((record) => Object.fromEntries(Object.entries(record).filter(([name]) => Number(name) !== id))),
        { minLength: size, maxLength: size },
      );
    return fc.tuple(candidates(0, 1), ...sizes.map((size, i) => candidates(i + 1, size)));
  });

describe('pubgrub on random problems', () => {
  it('selects only what satisfies every dependency, and agrees with trying everything', () => {
    fc.assert(
      fc.property(toyRegistry, fc.boolean(), (registry, newest) => {
        const outcome = solveToy(registry, { newest });
        expect(outcome.kind).toBe(isToySolvable(registry) ? 'solved' : 'unsolvable');
        expect(outcome.kind === 'solved' ? toyFaults(registry, outcome.choices) : []).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  it('proves impossibility by steps that follow from their causes and end in a contradiction', () => {
    fc.assert(
      fc.property(toyRegistry, (registry) => {
        const outcome = solveToy(registry);
        fc.pre(outcome.kind === 'unsolvable');
        const size = toySize(registry);
        const full = derivationOf(outcome.failure);
        const how = {
          sizes: { size },
          root: 0,
          together: () => 'several',
          length: ({ length }: typeof full) => length,
        };
        const short = shorten(full, how);
        expect(short.length).toBeLessThanOrEqual(full.length);
        for (const proof of [full, short]) {
          expect(unsoundSteps(proof, size)).toEqual([]);
          expect(proof.at(-1)?.terms.every((term) => term.package === 0)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
