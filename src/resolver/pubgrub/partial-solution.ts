import type { Incompatibility, LevelStamp, PackageId, Term } from './incompatibility.ts';
import {
  type RankSet,
  ABSENT,
  allRanks,
  areDisjoint,
  complementRanks,
  hasRank,
  intersectRanks,
  isSubsetOf,
  lowestRank,
  singleRank,
  uniteRanks,
} from './rank-set.ts';

/** One entry of the log: what it says by itself and what is known of the package from it on. */
export interface Assignment<Reason> {
  readonly index: number;
  readonly package: PackageId;
  readonly level: number;
  /** The incompatibility that forced it; absent for a decision. */
  readonly cause: Incompatibility<Reason> | undefined;
  readonly own: RankSet;
  readonly accumulated: RankSet;
}

/** A decision that was not undone. */
export interface StandingDecision {
  readonly package: PackageId;
  readonly rank: number;
  readonly before: RankSet;
  readonly level: number;
}

/** How a term stands against what is known of its package. */
export type Relation = 'satisfied' | 'contradicted' | 'open';

/**
 * The log of decisions and derivations, and for each package what they leave possible.
 * See docs/resolver.md, "The search".
 */
export class PartialSolution<Reason> {
  readonly #size: (id: PackageId) => number;
  readonly #log: Assignment<Reason>[] = [];
  readonly #histories = new Map<PackageId, Assignment<Reason>[]>();
  readonly #decisions = new Map<PackageId, Assignment<Reason>>();
  readonly #openings: LevelStamp[] = [{ level: 0, serial: 0 }];
  #serial = 0;

  /** @param size number of candidates of a package */
  constructor(size: (id: PackageId) => number) {
    this.#size = size;
  }

  /** The number of decisions that stand. */
  get level(): number {
    return this.#openings.length - 1;
  }

  /** The packages something is known about, in the order this began. */
  get touched(): Iterable<PackageId> {
    return this.#histories.keys();
  }

  /** What is still possible for a package. */
  current(id: PackageId): RankSet {
    return this.#histories.get(id)?.at(-1)?.accumulated ?? allRanks(this.#size(id));
  }

  /** Whether something of the package must be selected and it is not decided what. */
  isPending(id: PackageId): boolean {
    return !this.#decisions.has(id) && !hasRank(this.current(id), ABSENT);
  }

  /** The standing decision on a package. */
  decision(id: PackageId): Assignment<Reason> | undefined {
    return this.#decisions.get(id);
  }

  /** The standing decisions in their order, each with what was possible before it. */
  decisions(): StandingDecision[] {
    return this.#log.flatMap(({ cause, package: id, accumulated, level }) => {
      if (cause !== undefined) return [];
      const before = this.#histories.get(id)?.at(-2)?.accumulated ?? allRanks(this.#size(id));
      return [{ package: id, rank: lowestRank(accumulated), before, level }];
    });
  }

  /** The newest entry of a package's history. */
  latest(id: PackageId): Assignment<Reason> | undefined {
    return this.#histories.get(id)?.at(-1);
  }

  /** Selects one rank and opens a new level. */
  decide(id: PackageId, rank: number): void {
    this.#openings.push({ level: this.#openings.length, serial: ++this.#serial });
    this.#decisions.set(id, this.#append(id, singleRank(rank), undefined));
  }

  /** Records that `term` cannot hold, forced by `cause`. */
  exclude(term: Term, cause: Incompatibility<Reason>): void {
    this.#append(term.package, complementRanks(term.ranks, this.#size(term.package)), cause);
  }

  /** How the term stands now. */
  relation(term: Term): Relation {
    const known = this.#histories.get(term.package)?.at(-1)?.accumulated;
    if (known === undefined) return 'open';
    if (isSubsetOf(known, term.ranks)) return 'satisfied';
    return areDisjoint(known, term.ranks) ? 'contradicted' : 'open';
  }

  /** The opening of the level at which a contradicted term became so. */
  contradictedSince(term: Term): LevelStamp {
    const entry = this.#first(term.package, (set) => areDisjoint(set, term.ranks));
    return this.#opening(entry.level);
  }

  /** Whether a level was not undone since it was stamped. */
  stands(stamp: LevelStamp): boolean {
    return this.#openings[stamp.level]?.serial === stamp.serial;
  }

  /** The earliest entry after which a satisfied term holds. */
  satisfier(term: Term): Assignment<Reason> {
    return this.#first(term.package, (set) => isSubsetOf(set, term.ranks));
  }

  /**
   * The level of the earlier entry of the satisfier's package that implies the term together with what the satisfier says
   * by itself; 0 when the satisfier suffices alone.
   */
  supportLevel(satisfier: Assignment<Reason>, term: Term): number {
    if (isSubsetOf(satisfier.own, term.ranks)) return 0;
    const enough = uniteRanks(term.ranks, complementRanks(satisfier.own, this.#size(term.package)));
    return this.#first(term.package, (set) => isSubsetOf(set, enough)).level;
  }

  /** Undoes every entry above `level`. */
  backjump(level: number): void {
    for (let entry = this.#log.at(-1); entry !== undefined && entry.level > level; entry = this.#log.at(-1)) {
      this.#log.pop();
      const history = this.#histories.get(entry.package);
      history?.pop();
      if (history?.length === 0) this.#histories.delete(entry.package);
      if (entry.cause === undefined) this.#decisions.delete(entry.package);
    }
    this.#openings.length = level + 1;
  }

  #append(id: PackageId, own: RankSet, cause: Incompatibility<Reason> | undefined): Assignment<Reason> {
    const accumulated = intersectRanks(this.current(id), own);
    if (accumulated.length === 0) throw new Error(`nothing is left for package ${id}`);
    const entry = { index: this.#log.length, package: id, level: this.level, cause, own, accumulated };
    this.#log.push(entry);
    const history = this.#histories.get(id);
    if (history === undefined) this.#histories.set(id, [entry]);
    else history.push(entry);
    return entry;
  }

  /** Binary search: what is possible only shrinks, so `holds` stays true once it is. */
  #first(id: PackageId, holds: (accumulated: RankSet) => boolean): Assignment<Reason> {
    const history = this.#histories.get(id) ?? [];
    let low = 0;
    let high = history.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = history[middle];
      if (entry !== undefined && holds(entry.accumulated)) high = middle;
      else low = middle + 1;
    }
    const entry = history[low];
    if (entry === undefined) throw new Error(`no entry for package ${id} satisfies the term`);
    return entry;
  }

  #opening(level: number): LevelStamp {
    const opening = this.#openings[level];
    if (opening === undefined) throw new Error(`level ${level} is not open`);
    return opening;
  }
}
