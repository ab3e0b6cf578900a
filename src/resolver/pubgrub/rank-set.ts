/**
 * Sets of ranks as half-open integer intervals. Rank 0 of a package means "absent", ranks 1 to n its candidates in order.
 * Every function returns the canonical form (ascending, disjoint, never touching), so equal sets are equal arrays.
 */

/** `[start, end, start, end, …]`, half-open, strictly ascending. */
export type RankSet = readonly number[];

/** The set without any rank. */
export const NO_RANKS: RankSet = [];

/** The rank that stands for "nothing of this package is selected". */
export const ABSENT = 0;

/** Every rank of a package with `size` candidates, absence included. */
export function allRanks(size: number): RankSet {
  return [ABSENT, size + 1];
}

/** Every candidate of a package with `size` candidates, absence left out. */
export function allCandidates(size: number): RankSet {
  return rankRange(1, size + 1);
}

/** The ranks from `start` up to, but without, `end`. */
export function rankRange(start: number, end: number): RankSet {
  return start < end ? [start, end] : NO_RANKS;
}

/** The set that holds one rank. */
export function singleRank(rank: number): RankSet {
  return [rank, rank + 1];
}

/** The set of strictly ascending ranks. */
export function ranksOf(ascending: Iterable<number>): RankSet {
  const result: number[] = [];
  for (const rank of ascending) {
    if (result.length > 0 && result[result.length - 1] === rank) result[result.length - 1] = rank + 1;
    else result.push(rank, rank + 1);
  }
  return result;
}

/** Whether `rank` is in `set`. */
export function hasRank(set: RankSet, rank: number): boolean {
  let low = 0;
  let high = set.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bound(set, middle) <= rank) low = middle + 1;
    else high = middle;
  }
  return (low & 1) === 1;
}

/** Whether two sets hold the same ranks. */
export function sameRanks(a: RankSet, b: RankSet): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The ranks in both sets. */
export function intersectRanks(a: RankSet, b: RankSet): RankSet {
  const result: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const endA = bound(a, i + 1);
    const endB = bound(b, j + 1);
    const start = Math.max(bound(a, i), bound(b, j));
    const end = Math.min(endA, endB);
    if (start < end) result.push(start, end);
    if (endA <= endB) i += 2;
    if (endB <= endA) j += 2;
  }
  return result;
}

/** The ranks in either set. */
export function uniteRanks(a: RankSet, b: RankSet): RankSet {
  const result: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const fromA = j >= b.length || (i < a.length && bound(a, i) <= bound(b, j));
    const start = fromA ? bound(a, i) : bound(b, j);
    const end = fromA ? bound(a, i + 1) : bound(b, j + 1);
    if (fromA) i += 2;
    else j += 2;
    const last = result.length - 1;
    if (last > 0 && start <= bound(result, last)) result[last] = Math.max(bound(result, last), end);
    else result.push(start, end);
  }
  return result;
}

/** The ranks of a package with `size` candidates, absence included, that are not in `set`. */
export function complementRanks(set: RankSet, size: number): RankSet {
  const result: number[] = [];
  let start = ABSENT;
  for (let i = 0; i < set.length; i += 2) {
    if (start < bound(set, i)) result.push(start, bound(set, i));
    start = bound(set, i + 1);
  }
  if (start < size + 1) result.push(start, size + 1);
  return result;
}

/** Whether every rank of `a` is in `b`. */
export function isSubsetOf(a: RankSet, b: RankSet): boolean {
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    while (j < b.length && bound(b, j + 1) <= bound(a, i)) j += 2;
    if (j >= b.length || bound(b, j) > bound(a, i) || bound(b, j + 1) < bound(a, i + 1)) return false;
  }
  return true;
}

/** Whether no rank is in both sets. */
export function areDisjoint(a: RankSet, b: RankSet): boolean {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (bound(a, i + 1) <= bound(b, j)) i += 2;
    else if (bound(b, j + 1) <= bound(a, i)) j += 2;
    else return false;
  }
  return true;
}

/** The smallest rank of a set that is not empty. */
export function lowestRank(set: RankSet): number {
  return bound(set, 0);
}

/** The largest rank of a set that is not empty. */
export function highestRank(set: RankSet): number {
  return bound(set, set.length - 1) - 1;
}

/** How many ranks the set holds. */
export function countRanks(set: RankSet): number {
  let count = 0;
  for (let i = 0; i < set.length; i += 2) count += bound(set, i + 1) - bound(set, i);
  return count;
}

/** The rank at a position, counted from 0 in ascending order, of a set that has so many. */
export function rankAt(set: RankSet, position: number): number {
  let left = position;
  for (let i = 0; i < set.length; i += 2) {
    const length = bound(set, i + 1) - bound(set, i);
    if (left < length) return bound(set, i) + left;
    left -= length;
  }
  throw new Error(`rank set [${set.join(', ')}] has no position ${position}`);
}

/** The ranks of a set, ascending. */
export function* listRanks(set: RankSet): Generator<number, void, void> {
  for (let i = 0; i < set.length; i += 2) {
    for (let rank = bound(set, i); rank < bound(set, i + 1); rank++) yield rank;
  }
}

function bound(set: RankSet, index: number): number {
  const value = set[index];
  if (value === undefined) throw new Error(`rank set [${set.join(', ')}] has no bound ${index}`);
  return value;
}
