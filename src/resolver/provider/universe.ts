import type { Listing } from '../../index/model.ts';
import type { PackageId } from '../pubgrub/incompatibility.ts';
import { type RankSet, NO_RANKS, intersectRanks, ranksOf, singleRank } from '../pubgrub/rank-set.ts';
import type { Tier } from '../pubgrub/leaps.ts';
import type { Catalog } from '../pubgrub/solver.ts';
import type { Candidate } from './usability.ts';

/** A package with versions. */
export interface NamedPackage {
  readonly kind: 'named';
  readonly id: PackageId;
  readonly key: string;
  /** Ascending; the candidate of rank r is at r - 1. */
  readonly candidates: readonly Candidate[];
  /** The sources that do not have the package; absent when it was found. */
  readonly absentFrom: readonly string[] | undefined;
  readonly fixed: boolean;
}

/** Whether an extra of a package is asked for: one candidate, "on". */
export interface FlagPackage {
  readonly kind: 'flag';
  readonly id: PackageId;
  readonly extra: string;
  readonly base: NamedPackage;
}

/** The project: one candidate. */
interface RootPackage {
  readonly kind: 'root';
  readonly id: PackageId;
}

/** A package as the solver numbers it. */
export type AnyPackage = RootPackage | NamedPackage | FlagPackage;

/** What decides the order in which candidates of a package are tried. */
export interface Taste {
  /** The rank tried first. */
  readonly preferred: number | undefined;
  readonly lowestFirst: boolean;
  /** Whether pre-releases are taken like any other version instead of last. */
  readonly prereleases: boolean;
  /** Versions of which there is a source archive alone are tried after all others. */
  readonly prefersWheels: boolean;
}

/** The number of the project itself. */
export const ROOT: PackageId = 0;

/**
 * Every package heard of, numbered in the order of discovery. A package never changes once it is in.
 * See docs/resolver.md, "Order of candidates".
 */
export class Universe implements Catalog {
  readonly #packages: AnyPackage[] = [{ kind: 'root', id: ROOT }];
  readonly #named = new Map<string, NamedPackage>();
  readonly #flags = new Map<string, FlagPackage>();
  /** By package: the candidates that are tried together, the next ones only when none of these is left. */
  readonly #tiers = new Map<PackageId, readonly Tier[]>();

  /** The package of a number. */
  package(id: PackageId): AnyPackage {
    const found = this.#packages[id];
    if (found === undefined) throw new Error(`package ${id} is not known`);
    return found;
  }

  /** The package of a name, if it was added. */
  named(key: string): NamedPackage | undefined {
    return this.#named.get(key);
  }

  /** Adds a package with its candidates, in ascending order. */
  add(
    key: string,
    candidates: readonly Candidate[],
    details: { readonly listing?: Listing; readonly taste: (added: NamedPackage) => Taste },
  ): NamedPackage {
    const { listing, taste } = details;
    const added: NamedPackage = {
      kind: 'named',
      id: this.#packages.length,
      key,
      candidates,
      absentFrom: listing?.kind === 'absent' ? listing.asked : undefined,
      fixed: listing === undefined,
    };
    this.#packages.push(added);
    this.#named.set(key, added);
    this.#tiers.set(added.id, tiersOf(added, taste(added)));
    return added;
  }

  /** The flag of an extra. */
  flag(base: NamedPackage, extra: string): FlagPackage {
    const key = `${base.key}[${extra}]`;
    const known = this.#flags.get(key);
    if (known !== undefined) return known;
    const flag: FlagPackage = { kind: 'flag', id: this.#packages.length, extra, base };
    this.#packages.push(flag);
    this.#flags.set(key, flag);
    return flag;
  }

  /** The flags of a package somebody mentioned. */
  flagsOf(base: NamedPackage): FlagPackage[] {
    return [...this.#flags.values()].filter((flag) => flag.base === base);
  }

  size(id: PackageId): number {
    const found = this.package(id);
    return found.kind === 'named' ? found.candidates.length : 1;
  }

  tier(id: PackageId, allowed: RankSet): Tier {
    for (const { ranks, lowestFirst } of this.#tiers.get(id) ?? []) {
      const left = intersectRanks(ranks, allowed);
      if (left.length > 0) return { ranks: left, lowestFirst };
    }
    return { ranks: allowed, lowestFirst: false };
  }

  kind(id: PackageId): 'flag' | 'fixed' | 'open' {
    const found = this.package(id);
    if (found.kind !== 'named') return 'flag';
    return found.fixed ? 'fixed' : 'open';
  }

  family(id: PackageId): PackageId {
    const found = this.package(id);
    return found.kind === 'flag' ? found.base.id : id;
  }
}

/** The ranks of the candidates that pass a test. */
export function ranksWhere({ candidates }: NamedPackage, test: (candidate: Candidate) => boolean): RankSet {
  return ranksOf(candidates.flatMap((candidate, index) => (test(candidate) ? [index + 1] : [])));
}

/** Not withdrawn, then final, then from the earliest source, then with a wheel where that is preferred. */
function tiersOf(added: NamedPackage, { preferred, lowestFirst, prereleases, prefersWheels }: Taste): Tier[] {
  const groups = new Map<string, { readonly order: readonly number[]; readonly ranks: number[] }>();
  for (const [index, candidate] of added.candidates.entries()) {
    const { yanked, prerelease, sourceRank, isArchive } = candidate;
    const order = [
      Number(yanked !== false),
      Number(prerelease && !prereleases),
      sourceRank,
      Number(prefersWheels && isArchive),
    ];
    const group = groups.get(order.join()) ?? { order, ranks: [] };
    groups.set(order.join(), group);
    group.ranks.push(index + 1);
  }
  const sorted = [...groups.values()].sort((a, b) => compareOrders(a.order, b.order));
  const tiers = [
    preferred === undefined ? NO_RANKS : singleRank(preferred),
    ...sorted.map(({ ranks }) => ranksOf(ranks)),
  ];
  return tiers.map((ranks) => ({ ranks, lowestFirst }));
}

function compareOrders(a: readonly number[], b: readonly number[]): number {
  return a.map((value, index) => value - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
