import { type PythonRange, formatTargetPython } from '../../packaging/python-range.ts';
import { type RankSet, areDisjoint, complementRanks, hasRank, intersectRanks } from '../pubgrub/rank-set.ts';
import type { Policy } from './policy.ts';
import type { Reason } from './reason.ts';
import { coversPython } from './usability.ts';
import { type NamedPackage, ranksWhere } from './universe.ts';

/** Candidates that a requirement may not be met with although their version matches. */
export interface Veto {
  readonly ranks: RankSet;
  readonly reason: Reason;
}

/** What a requirement asks of the candidates beside their version. */
export interface Conditions {
  /** The interpreters it applies to; absent when they do not matter. */
  readonly scope: PythonRange | undefined;
  readonly pinned: boolean;
  readonly refusesPrereleases: boolean;
  /** The candidates its specifier admits. */
  readonly admitted: RankSet;
}

/**
 * Collects the vetoes of requirements. Which candidates need which Python is grouped once per package and scope.
 * See docs/resolver.md, "Python".
 */
export class Vetoes {
  readonly #policy: Policy;
  readonly #pythons = new Map<NamedPackage, Map<string, readonly Veto[]>>();
  readonly #yanked = new Map<NamedPackage, readonly Veto[]>();
  /** What metadata said about Python that the listing did not. */
  readonly #late = new Map<NamedPackage, Map<number, string>>();

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** The vetoes that matter to a requirement. */
  of(named: NamedPackage, conditions: Conditions): readonly Veto[] {
    const { scope, pinned, refusesPrereleases, admitted } = conditions;
    const vetoes: Veto[] =
      scope === undefined ? [] : [...this.#pythonVetoes(named, scope), ...this.#lateVetoes(named, scope)];
    if (!pinned) vetoes.push(...this.#yankedVetoes(named));
    if (refusesPrereleases) {
      vetoes.push({
        ranks: ranksWhere(named, ({ prerelease }) => prerelease),
        reason: { kind: 'prerelease', key: named.key },
      });
    }
    return vetoes.filter(({ ranks }) => !areDisjoint(ranks, admitted));
  }

  /** Takes in the requires-python of a candidate's metadata. Returns whether it was news. */
  learnPython(named: NamedPackage, rank: number, requires: string | undefined): boolean {
    const stated = named.candidates[rank - 1]?.pythons ?? [];
    if (requires === undefined || stated.includes(requires)) return false;
    const late = this.#late.get(named) ?? new Map<number, string>();
    this.#late.set(named, late);
    if (late.has(rank)) return false;
    late.set(rank, requires);
    return true;
  }

  /** The veto of one candidate for what its metadata says about Python. */
  lateVeto(named: NamedPackage, rank: number, scope: PythonRange): Veto | undefined {
    const requires = this.#late.get(named)?.get(rank);
    if (requires === undefined || coversPython(requires, scope)) return undefined;
    return { ranks: [rank, rank + 1], reason: { kind: 'python', key: named.key, requires, target: scope } };
  }

  #lateVetoes(named: NamedPackage, scope: PythonRange): Veto[] {
    const ranks = [...(this.#late.get(named)?.keys() ?? [])];
    return ranks.flatMap((rank) => this.lateVeto(named, rank, scope) ?? []);
  }

  #pythonVetoes(named: NamedPackage, scope: PythonRange): readonly Veto[] {
    const known = this.#pythons.get(named) ?? new Map<string, readonly Veto[]>();
    this.#pythons.set(named, known);
    const scopeText = formatTargetPython(scope);
    const vetoes = known.get(scopeText) ?? findPythonVetoes(named, scope);
    known.set(scopeText, vetoes);
    return vetoes;
  }

  #yankedVetoes(named: NamedPackage): readonly Veto[] {
    const known = this.#yanked.get(named) ?? this.#findYanked(named);
    this.#yanked.set(named, known);
    return known;
  }

  #findYanked(named: NamedPackage): Veto[] {
    const others = complementRanks(this.#policy.keptWhenYanked(named), named.candidates.length);
    const reasons = new Set(named.candidates.flatMap(({ yanked }) => (yanked === false ? [] : [yanked])));
    return [...reasons].map((why) => ({
      ranks: intersectRanks(
        ranksWhere(named, ({ yanked }) => yanked === why),
        others,
      ),
      reason: { kind: 'yanked', key: named.key, why },
    }));
  }
}

function findPythonVetoes(named: NamedPackage, scope: PythonRange): Veto[] {
  const texts = new Set(named.candidates.map(({ pythons }) => pythons.join(' or ')));
  return [...texts].flatMap((requires) => {
    const ranks = ranksWhere(named, ({ pythons }) => pythons.length > 0 && pythons.join(' or ') === requires);
    const sample = named.candidates.find((_, index) => hasRank(ranks, index + 1));
    if (sample === undefined || sample.pythons.some((text) => coversPython(text, scope))) return [];
    return [{ ranks, reason: { kind: 'python', key: named.key, requires, target: scope } }];
  });
}
