import type { PackageId } from './incompatibility.ts';

/** How soon a package is decided; the earlier word comes first. */
const ORDER = ['flag', 'fixed', 'single', 'promoted', 'normal', 'demoted'] as const;

type Standing = (typeof ORDER)[number];

/** After this many conflicts a family of packages changes its place in the order, once. */
const CONFLICTS_TO_MOVE = 5;

/** Groups packages that are decided at one place in the order (a package and its flags). */
export type FamilyOf = (id: PackageId) => PackageId;

/**
 * The order in which packages are decided. A family that keeps being forced aside by another is promoted, one that keeps
 * forcing others is demoted to the very end; each moves at most once, so reordering comes to an end.
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

  /** Notes that `affected` lost a candidate to the decision on `culprit`. Returns whether the culprit was demoted by this. */
  recordConflict(affected: PackageId, culprit: PackageId): boolean {
    const [loser, winner] = [this.#family(affected), this.#family(culprit)];
    if (loser === winner) return false;
    if (increment(this.#affected, loser) >= CONFLICTS_TO_MOVE && !this.#moved.has(loser)) {
      this.#moved.set(loser, 'promoted');
    }
    if (increment(this.#culprit, winner) < CONFLICTS_TO_MOVE || this.#moved.has(winner)) return false;
    this.#moved.set(winner, 'demoted');
    return true;
  }

  #standing(id: PackageId, kind: 'flag' | 'fixed' | 'open', candidatesLeft: number): Standing {
    if (kind !== 'open') return kind;
    if (candidatesLeft <= 1) return 'single';
    return this.#moved.get(this.#family(id)) ?? 'normal';
  }
}

function increment(counts: Map<PackageId, number>, id: PackageId): number {
  const count = (counts.get(id) ?? 0) + 1;
  counts.set(id, count);
  return count;
}
