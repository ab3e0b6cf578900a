import type { Incompatibility, Term } from './incompatibility.ts';
import type { Catalog } from './solver.ts';

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

/** Lays out the proof that ends in `failure`. See docs/resolver.md, "Proofs". */
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
