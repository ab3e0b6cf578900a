/** Shorter proofs of the same: fewer facts, many facts as one, and of several ways to tell them the shortest. */
import { type Derivation, type Sizes, derivationOf } from './derivation.ts';
import { type Fact, type PackageId, type Term, IncompatibilityStore, isNegative } from './incompatibility.ts';
import { type RankSet, intersectRanks, uniteRanks } from './rank-set.ts';
import { solveWithin } from './solver.ts';

/** What shortening a proof needs to know. */
export interface Shortening<Reason> {
  readonly sizes: Sizes;
  readonly root: PackageId;
  /** Words a weaker fact that stands for many. */
  readonly together: (facts: readonly Fact<Reason>[]) => Reason;
  /** How long a proof is to read: the shortest is taken. */
  readonly length: (derivation: Derivation<Reason>) => number;
}

const HIGHEST_FIRST = { lowestFirst: false };

/** Conflicts a new search may meet before it is given up. */
const PATIENCE = 2000;

/** Steps of a proof that cannot be shorter: two facts and what follows. */
const SHORTEST = 3;

/** With more facts than this no attempt is made to tell each by itself. */
const TOLD_AT_ALL = 200;

/** Facts that searches for superfluous ones may look at, all in all. */
const EFFORT = 20_000;

/**
 * The shortest proof found of the same contradiction. Searches again with nothing but the facts the proof rests on, with as few of them as
 * it takes, and with those of one package about another taken together where that is still enough. The same for the same proof:
 * effort is counted in work, not in time. See docs/resolver.md, "What makes a derivation shorter".
 */
export function shorten<Reason>(derivation: Derivation<Reason>, how: Shortening<Reason>): Derivation<Reason> {
  if (derivation.length <= SHORTEST) return derivation;
  const facts = mergedFacts(derivation, how.sizes);
  const united = uniteLookalikes(facts, how.together);
  const starts = facts.length > TOLD_AT_ALL ? [united] : united.length < facts.length ? [united, facts] : [facts];
  const proofs = starts.flatMap((start) => {
    const needed = withoutSuperfluous(start, how);
    return needed === undefined ? [] : waysToProve(needed, how);
  });
  const byLength = [...proofs, derivation].map((proof) => ({ proof, length: how.length(proof) }));
  return byLength.reduce((best, one) => (one.length < best.length ? one : best)).proof;
}

/** As few of the facts as a contradiction takes: none of them can go. `undefined` when they contradict nothing. */
function withoutSuperfluous<Reason>(
  facts: readonly Fact<Reason>[],
  how: Shortening<Reason>,
): readonly Fact<Reason>[] | undefined {
  const first = prove(facts, how, HIGHEST_FIRST);
  if (first === undefined) return undefined;
  let needed = factsOf(first);
  let effort = 0;
  // The latest facts first: what was met early is closer to the project.
  for (let index = needed.length - 1; index >= 0 && effort < EFFORT; index--) {
    const rest = needed.filter((_, at) => at !== index);
    effort += rest.length;
    const proof = prove(rest, how, HIGHEST_FIRST);
    if (proof === undefined) continue;
    needed = factsOf(proof);
    index = Math.min(index, needed.length);
  }
  return needed;
}

/** Proofs from the same facts, by searches that begin at other ends. */
function waysToProve<Reason>(facts: readonly Fact<Reason>[], how: Shortening<Reason>): Derivation<Reason>[] {
  const ends = [HIGHEST_FIRST, { lowestFirst: true }];
  const forwards = ends.map((end) => prove(facts, how, end));
  const backwards = ends.map((end) => inOrder(facts, prove([...facts].reverse(), how, end)));
  return [...forwards, ...backwards].filter((proof) => proof !== undefined);
}

/** The same proof, its facts numbered as they are in `facts`. */
function inOrder<Reason>(
  facts: readonly Fact<Reason>[],
  derivation: Derivation<Reason> | undefined,
): Derivation<Reason> | undefined {
  const place = new Map(facts.map(({ reason }, index) => [reason, index]));
  return derivation?.map((step) =>
    step.kind === 'fact' ? { ...step, order: place.get(step.reason) ?? step.order } : step,
  );
}

