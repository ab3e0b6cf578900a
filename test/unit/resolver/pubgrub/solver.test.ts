import { describe, expect, it } from 'vitest';
import { derivationOf } from '../../../../src/resolver/pubgrub/derivation.ts';
import { shorten } from '../../../../src/resolver/pubgrub/shorten.ts';
import { type ToyRegistry, solveToy, toyFaults, toySize, unsoundSteps } from './toy.ts';

const upTo = (size: number): number[] => Array.from({ length: size }, (_, i) => i + 1);

/** Package 1 in `size` versions, each pinned to the same version of package 2, all of which want an old package 3. */
function lockstep(size: number, rootWants: readonly number[]): ToyRegistry {
  const first = upTo(size).map((rank) => ({ 2: [rank] }));
  const second = upTo(size).map(() => ({ 3: [1] }));
  return [[{ 1: upTo(size), 3: rootWants }], first, second, [{}, {}, {}]];
}

describe('solver', () => {
  it('takes the newest of everything when nothing conflicts, one decision a package', () => {
    const outcome = solveToy([[{ 1: [1, 2] }], [{}, { 2: [1, 2, 3] }], [{}, {}, {}]]);
    expect(outcome).toMatchObject({ kind: 'solved', counters: { decisions: 3, conflicts: 0, attempts: 1 } });
    expect(outcome.kind === 'solved' && [...outcome.choices]).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
  });

  it('selects nothing that nobody needs', () => {
    const outcome = solveToy([[{}], [{}, {}]]);
    expect(outcome.kind === 'solved' && [...outcome.choices.keys()]).toEqual([0]);
  });

  it('backtracks once where one newer version does not fit', () => {
    const registry: ToyRegistry = [[{ 1: [1, 2], 2: [1, 2] }], [{}, { 3: [2] }], [{ 3: [1] }, { 3: [1] }], [{}, {}]];
    const outcome = solveToy(registry);
    expect(outcome).toMatchObject({ kind: 'solved', counters: { conflicts: 1, attempts: 2 } });
    expect(outcome.kind === 'solved' && toyFaults(registry, outcome.choices)).toEqual([]);
  });

  it('keeps the part of a clause that a satisfier covers only partly', () => {
    // 1 in {1,2} rules out one version of 2, 3 another: only together they leave none.
    const registry: ToyRegistry = [
      [{ 1: [1, 2], 3: [1, 2], 2: [1, 2, 3] }],
      [{ 2: [1] }, { 2: [2, 3] }],
      [{}, { 4: [1] }, { 4: [2] }],
      [{ 4: [1] }, { 4: [3] }],
      [{}, {}, {}],
    ];
    const outcome = solveToy(registry);
    expect(outcome.kind === 'solved' && toyFaults(registry, outcome.choices)).toEqual([]);
  });

  it('asks for each candidate once', () => {
    const asked: string[] = [];
    solveToy(lockstep(30, [2, 3]), { onNeed: ({ package: id, rank }) => asked.push(`${id}:${rank}`) });
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('moves a decision that keeps ruling out versions of others to the end, and so keeps the newest of those', () => {
    // The root names 3 first: its newest version excludes every version of 2 and so of 1.
    const size = 300;
    const base = lockstep(size, [1, 2, 3]);
    const registry: ToyRegistry = [[{ 1: [1, 2, 3], 2: upTo(size) }], ...reordered(base)];
    let asked = 0;
    const outcome = solveToy(registry, { onNeed: () => asked++ });
    expect(outcome.kind === 'solved' && outcome.choices.get(2)).toBe(size);
    expect(asked).toBeLessThanOrEqual(20);
  });

  it('proves 1,500 lockstep versions impossible with one conflict each, and the proof is short', () => {
    const registry = lockstep(1500, [2, 3]);
    const outcome = solveToy(registry);
    expect(outcome.counters).toMatchObject({ conflicts: 1500, attempts: 1500 });
    if (outcome.kind === 'solved') throw new Error('there is no solution');
    const proof = derivationOf(outcome.failure);
    const how = { sizes: { size: toySize(registry) }, root: 0, together: () => 'several' };
    const short = shorten(proof, { ...how, length: ({ length }) => length });
    expect(proof.length).toBeGreaterThan(1500);
    expect(short.length).toBeLessThan(10);
    expect(short.at(-1)?.terms.every((term) => term.package === 0)).toBe(true);
  });

  it('gives proofs whose steps follow from their causes', () => {
    const outcome = solveToy(lockstep(4, [2, 3]));
    if (outcome.kind === 'solved') throw new Error('there is no solution');
    expect(unsoundSteps(derivationOf(outcome.failure), toySize(lockstep(4, [])))).toEqual([]);
  });
});

/** Numbers the packages of {@link lockstep} so that the one in conflict is discovered first. */
function reordered(registry: ToyRegistry): ToyRegistry {
  const rename = new Map([
    [1, 2],
    [2, 3],
    [3, 1],
  ]);
  const renamed = registry.map((candidates) =>
    candidates.map((needs) =>
      Object.fromEntries(Object.entries(needs).map(([id, ranks]) => [rename.get(Number(id)) ?? 0, ranks])),
    ),
  );
  return [3, 1, 2].flatMap((old) => [renamed[old] ?? []]);
}
