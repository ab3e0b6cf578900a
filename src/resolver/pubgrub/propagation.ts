import type { Clause, IncompatibilityStore, PackageId, Term } from './incompatibility.ts';
import type { PartialSolution } from './partial-solution.ts';

/**
 * Unit propagation. Looks again only at clauses that mention a changed package and are not settled by a contradicted term;
 * clauses that arrive late are looked at once on arrival and again whenever the levels they were seen at are undone.
 * See docs/resolver.md, "The search".
 */
export class Propagation<Reason> {
  readonly #store: IncompatibilityStore<Reason>;
  readonly #solution: PartialSolution<Reason>;
  readonly #changed = new Set<PackageId>();
  #fresh: Clause<Reason>[] = [];
  /** Late clauses with the lowest level they were looked at; ascending by level. */
  readonly #seen: { clause: Clause<Reason>; level: number }[] = [];

  constructor(store: IncompatibilityStore<Reason>, solution: PartialSolution<Reason>) {
    this.#store = store;
    this.#solution = solution;
  }

  /** Queues a new clause. */
  add(clause: Clause<Reason> | undefined): void {
    if (clause === undefined) return;
    this.#fresh.push(clause);
    this.remember(clause);
  }

  /** Makes sure a clause that came at this level is looked at again when the level is undone. */
  remember(clause: Clause<Reason>): void {
    this.#seen.push({ clause, level: this.#solution.level });
  }

  /** Queues a package about which something new is known. */
  changed(id: PackageId): void {
    this.#changed.add(id);
  }

  /** Records what a learned clause forces: its other terms are known to hold. */
  force(clause: Clause<Reason>, term: Term): void {
    this.#solution.exclude(term, clause);
    this.#changed.add(term.package);
  }

  /** Forgets what was queued and queues the clauses whose consequences may have been undone. */
  afterBackjump(): void {
    const level = this.#solution.level;
    this.#changed.clear();
    for (let i = this.#seen.length - 1; i >= 0; i--) {
      const entry = this.#seen[i];
      if (entry === undefined || entry.level <= level) break;
      entry.level = level;
      if (entry.clause.replacedBy === undefined) this.#fresh.push(entry.clause);
    }
  }

  /** Draws every consequence. Returns a clause whose terms all hold as soon as there is one. */
  run(): Clause<Reason> | undefined {
    for (;;) {
      const conflict = this.#runFresh() ?? this.#runChanged();
      if (conflict !== undefined) return conflict;
      if (this.#fresh.length === 0 && this.#changed.size === 0) return undefined;
    }
  }

  #runFresh(): Clause<Reason> | undefined {
    const fresh = this.#fresh;
    this.#fresh = [];
    for (const [index, clause] of fresh.entries()) {
      if (!this.#examine(clause)) continue;
      this.#fresh.push(...fresh.slice(index + 1));
      return clause;
    }
    return undefined;
  }

  #runChanged(): Clause<Reason> | undefined {
    for (const id of this.#changed) {
      this.#changed.delete(id);
      const clauses = this.#store.mentioning(id);
      for (let i = clauses.length - 1; i >= 0; i--) {
        const clause = clauses[i];
        if (clause !== undefined && this.#examine(clause)) return clause;
      }
    }
    return undefined;
  }

  /** Draws the consequence of one clause, if there is one. Returns whether all its terms hold. */
  #examine(clause: Clause<Reason>): boolean {
    if (clause.settled !== undefined) {
      if (this.#solution.stands(clause.settled)) return false;
      clause.settled = undefined;
    }
    let open: Term | undefined;
    let isUnit = true;
    for (const term of clause.terms) {
      const relation = this.#solution.relation(term);
      if (relation === 'satisfied') continue;
      if (relation === 'contradicted') {
        clause.settled = this.#solution.contradictedSince(term);
        return false;
      }
      if (open !== undefined) isUnit = false;
      open = term;
    }
    if (open === undefined) return true;
    if (isUnit) this.force(clause, open);
    return false;
  }
}
