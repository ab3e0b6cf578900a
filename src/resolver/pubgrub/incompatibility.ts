import { type RankSet, ABSENT, hasRank, intersectRanks, isSubsetOf, singleRank, uniteRanks } from './rank-set.ts';

/** A package of the problem: a small integer, numbered in the order of discovery. */
export type PackageId = number;

/** "What is selected of `package` lies in `ranks`." With rank 0 in the set it is a negative term: absence makes it true. */
export interface Term {
  readonly package: PackageId;
  readonly ranks: RankSet;
}

/**
 * Something known about the packages: not all of the terms may hold. The first term is the depender where there is one.
 * Facts with equal `key` and equal further terms are merged into one whose first term is the union.
 */
export interface Fact<Reason> {
  readonly terms: readonly Term[];
  readonly reason: Reason;
  readonly key: string;
}

/** Where an incompatibility comes from. */
export type Origin<Reason> =
  /** The root must be selected; needs no explanation and is never resolved with. */
  | { readonly kind: 'root' }
  /** `order` tells when the fact, or the first of those merged into it, became known. */
  | { readonly kind: 'fact'; readonly reason: Reason; readonly key: string; readonly order: number }
  | {
      readonly kind: 'derived';
      readonly first: Incompatibility<Reason>;
      readonly second: Incompatibility<Reason>;
    };

/** A set of terms on distinct packages that must not all hold. Immutable; never holds a term that is always true. */
export interface Incompatibility<Reason> {
  readonly id: number;
  readonly terms: readonly Term[];
  readonly origin: Origin<Reason>;
}

/** A stored incompatibility with its place in the indexes. */
export interface Clause<Reason> extends Incompatibility<Reason> {
  /** Set when a merged clause took its place: out of the indexes, kept for the proofs that cite it. */
  replacedBy: Clause<Reason> | undefined;
  /** The clause is known to hold while this opening of this decision level stands (see {@link LevelStamp}). */
  settled: LevelStamp | undefined;
}

/** One opening of a decision level: the serial tells it from later openings of the same level. */
export interface LevelStamp {
  readonly level: number;
  readonly serial: number;
}

/** Whether absence makes the term true. */
export function isNegative(term: Term): boolean {
  return hasRank(term.ranks, ABSENT);
}

/** All incompatibilities of a run, indexed by the packages they mention. See docs/resolver.md, "The search". */
export class IncompatibilityStore<Reason> {
  readonly #size: (id: PackageId) => number;
  readonly #byPackage: Clause<Reason>[][] = [];
  readonly #byMergeKey = new Map<string, Clause<Reason>>();
  #count = 0;

  /** @param size number of candidates of a package */
  constructor(size: (id: PackageId) => number) {
    this.#size = size;
  }

  /** The live clauses that mention `id`, oldest first. */
  mentioning(id: PackageId): readonly Clause<Reason>[] {
    const clauses = this.#byPackage[id];
    if (clauses === undefined) return [];
    if (clauses.some((clause) => clause.replacedBy !== undefined)) {
      this.#byPackage[id] = clauses.filter((clause) => clause.replacedBy === undefined);
    }
    return this.#byPackage[id] ?? [];
  }

  /** Stores that something of `id` must be selected. */
  addRoot(id: PackageId): Clause<Reason> {
    return this.#store([{ package: id, ranks: singleRank(ABSENT) }], { kind: 'root' });
  }

  /** Stores a fact; `undefined` when it can never be violated or is already covered by a stored one. */
  addFact(fact: Fact<Reason>): Clause<Reason> | undefined {
    if (fact.terms.some((term) => term.ranks.length === 0)) return undefined;
    const [first, ...rest] = fact.terms.filter((term) => !this.#isTrivial(term));
    const { reason, key } = fact;
    const origin = { kind: 'fact', reason, key, order: this.#count } as const;
    if (first === undefined) return this.#store([], origin);
    const mergeKey = [first.package, ...rest.map((term) => `${term.package}:${term.ranks.join(',')}`), fact.key].join(
      '|',
    );
    const known = this.#byMergeKey.get(mergeKey);
    const knownRanks = known?.terms[0]?.ranks;
    if (known === undefined || knownRanks === undefined) {
      const clause = this.#store([first, ...rest], origin);
      this.#byMergeKey.set(mergeKey, clause);
      return clause;
    }
    if (isSubsetOf(first.ranks, knownRanks)) return undefined;
    const merged = { package: first.package, ranks: uniteRanks(knownRanks, first.ranks) };
    const order = known.origin.kind === 'fact' ? known.origin.order : origin.order;
    const terms = this.#isTrivial(merged) ? rest : [merged, ...rest];
    const clause = this.#store(terms, { ...origin, order });
    known.replacedBy = clause;
    this.#byMergeKey.set(mergeKey, clause);
    return clause;
  }

  /**
   * What follows from two incompatibilities by resolving on `pivot`: the union of their terms there (nothing, when that is
   * everything), the intersection of the terms on every other package.
   */
  resolve(first: Incompatibility<Reason>, second: Incompatibility<Reason>, pivot: PackageId): Incompatibility<Reason> {
    const ranks = new Map<PackageId, RankSet>();
    for (const term of [...first.terms, ...second.terms]) {
      const known = ranks.get(term.package);
      const meet = term.package === pivot ? uniteRanks : intersectRanks;
      ranks.set(term.package, known === undefined ? term.ranks : meet(known, term.ranks));
    }
    const terms = [...ranks].map(([id, set]) => ({ package: id, ranks: set }));
    return {
      id: this.#count++,
      terms: terms.filter((term) => !this.#isTrivial(term)),
      origin: { kind: 'derived', first, second },
    };
  }

  /** Stores a derived incompatibility, so that propagation uses it. */
  learn(incompatibility: Incompatibility<Reason>): Clause<Reason> {
    return this.#index({ ...incompatibility, replacedBy: undefined, settled: undefined });
  }

  #store(terms: readonly Term[], origin: Origin<Reason>): Clause<Reason> {
    return this.#index({ id: this.#count++, terms, origin, replacedBy: undefined, settled: undefined });
  }

  #index(clause: Clause<Reason>): Clause<Reason> {
    for (const term of clause.terms) {
      const clauses = this.#byPackage[term.package];
      if (clauses === undefined) this.#byPackage[term.package] = [clause];
      else clauses.push(clause);
    }
    return clause;
  }

  #isTrivial(term: Term): boolean {
    return term.ranks.length === 2 && term.ranks[0] === ABSENT && term.ranks[1] === this.#size(term.package) + 1;
  }
}