/** The facts of a proof in the order they became known. */
function factsOf<Reason>(derivation: Derivation<Reason>): Fact<Reason>[] {
  const facts = derivation.flatMap((step) => (step.kind === 'fact' ? [step] : []));
  return facts.sort((a, b) => a.order - b.order).map(({ terms, reason, key }) => ({ terms, reason, key }));
}

/** The facts of a proof, equal ones about neighbouring candidates as one. */
function mergedFacts<Reason>(derivation: Derivation<Reason>, sizes: Sizes): Fact<Reason>[] {
  const store = new IncompatibilityStore<Reason>((id) => sizes.size(id));
  const facts = derivation.flatMap((step) => (step.kind === 'fact' ? [step] : [])).sort((a, b) => a.order - b.order);
  const stored = facts.map((fact) => store.addFact(fact));
  return stored.flatMap((clause) => {
    if (clause?.origin.kind !== 'fact' || clause.replacedBy !== undefined) return [];
    return [{ terms: clause.terms, reason: clause.origin.reason, key: clause.origin.key }];
  });
}

/** More facts of one package about another than this are told as one. */
const TOLD_ONE_BY_ONE = 3;

/** Replaces many facts about the same packages by the weaker statement that holds for all the ranks of one of their terms. */
function uniteLookalikes<Reason>(
  facts: readonly Fact<Reason>[],
  together: (facts: readonly Fact<Reason>[]) => Reason,
): Fact<Reason>[] {
  const groups = new Map<string, Fact<Reason>[]>();
  for (const fact of facts) {
    const key = fact.terms.map((term) => `${term.package}${isNegative(term) ? '-' : '+'}`).join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [fact]);
    else group.push(fact);
  }
  return [...groups].flatMap(([key, group]) => {
    const terms = group.length > TOLD_ONE_BY_ONE ? uniteTerms(group) : undefined;
    return terms === undefined ? group : [{ terms, reason: together(group), key: `together ${key}` }];
  });
}

/** The terms of the union, or `undefined` when it would say nothing. */
function uniteTerms<Reason>(group: readonly Fact<Reason>[]): readonly Term[] | undefined {
  const positions = group[0]?.terms.keys() ?? [];
  return [...positions]
    .map((position) => uniteAt(position, group))
    .find((terms) => terms.every(({ ranks }) => ranks.length > 0));
}

/** What the facts share when the terms at one position are joined: anywhere else only what all of them say. */
function uniteAt<Reason>(position: number, [first, ...rest]: readonly Fact<Reason>[]): readonly Term[] {
  return (first?.terms ?? []).map((term, index) => {
    const join = index === position ? uniteRanks : intersectRanks;
    const others = rest.map((fact) => fact.terms[index]?.ranks ?? []);
    return { package: term.package, ranks: others.reduce<RankSet>(join, term.ranks) };
  });
}

/** A proof from these facts alone; `undefined` when they contradict nothing, or when finding out takes too long. */
function prove<Reason>(
  facts: readonly Fact<Reason>[],
  { sizes, root }: Shortening<Reason>,
  { lowestFirst }: { readonly lowestFirst: boolean },
): Derivation<Reason> | undefined {
  const catalog = {
    size: (id: PackageId) => sizes.size(id),
    tier: (_: PackageId, ranks: RankSet) => ({ ranks, lowestFirst }),
    kind: () => 'open' as const,
    family: (id: PackageId) => id,
  };
  const solver = solveWithin<Reason>(catalog, root, PATIENCE);
  let step = solver.next();
  while (step.done !== true) step = solver.next(step.value?.choice.package === root ? facts : []);
  const outcome = step.value;
  return outcome?.kind === 'unsolvable' ? derivationOf(outcome.failure) : undefined;
}
