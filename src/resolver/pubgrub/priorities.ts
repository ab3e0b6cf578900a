import type { PackageId } from './incompatibility.ts';

/** How soon a package is decided; the earlier word comes first. */
const ORDER = ['flag', 'fixed', 'single', 'promoted', 'normal', 'demoted'] as const;

type Standing = (typeof ORDER)[number];

/** After this many conflicts a family of packages changes its place in the order. */
const CONFLICTS_TO_MOVE = 5;

/** One that was promoted is demoted only after many more: until then those it rules out may find a version that fits. */
const CONFLICTS_TO_FALL = 40;

/** Groups packages that are decided at one place in the order (a package and its flags). */
export type FamilyOf = (id: PackageId) => PackageId;

/**
 * The order in which packages are decided. A family that keeps being forced aside by another is promoted, one that keeps
 * forcing others is demoted to the very end, and stays there, so reordering comes to an end. See docs/resolver.md, "Order of decisions".
 */
export class Priorities {
  readonly #family: FamilyOf;
  readonly #moved = new Map<PackageId, 'promoted' | 'demoted'>();
  readonly #affected = new Map<PackageId, number>();
  readonly #culprit = new Map<PackageId, number>();

  constructor(family: FamilyOf) {
    this.#family = family;
  }

  /** Sort key: smaller is decided earlier. Ties are broken by discovery, that is by package id. */
  rank(id: PackageId, kind: 'flag' | 'fixed' | 'open', candidatesLeft: number): number {
    return ORDER.indexOf(this.#standing(id, kind, candidatesLeft));
  }

  /**
   * Notes that `affected` lost a candidate to the decision on `culprit`; `weight` tells how much work that undid, 1 for little.
   * Returns whether the culprit was demoted by this.
   */
  recordConflict(affected: PackageId, culprit: PackageId, weight: number): boolean {
    const [loser, winner] = [this.#family(affected), this.#family(culprit)];
    if (loser === winner) return false;
    if (add(this.#affected, loser, weight) >= CONFLICTS_TO_MOVE && !this.#moved.has(loser)) {
      this.#moved.set(loser, 'promoted');
    }
    const conflicts = add(this.#culprit, winner, weight);
    const standing = this.#moved.get(winner);
    const enough = standing === 'promoted' ? CONFLICTS_TO_FALL : CONFLICTS_TO_MOVE;
    if (conflicts < enough || standing === 'demoted') return false;
    this.#moved.set(winner, 'demoted');
    return true;
  }

  #standing(id: PackageId, kind: 'flag' | 'fixed' | 'open', candidatesLeft: number): Standing {
    if (kind !== 'open') return kind;
    if (candidatesLeft <= 1) return 'single';
    return this.#moved.get(this.#family(id)) ?? 'normal';
  }
}

function add(counts: Map<PackageId, number>, id: PackageId, weight: number): number {
  const count = (counts.get(id) ?? 0) + weight;
  counts.set(id, count);
  return count;
}
