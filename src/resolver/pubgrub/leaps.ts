import type { PackageId } from './incompatibility.ts';
import {
  type RankSet,
  NO_RANKS,
  complementRanks,
  countRanks,
  hasRank,
  highestRank,
  intersectRanks,
  lowestRank,
  rankAt,
  rankRange,
  singleRank,
  uniteRanks,
} from './rank-set.ts';

/** The candidates of a package that are tried before all others, from the highest rank down or from the lowest up. */
export interface Tier {
  /** Never empty. */
  readonly ranks: RankSet;
  readonly lowestFirst: boolean;
}

/** So many candidates of a package fail before others are passed over. */
const PATIENCE = 10;

/**
 * Chooses among the candidates of a package: the best one first. Where many failed, reading all the others to find the first that
 * does not would take a request each. So the steps double then; and once a candidate led to a solution, the best one that does
 * is searched between it and the nearest one that failed, by halving. When the steps reach the end, nothing is passed over any
 * more. This decides how soon a solution is found, never whether there is one. See docs/resolver.md, "Order of candidates".
 */
export class Leaps {
  readonly #tried = new Map<PackageId, RankSet>();
  /** What failed because it wants older versions of others than there may be. */
  readonly #tooOld = new Map<PackageId, RankSet>();
  /** The best candidate that led to a solution, of packages whose better ones were passed over. */
  readonly #proven = new Map<PackageId, number>();

  /** Notes that a candidate was tried. */
  tried(id: PackageId, rank: number): void {
    this.#tried.set(id, uniteRanks(this.#tried.get(id) ?? NO_RANKS, singleRank(rank)));
  }

  /** Notes that a candidate failed because it wants older versions of others than there may be: better ones may fit. */
  tooOld(id: PackageId, rank: number): void {
    this.#tooOld.set(id, uniteRanks(this.#tooOld.get(id) ?? NO_RANKS, singleRank(rank)));
  }

  /** The candidate of `tier` to try next; what was tried and is not in `allowed` failed. */
  choose(id: PackageId, tier: Tier, allowed: RankSet): number {
    const failed = this.#failed(id, allowed);
    const proven = this.#proven.get(id);
    if (proven !== undefined && hasRank(tier.ranks, proven)) {
      const better = between(tier, proven, failed);
      return better.length === 0 ? proven : rankAt(better, countRanks(better) >>> 1);
    }
    return leap(tier, failed, intersectRanks(failed, this.#tooOld.get(id) ?? NO_RANKS)) ?? after(tier, 0);
  }

  /**
   * Notes that a candidate chosen from `tier` led to a solution. Returns whether better ones were passed over and should be tried;
   * says so for ever better candidates only, so that it comes to an end.
   */
  prove(id: PackageId, rank: number, { tier, allowed }: { readonly tier: Tier; readonly allowed: RankSet }): boolean {
    const proven = this.#proven.get(id);
    if (proven !== undefined && (tier.lowestFirst ? rank >= proven : rank <= proven)) return false;
    const failed = this.#failed(id, allowed);
    if (countRanks(failed) < PATIENCE || between(tier, rank, failed).length === 0) return false;
    this.#proven.set(id, rank);
    return true;
  }

  #failed(id: PackageId, allowed: RankSet): RankSet {
    const tried = this.#tried.get(id);
    return tried === undefined ? NO_RANKS : intersectRanks(tried, complementRanks(allowed, highestRank(tried)));
  }
}

/** A step beyond the last that failed, twice as far with every failure; halfway back where that turned out to be too far. */
function leap({ ranks, lowestFirst }: Tier, failed: RankSet, tooOld: RankSet): number | undefined {
  const failures = countRanks(failed);
  if (failures < PATIENCE) return undefined;
  if (!lowestFirst) {
    const tooNew = intersectRanks(failed, complementRanks(tooOld, highestRank(failed)));
    const overshot = tooNew.length === 0 ? NO_RANKS : intersectRanks(tooOld, rankRange(0, lowestRank(tooNew)));
    if (overshot.length > 0) {
      const back = intersectRanks(ranks, rankRange(highestRank(overshot) + 1, lowestRank(tooNew)));
      return back.length === 0 ? undefined : rankAt(back, countRanks(back) >>> 1);
    }
  }
  const beyond = lowestFirst
    ? rankRange(highestRank(failed) + 1, highestRank(ranks) + 1)
    : rankRange(lowestRank(ranks), lowestRank(failed));
  const left = intersectRanks(ranks, beyond);
  return left.length === 0 ? undefined : after({ ranks: left, lowestFirst }, 2 ** (failures - PATIENCE + 1) - 1);
}

/** The candidate `steps` after the best one, or the last. */
function after({ ranks, lowestFirst }: Tier, steps: number): number {
  const last = countRanks(ranks) - 1;
  return rankAt(ranks, lowestFirst ? Math.min(steps, last) : Math.max(0, last - steps));
}

/** The candidates that are better than `rank`, up to the nearest that failed. */
function between({ ranks, lowestFirst }: Tier, rank: number, failed: RankSet): RankSet {
  if (lowestFirst) {
    const lower = intersectRanks(failed, rankRange(0, rank));
    return intersectRanks(ranks, rankRange(lower.length === 0 ? 0 : highestRank(lower) + 1, rank));
  }
  const end = highestRank(ranks) + 1;
  const higher = intersectRanks(failed, rankRange(rank + 1, end));
  return intersectRanks(ranks, rankRange(rank + 1, higher.length === 0 ? end : lowestRank(higher)));
}
