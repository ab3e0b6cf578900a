/**
 * PubGrub: version solving by unit propagation and conflict-driven learning. The solver is a synchronous generator: it yields
 * what it needs to know and is resumed with facts, so the order in which answers arrive cannot influence the result.
 */
import { learnFromConflict } from './conflict.ts';
import {
  type Fact,
  type Incompatibility,
  type PackageId,
  IncompatibilityStore,
  isNegative,
} from './incompatibility.ts';
import { Leaps, type Tier } from './leaps.ts';
import { type Assignment, PartialSolution } from './partial-solution.ts';
import { Priorities } from './priorities.ts';
import { Propagation } from './propagation.ts';
import {
  type RankSet,
  allCandidates,
  complementRanks,
  countRanks,
  hasRank,
  highestRank,
  intersectRanks,
  lowestRank,
} from './rank-set.ts';

/** The packages of a problem. Answers for one package must never change once the solver has heard of it. */
export interface Catalog {
  /** Number of candidates; ranks run from 1 to this. */
  size(id: PackageId): number;
  /** The candidates of `allowed` to choose from first; `allowed` is never empty and never holds rank 0. */
  tier(id: PackageId, allowed: RankSet): Tier;
  /** `flag`: one candidate and nothing to choose (the root is one too), decided at once; `fixed`: one candidate given from outside; else `open`. */
  kind(id: PackageId): 'flag' | 'fixed' | 'open';
  /** The package whose place in the order of decisions `id` shares. */
  family(id: PackageId): PackageId;
}

/** A candidate: a package and a rank of it. */
export interface Choice {
  readonly package: PackageId;
  readonly rank: number;
}

/** A question of the solver: every fact that selecting `choice` brings. Asked once per choice. */
export interface Need {
  readonly choice: Choice;
  /** What would be chosen next as things stand: worth fetching in advance, with no effect on the result. */
  readonly likely: () => readonly Choice[];
}

/** How much work the solver did. */
export interface SolverCounters {
  readonly decisions: number;
  readonly conflicts: number;
  /** Complete tries: 1 plus the times a decision followed a backjump. */
  readonly attempts: number;
}

/** The result: a rank for each selected package, or the incompatibility that shows there is none. */
export type SolverOutcome<Reason> =
  | { readonly kind: 'solved'; readonly choices: ReadonlyMap<PackageId, number>; readonly counters: SolverCounters }
  | { readonly kind: 'unsolvable'; readonly failure: Incompatibility<Reason>; readonly counters: SolverCounters };

/**
 * Solves for `root`, a package with one candidate. Resume each yielded need with its facts; `undefined` asks nothing and is a place to rest in long
 * searches: resume it with none.
 * See docs/resolver.md, "The search".
 */
export function solve<Reason>(
  catalog: Catalog,
  root: PackageId,
): Generator<Need | undefined, SolverOutcome<Reason>, readonly Fact<Reason>[]> {
  return new Solver<Reason>(catalog, root).run();
}

/** As {@link solve}, but gives up after a number of conflicts: `undefined`. */
export function* solveWithin<Reason>(
  catalog: Catalog,
  root: PackageId,
  conflicts: number,
): Generator<Need | undefined, SolverOutcome<Reason> | undefined, readonly Fact<Reason>[]> {
  const solver = new Solver<Reason>(catalog, root, conflicts);
  try {
    return yield* solver.run();
  } catch (error) {
    if (error instanceof OutOfPatience) return undefined;
    throw error;
  }
}

class OutOfPatience extends Error {}

/** A conflict that undoes so many decisions counts as one more. */
const DECISIONS_THAT_WEIGH = 25;

/** Between two rests: a fraction of a second in the hardest searches. */
const DECISIONS_AT_ONCE = 16;

class Solver<Reason> {
  readonly #catalog: Catalog;
  readonly #root: PackageId;
  readonly #patience: number;
  readonly #store: IncompatibilityStore<Reason>;
  readonly #solution: PartialSolution<Reason>;
  readonly #propagation: Propagation<Reason>;
  readonly #priorities: Priorities;
  readonly #leaps = new Leaps();
  readonly #asked = new Set<string>();
  #decisions = 0;
  #conflicts = 0;
  #attempts = 1;
  #jumped = false;

  constructor(catalog: Catalog, root: PackageId, patience = Number.POSITIVE_INFINITY) {
    const size = (id: PackageId): number => catalog.size(id);
    this.#catalog = catalog;
    this.#root = root;
    this.#patience = patience;
    this.#store = new IncompatibilityStore(size);
    this.#solution = new PartialSolution(size);
    this.#propagation = new Propagation(this.#store, this.#solution);
    this.#priorities = new Priorities((id) => catalog.family(id));
  }

