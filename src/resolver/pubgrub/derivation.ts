import {
  type Fact,
  type Incompatibility,
  type PackageId,
  type Term,
  IncompatibilityStore,
  isNegative,
} from './incompatibility.ts';
import { type Catalog, solve } from './solver.ts';
import { type RankSet, intersectRanks, uniteRanks } from './rank-set.ts';

/** One step of a proof: a fact, or what follows from two earlier steps. */
export type Step<Reason> =
  | {
      readonly kind: 'fact';
      readonly terms: readonly Term[];
      readonly reason: Reason;
      readonly key: string;
      /** Facts that became known earlier have a smaller one. */
      readonly order: number;
    }
  | { readonly kind: 'derived'; readonly terms: readonly Term[]; readonly causes: readonly [number, number] };

/** A proof: causes come before what follows from them, each step once, the contradiction last. */
export type Derivation<Reason> = readonly Step<Reason>[];

/** The part of a catalog a proof needs. */
export type Sizes = Pick<Catalog, 'size'>;

/** Lays out the proof that ends in `failure`. */
export function derivationOf<Reason>(failure: Incompatibility<Reason>): Derivation<Reason> {
  const steps: Step<Reason>[] = [];
  const indexes = new Map<number, number>();
  const pending: Incompatibility<Reason>[] = [failure];
  for (let node = pending.at(-1); node !== undefined; node = pending.at(-1)) {
    const missing = causesOf(node).filter((cause) => !indexes.has(cause.id));
    if (missing.length > 0 && !indexes.has(node.id)) {
      pending.push(...missing.reverse());
      continue;
    }
    pending.pop();
    if (indexes.has(node.id)) continue;
    indexes.set(node.id, steps.length);
    steps.push(stepOf(node, indexes));
  }
  return steps;
}

/**
 * A shorter proof of the same: solves again with nothing but the facts the proof rests on, the ones of one package about
 * another taken together where that is still enough. `together` words such a union.
 */
export function shorten<Reason>(
  derivation: Derivation<Reason>,
  sizes: Sizes,
  root: PackageId,
  together: (facts: readonly Fact<Reason>[]) => Reason,
): Derivation<Reason> {
  const facts = mergedFacts(derivation, sizes);
  const attempts = [prove(uniteLookalikes(facts, together), sizes, root), prove(facts, sizes, root)];
  const proofs = attempts.filter((proof) => proof !== undefined);
  return proofs.reduce((best, proof) => (proof.length < best.length ? proof : best), derivation);
}

function causesOf<Reason>({ origin }: Incompatibility<Reason>): Incompatibility<Reason>[] {
  return origin.kind === 'derived' ? [origin.first, origin.second] : [];
}

function stepOf<Reason>(node: Incompatibility<Reason>, indexes: ReadonlyMap<number, number>): Step<Reason> {
  const { origin, terms } = node;
  if (origin.kind === 'root') throw new Error('a proof cannot rest on the root being required');
  if (origin.kind === 'fact') {
    const { reason, key, order } = origin;
    return { kind: 'fact', terms, reason, key, order };
  }
  const first = indexes.get(origin.first.id);
  const second = indexes.get(origin.second.id);
  if (first === undefined || second === undefined) throw new Error('a step of a proof comes before its causes');
  return { kind: 'derived', terms, causes: [first, second] };
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

/** A proof from these facts alone; `undefined` when they contradict nothing. */
function prove<Reason>(facts: readonly Fact<Reason>[], sizes: Sizes, root: PackageId): Derivation<Reason> | undefined {
  const solver = solve<Reason>(
    {
      size: (id) => sizes.size(id),
      tier: (_, ranks) => ({ ranks, lowestFirst: false }),
      kind: () => 'open',
      family: (id) => id,
    },
    root,
  );
  let step = solver.next();
  while (step.done !== true) step = solver.next(step.value.choice.package === root ? facts : []);
  return step.value.kind === 'unsolvable' ? derivationOf(step.value.failure) : undefined;
}
