import type { Derivation } from '../../../../src/resolver/pubgrub/derivation.ts';
import type { Fact } from '../../../../src/resolver/pubgrub/incompatibility.ts';
import { type RankSet, complementRanks, hasRank, ranksOf } from '../../../../src/resolver/pubgrub/rank-set.ts';
import { type Choice, type SolverOutcome, solve } from '../../../../src/resolver/pubgrub/solver.ts';

/** Dependencies of one candidate: package number to the ranks it accepts. */
type ToyCandidate = Readonly<Record<number, readonly number[]>>;

/** Packages by number, each a list of candidates (rank 1 first). Package 0 is the root and has one. */
export type ToyRegistry = readonly (readonly ToyCandidate[])[];

export const toySize =
  (registry: ToyRegistry) =>
  (id: number): number =>
    registry[id]?.length ?? 0;

/** The facts that a candidate of the registry brings. */
function toyFacts(registry: ToyRegistry, { package: id, rank }: Choice): Fact<string>[] {
  const size = toySize(registry);
  return Object.entries(registry[id]?.[rank - 1] ?? {}).map(([name, ranks]) => {
    const accepted = ranksOf([...ranks].sort((a, b) => a - b));
    return {
      terms: [
        { package: id, ranks: [rank, rank + 1] },
        { package: Number(name), ranks: complementRanks(accepted, size(Number(name))) },
      ],
      reason: `${id} needs ${name} in ${accepted.join('-')}`,
      key: 'needs',
    };
  });
}

/** Solves a toy registry; `newest` says which end of the allowed ranks is tried first. */
export function solveToy(
  registry: ToyRegistry,
  { newest = true, onNeed }: { readonly newest?: boolean; readonly onNeed?: (choice: Choice) => void } = {},
): SolverOutcome<string> {
  const tier = (_: number, ranks: RankSet) => ({ ranks, lowestFirst: !newest });
  const solver = solve<string>({ size: toySize(registry), tier, kind: () => 'open', family: (id) => id }, 0);
  let step = solver.next();
  while (step.done !== true) {
    const need = step.value;
    if (need !== undefined) onNeed?.(need.choice);
    step = solver.next(need === undefined ? [] : toyFacts(registry, need.choice));
  }
  return step.value;
}

/** What is wrong with a selection: unmet dependencies and packages nobody asked for. */
export function toyFaults(registry: ToyRegistry, choices: ReadonlyMap<number, number>): string[] {
  const faults: string[] = choices.has(0) ? [] : ['root is not selected'];
  const reached = new Set([0]);
  for (const id of reached) {
    for (const [name, ranks] of Object.entries(registry[id]?.[(choices.get(id) ?? 0) - 1] ?? {})) {
      reached.add(Number(name));
      if (!ranks.includes(choices.get(Number(name)) ?? 0)) faults.push(`${id} needs ${name}`);
    }
  }
  for (const id of choices.keys()) if (!reached.has(id)) faults.push(`nobody needs ${id}`);
  return faults;
}

/** Whether any selection works, by trying all. */
export function isToySolvable(registry: ToyRegistry): boolean {
  const search = (
    chosen: ReadonlyMap<number, number>,
    wanted: readonly (readonly [number, readonly number[]])[],
  ): boolean => {
    const [next, ...rest] = wanted;
    if (next === undefined) return true;
    const [id, ranks] = next;
    const rank = chosen.get(id);
    if (rank !== undefined) return ranks.includes(rank) && search(chosen, rest);
    return ranks.some((candidate) => {
      const needs = Object.entries(registry[id]?.[candidate - 1] ?? {});
      return search(new Map([...chosen, [id, candidate]]), [
        ...rest,
        ...needs.map(([n, r]) => [Number(n), r] as const),
      ]);
    });
  };
  return search(new Map(), [[0, [1]]]);
}

/** The indexes of steps that do not follow from their causes, found by listing every assignment of the packages involved. */
export function unsoundSteps<Reason>(derivation: Derivation<Reason>, size: (id: number) => number): number[] {
  return [...derivation.entries()].flatMap(([index, step]) => {
    if (step.kind === 'fact') return [];
    const causes = step.causes.map((cause) => derivation[cause]);
    if (causes.some((cause) => cause === undefined || derivation.indexOf(cause) >= index)) return [index];
    const clauses = [step, ...causes.flatMap((cause) => cause ?? [])];
    const packages = [...new Set(clauses.flatMap((clause) => clause.terms.map((term) => term.package)))];
    const isUnsound = assignments(packages, size).some((rank) => {
      const [conclusion, ...premises] = clauses.map((clause) =>
        clause.terms.every((term) => hasRank(term.ranks, rank.get(term.package) ?? 0)),
      );
      return conclusion === true && premises.every((premise) => !premise);
    });
    return isUnsound ? [index] : [];
  });
}

function assignments(packages: readonly number[], size: (id: number) => number): Map<number, number>[] {
  return packages.reduce<Map<number, number>[]>(
    (all, id) =>
      all.flatMap((known) => Array.from({ length: size(id) + 1 }, (_, rank) => new Map([...known, [id, rank]]))),
    [new Map()],
  );
}