  *run(): Generator<Need | undefined, SolverOutcome<Reason>, readonly Fact<Reason>[]> {
    this.#propagation.add(this.#store.addRoot(this.#root));
    for (;;) {
      const failure = this.#settle();
      if (failure !== undefined) return { kind: 'unsolvable', failure, counters: this.#counters() };
      const choice = this.#next();
      if (choice === undefined) {
        if (this.#improve()) continue;
        return { kind: 'solved', choices: this.#choices(), counters: this.#counters() };
      }
      const key = `${choice.package}:${choice.rank}`;
      if (this.#asked.has(key)) {
        this.#decide(choice);
        if (this.#decisions % DECISIONS_AT_ONCE === 0) yield undefined;
        continue;
      }
      const facts = yield { choice, likely: () => this.#likely() };
      this.#asked.add(key);
      this.#leaps.tried(choice.package, choice.rank);
      for (const fact of facts) this.#propagation.add(this.#store.addFact(fact));
      const broken = this.#settle();
      if (broken !== undefined) return { kind: 'unsolvable', failure: broken, counters: this.#counters() };
      this.#blameRejection(choice);
    }
  }

  /** Propagates until nothing follows any more, resolving the conflicts met. Returns the proof's end when there is none. */
  #settle(): Incompatibility<Reason> | undefined {
    for (let conflict = this.#propagation.run(); conflict !== undefined; conflict = this.#propagation.run()) {
      this.#conflicts++;
      if (this.#conflicts > this.#patience) throw new OutOfPatience();
      const lesson = learnFromConflict(conflict, { store: this.#store, solution: this.#solution, root: this.#root });
      if (lesson.kind === 'failure') return lesson.incompatibility;
      const undone = this.#solution.level - lesson.level;
      this.#backjump(lesson.level);
      const isNew = lesson.incompatibility !== conflict;
      const clause = isNew ? this.#store.learn(lesson.incompatibility) : conflict;
      if (isNew) this.#propagation.remember(clause);
      this.#propagation.force(clause, lesson.term);
      this.#blame(lesson.term.package, clause, 1 + Math.floor(undone / DECISIONS_THAT_WEIGH));
    }
    return undefined;
  }

  #backjump(level: number): void {
    this.#solution.backjump(level);
    this.#propagation.afterBackjump();
    this.#jumped = true;
  }

  /** Counts a conflict against the decisions that forced `affected` aside, and takes back one that did so too often. */
  #blame(affected: PackageId, cause: Incompatibility<Reason>, weight: number): void {
    let level = this.#solution.level + 1;
    for (const decision of this.#decisionsBehind(affected, cause)) {
      if (this.#catalog.kind(decision.package) === 'flag') continue;
      if (this.#priorities.recordConflict(affected, decision.package, weight)) level = Math.min(level, decision.level);
    }
    if (level <= this.#solution.level) this.#backjump(level - 1);
  }

  /** The decisions on other packages from which the terms of `cause` follow, through whatever was derived from them. */
  #decisionsBehind(affected: PackageId, cause: Incompatibility<Reason>): Assignment<Reason>[] {
    const entries = new Set(this.#satisfiers(affected, cause));
    for (const entry of entries) {
      if (entry.cause === undefined) continue;
      for (const earlier of this.#satisfiers(entry.package, entry.cause)) entries.add(earlier);
    }
    return [...entries].filter((entry) => entry.cause === undefined);
  }

  #satisfiers(except: PackageId, { terms }: Incompatibility<Reason>): Assignment<Reason>[] {
    return terms.filter((term) => term.package !== except).map((term) => this.#solution.satisfier(term));
  }

  /** The candidate to decide next, or `undefined` when everything required is decided. */
  #next(): Choice | undefined {
    let best: PackageId | undefined;
    let bestRank = Number.POSITIVE_INFINITY;
    for (const id of this.#solution.touched) {
      if (!this.#solution.isPending(id)) continue;
      const left = countRanks(this.#solution.current(id));
      const rank = this.#priorities.rank(id, this.#catalog.kind(id), left);
      if (rank > bestRank || (rank === bestRank && best !== undefined && best < id)) continue;
      best = id;
      bestRank = rank;
    }
    return best === undefined ? undefined : this.#choice(best);
  }

  #choice(id: PackageId): Choice {
    const allowed = intersectRanks(this.#solution.current(id), allCandidates(this.#catalog.size(id)));
    const tier = this.#catalog.tier(id, allowed);
    return { package: id, rank: this.#leaps.choose(id, tier, allowed) };
  }

  /** Takes back the first decision before which better candidates were passed over. Returns whether there is one. */
  #improve(): boolean {
    for (const { package: id, before, rank, level } of this.#solution.decisions()) {
      const allowed = intersectRanks(before, allCandidates(this.#catalog.size(id)));
      if (!this.#leaps.prove(id, rank, { tier: this.#catalog.tier(id, allowed), allowed })) continue;
      this.#backjump(level - 1);
      return true;
    }
    return false;
  }

  /** When a choice did not survive its own facts, whoever is decided and spoke against it is blamed. */
  #blameRejection({ package: id, rank }: Choice): void {
    if (hasRank(this.#solution.current(id), rank)) return;
    const cause = this.#solution.latest(id)?.cause;
    if (cause === undefined) return;
    if (this.#wantsOlder(id, cause)) this.#leaps.tooOld(id, rank);
    this.#blame(id, cause, 1);
  }

  /** Whether what `cause` says of `id` is that it wants a version of another package older than all that are possible. */
  #wantsOlder(id: PackageId, cause: Incompatibility<Reason>): boolean {
    return cause.terms.some((term) => {
      if (term.package === id || !isNegative(term)) return false;
      const wanted = complementRanks(term.ranks, this.#catalog.size(term.package));
      return highestRank(wanted) < lowestRank(this.#solution.current(term.package));
    });
  }

  #decide(choice: Choice): void {
    this.#decisions++;
    if (this.#jumped) this.#attempts++;
    this.#jumped = false;
    this.#solution.decide(choice.package, choice.rank);
    this.#propagation.changed(choice.package);
  }

  #likely(): readonly Choice[] {
    const pending = [...this.#solution.touched].filter((id) => this.#solution.isPending(id));
    return pending.sort((a, b) => a - b).map((id) => this.#choice(id));
  }

  #choices(): ReadonlyMap<PackageId, number> {
    const choices = new Map<PackageId, number>();
    for (const id of this.#solution.touched) {
      const rank = this.#solution.decision(id)?.accumulated[0];
      if (rank !== undefined) choices.set(id, rank);
    }
    return choices;
  }

  #counters(): SolverCounters {
    return { decisions: this.#decisions, conflicts: this.#conflicts, attempts: this.#attempts };
  }
}
