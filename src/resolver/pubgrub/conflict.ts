import type { Incompatibility, IncompatibilityStore, PackageId, Term } from './incompatibility.ts';
import type { Assignment, PartialSolution } from './partial-solution.ts';
import { hasRank } from './rank-set.ts';

/** What a conflict teaches: a clause that forces `term` aside after a jump back to `level`, or that nothing can be done. */
export type Lesson<Reason> =
  | { readonly kind: 'failure'; readonly incompatibility: Incompatibility<Reason> }
  | {
      readonly kind: 'learned';
      /** The violated clause itself when nothing had to be derived. */
      readonly incompatibility: Incompatibility<Reason>;
      readonly term: Term;
      readonly level: number;
    };

/** The state a conflict is resolved in. */
export interface ConflictState<Reason> {
  readonly store: IncompatibilityStore<Reason>;
  readonly solution: PartialSolution<Reason>;
  readonly root: PackageId;
}

/** The level of the root's own decision: no jump goes below it. */
const ROOT_LEVEL = 1;

/**
 * Resolves a violated clause with the causes of its satisfiers until it forces something at an earlier level.
 * See docs/resolver.md, "The search".
 */
export function learnFromConflict<Reason>(
  conflict: Incompatibility<Reason>,
  state: ConflictState<Reason>,
): Lesson<Reason> {
  let current: Incompatibility<Reason> = conflict;
  for (;;) {
    if (isFailure(current, state.root)) return { kind: 'failure', incompatibility: current };
    const { satisfier, term, previousLevel } = findSatisfier(current, state.solution);
    if (satisfier.cause === undefined || previousLevel < satisfier.level) {
      return { kind: 'learned', incompatibility: current, term, level: previousLevel };
    }
    current = state.store.resolve(current, satisfier.cause, satisfier.package);
  }
}

function isFailure<Reason>(incompatibility: Incompatibility<Reason>, root: PackageId): boolean {
  return incompatibility.terms.every((term) => term.package === root && hasRank(term.ranks, 1));
}

interface Satisfier<Reason> {
  /** The entry after which all terms hold. */
  readonly satisfier: Assignment<Reason>;
  readonly term: Term;
  /** The lowest level at which only `term` is missing. */
  readonly previousLevel: number;
}

function findSatisfier<Reason>(
  incompatibility: Incompatibility<Reason>,
  solution: PartialSolution<Reason>,
): Satisfier<Reason> {
  let last: { readonly satisfier: Assignment<Reason>; readonly term: Term } | undefined;
  let previousLevel = ROOT_LEVEL;
  for (const term of incompatibility.terms) {
    const satisfier = solution.satisfier(term);
    if (last === undefined || satisfier.index > last.satisfier.index) {
      if (last !== undefined) previousLevel = Math.max(previousLevel, last.satisfier.level);
      last = { satisfier, term };
    } else {
      previousLevel = Math.max(previousLevel, satisfier.level);
    }
  }
  if (last === undefined) throw new Error('an incompatibility without terms has no satisfier');
  return { ...last, previousLevel: Math.max(previousLevel, solution.supportLevel(last.satisfier, last.term)) };
}
