import { describe, expect, it } from 'vitest';
import {
  NO_RANKS,
  allCandidates,
  allRanks,
  areDisjoint,
  complementRanks,
  countRanks,
  hasRank,
  highestRank,
  intersectRanks,
  isSubsetOf,
  listRanks,
  lowestRank,
  rankRange,
  ranksOf,
  uniteRanks,
} from '../../../../src/resolver/pubgrub/rank-set.ts';

describe('rank sets', () => {
  it('coalesce neighbours, so that equal sets are equal arrays', () => {
    expect(ranksOf([1, 2, 3, 7, 8])).toEqual([1, 4, 7, 9]);
    expect(uniteRanks([1, 4], [4, 6])).toEqual([1, 6]);
    expect(uniteRanks([1, 3, 8, 9], [2, 5, 9, 10])).toEqual([1, 5, 8, 10]);
  });

  it('negate within a package: absence counts as a rank', () => {
    expect(complementRanks([2, 4], 5)).toEqual([0, 2, 4, 6]);
    expect(complementRanks(NO_RANKS, 5)).toEqual(allRanks(5));
    expect(complementRanks(allCandidates(5), 5)).toEqual([0, 1]);
  });

  it('of a package without candidates hold absence alone', () => {
    expect(allCandidates(0)).toEqual([]);
    expect(allRanks(0)).toEqual([0, 1]);
    expect(complementRanks([0, 1], 0)).toEqual([]);
  });

  it('intersect, compare and answer for single ranks', () => {
    expect(intersectRanks([0, 3, 5, 9], [2, 6])).toEqual([2, 3, 5, 6]);
    expect(isSubsetOf([2, 3, 5, 6], [0, 3, 5, 9])).toBe(true);
    expect(isSubsetOf([2, 4], [2, 3, 5, 9])).toBe(false);
    expect(isSubsetOf(NO_RANKS, NO_RANKS)).toBe(true);
    expect(areDisjoint([1, 2, 5, 6], [2, 5])).toBe(true);
    expect([0, 1, 2, 5, 6].map((rank) => hasRank([1, 2, 5, 6], rank))).toEqual([false, true, false, true, false]);
  });

  it('know their ends and their size', () => {
    expect([lowestRank([2, 3, 5, 9]), highestRank([2, 3, 5, 9]), countRanks([2, 3, 5, 9])]).toEqual([2, 8, 5]);
    expect([...listRanks([2, 3, 5, 7])]).toEqual([2, 5, 6]);
    expect(rankRange(3, 3)).toEqual(NO_RANKS);
    expect(() => lowestRank(NO_RANKS)).toThrow('no bound');
  });
});
