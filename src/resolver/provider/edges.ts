import type { MarkerSet } from '../../packaging/marker-set.ts';
import type { Requirement } from '../../packaging/requirement.ts';
import { formatTargetPython, type PythonRange } from '../../packaging/python-range.ts';
import type { ResolutionRequest } from '../model.ts';
import type { Fact, PackageId, Term } from '../pubgrub/incompatibility.ts';
import {
  type RankSet,
  allCandidates,
  complementRanks,
  hasRank,
  intersectRanks,
  ranksOf,
  singleRank,
} from '../pubgrub/rank-set.ts';
import { type Lowering, isImpossible, isPinned } from './lowering.ts';
import type { Policy } from './policy.ts';
import { type Reason, type RequirementQuote, reasonKey } from './reason.ts';
import { type NamedPackage, type Universe, ROOT } from './universe.ts';
import { type Candidate, coversPython } from './usability.ts';
import type { Vetoes } from './vetoes.ts';

/** A requirement that applies, with who makes it. */
export interface Edge {
  /** What must be selected for the requirement to count. */
  readonly depender: readonly Term[];
  readonly requirement: Requirement;
  readonly quote: RequirementQuote;
  /** When it applies, extras settled. */
  readonly marker: MarkerSet;
  readonly scope: PythonRange;
  /** The requirement's own wish about pre-releases. */
  readonly prereleases: boolean | undefined;
}

/** A newer version that was passed over. */
export interface Skipped {
  readonly version: string;
  /** Goes on after "because it". */
  readonly because: string;
}

/** What the facts about requirements are made from. */
export interface EdgeTools {
  readonly request: ResolutionRequest;
  readonly universe: Universe;
  readonly lowering: Lowering;
  readonly policy: Policy;
  readonly vetoes: Vetoes;
}

/**
 * Turns requirements into facts, and remembers them for what becomes known of a candidate later.
 * See docs/resolver.md, "Python".
 */
export class EdgeFacts {
  readonly #tools: EdgeTools;
  readonly #edges = new Map<NamedPackage, (Edge & { readonly admitted: RankSet })[]>();
  readonly #introduced = new Set<NamedPackage>();
  /** What metadata told to be wrong with candidates, for going on after "because it". */
  readonly #problems = new Map<Candidate, string>();

  constructor(tools: EdgeTools) {
    this.#tools = tools;
  }

  /** Every fact one requirement brings. Its package must be in the universe, unless a reference rules it out. */
  of(edge: Edge): Fact<Reason>[] {
    const refusal = this.#refuseReference(edge);
    if (refusal !== undefined) return [factOf(edge.depender, refusal)];
    const named = this.#tools.universe.named(edge.requirement.key);
    if (named === undefined) throw new Error(`${edge.requirement.key} is required before its listing is known`);
    const specifier = this.#tools.request.overrides.get(named.key) ?? edge.requirement.specifier;
    // A reference has no specifier, and its package one candidate: every version is right.
    const admitted = this.#tools.lowering.ranks(named, specifier);
    const facts = [...this.#requires(edge, named, admitted), ...this.#introduce(named)];
    this.#remember(named, { ...edge, admitted });
    const conditions = {
      scope: this.#scope(edge),
      pinned: isPinned(specifier),
      refusesPrereleases: this.#tools.policy.refusesPrereleases(named.key, specifier, edge.prereleases),
      admitted,
    };
    for (const veto of this.#tools.vetoes.of(named, conditions)) facts.push(vetoFact(edge, named, veto));
    return facts;
  }

  /** The facts that follow for requirements met so far from what the metadata of a candidate says about Python. */
  ofLatePython(named: NamedPackage, rank: number): Fact<Reason>[] {
    return (this.#edges.get(named) ?? []).flatMap((edge) => {
      const scope = hasRank(edge.admitted, rank) ? this.#scope(edge) : undefined;
      const veto = scope === undefined ? undefined : this.#tools.vetoes.lateVeto(named, rank, scope);
      return veto === undefined ? [] : [vetoFact(edge, named, veto)];
    });
  }

  /** The candidates of a package that the project's own requirements admit. */
  allowedByProject(named: NamedPackage): RankSet {
    const own = (this.#edges.get(named) ?? []).filter(({ depender }) => depender[0]?.package === ROOT);
    return own.map(({ admitted }) => admitted).reduce(intersectRanks, allCandidates(named.candidates.length));
  }

  /** Takes in what the metadata of a candidate told to be wrong with it. */
  ruledOut(candidate: Candidate, problem: string): void {
    this.#problems.set(candidate, problem);
  }

  /**
   * The newest candidate that every requirement which counts admits, passed over because it does not run on all the interpreters it
   * is required for, because its metadata is unusable, or because it requires more than versions that are kept.
   */
  newestSkipped(named: NamedPackage, choices: ReadonlyMap<PackageId, number>): Skipped | undefined {
    const chosen = choices.get(named.id) ?? 0;
    const holds = (term: Term): boolean => hasRank(term.ranks, choices.get(term.package) ?? 0);
    const edges = (this.#edges.get(named) ?? []).filter(({ depender }) => depender.every(holds));
    for (let rank = named.candidates.length; rank > chosen; rank--) {
      const candidate = named.candidates[rank - 1];
      if (candidate === undefined || candidate.prerelease || candidate.yanked !== false) continue;
      if (!edges.every(({ admitted }) => hasRank(admitted, rank))) continue;
      const version = candidate.version.text;
      if (candidate.problem !== undefined) continue;
      for (const edge of edges) {
        const target = this.#scope(edge);
        if (target === undefined || candidate.pythons.length === 0) continue;
        if (candidate.pythons.some((text) => coversPython(text, target))) continue;
        const requires = candidate.pythons.join(' or ');
        return {
          version,
          because: `requires Python ${requires} but the lock target is Python ${formatTargetPython(target)}`,
        };
      }
      const because = this.#problems.get(candidate) ?? this.#heldBack(named, rank, choices);
      if (because !== undefined) return { version, because };
    }
    return undefined;
  }

  /** What a candidate was passed over for, if nothing but versions that are kept from an old lock speaks against it. */
  #heldBack(named: NamedPackage, rank: number, choices: ReadonlyMap<PackageId, number>): string | undefined {
    const { kept = new Set<string>() } = this.#tools.request;
    if (kept.size === 0 || kept.has(named.key)) return undefined;
    const isAsked = ({ depender: [first, ...others] }: Edge): boolean =>
      first?.package === named.id && hasRank(first.ranks, rank) && others.length === 0;
    const unmet = [...this.#edges].flatMap(([required, edges]) => {
      const chosen = choices.get(required.id) ?? 0;
      const version = required.candidates[chosen - 1]?.version.text;
      const against = edges.filter((edge) => version !== undefined && isAsked(edge) && !hasRank(edge.admitted, chosen));
      return against.map(({ quote: { key, text } }) => ({ key, text, version }));
    });
    if (unmet.length === 0 || unmet.some(({ key }) => !kept.has(key))) return undefined;
    const wishes = unmet.map(({ key, text, version }) => `${text} and ${key} is kept at ${version}`);
    const names = [...new Set(unmet.map(({ key }) => key))].join(' ');
    return `depends on ${wishes.join(', on ')}; \`tspm update ${names}\` gives way`;
  }

  /** What makes candidates of a package unusable for everybody, told with the first requirement on it. */
  #introduce(named: NamedPackage): Fact<Reason>[] {
    if (this.#introduced.has(named)) return [];
    this.#introduced.add(named);
    const problems = new Map<string, { readonly reason: Reason; readonly ranks: number[] }>();
    for (const [index, { problem }] of named.candidates.entries()) {
      if (problem === undefined) continue;
      const reason: Reason = { kind: 'unusable', key: named.key, topic: problem.topic, problem: problem.text };
      const group = problems.get(problem.text) ?? { reason, ranks: [] };
      group.ranks.push(index + 1);
      problems.set(problem.text, group);
    }
    return [...problems.values()].map(({ reason, ranks }) =>
      factOf([{ package: named.id, ranks: ranksOf(ranks) }], reason),
    );
  }

  #requires(edge: Edge, named: NamedPackage, admitted: RankSet): Fact<Reason>[] {
    const { universe } = this.#tools;
    const { depender, quote } = edge;
    if (admitted.length === 0) return [factOf(depender, this.#noMatch(edge, named))];
    const ranks = complementRanks(admitted, named.candidates.length);
    const facts = [factOf([...depender, { package: named.id, ranks }], { kind: 'requires', quote, flag: false })];
    for (const extra of edge.requirement.extras) {
      const on = { package: universe.flag(named, extra).id, ranks: singleRank(0) };
      facts.push(factOf([...depender, on], { kind: 'requires', quote, flag: true }));
    }
    return facts;
  }

  #noMatch({ quote, requirement }: Edge, named: NamedPackage): Reason {
    const { overrides } = this.#tools.request;
    if (named.absentFrom !== undefined) return { kind: 'missing', quote, asked: named.absentFrom };
    if (isImpossible(overrides.get(named.key) ?? requirement.specifier)) return { kind: 'impossible', quote };
    const finals = named.candidates.filter(({ prerelease }) => !prerelease);
    const newest = (finals.at(-1) ?? named.candidates.at(-1))?.version.text;
    const given = this.#tools.request.direct.get(named.key);
    return { kind: 'no-match', quote, newest, from: given === undefined ? undefined : plainUrl(given.url) };
  }

  /** A URL counts when the project itself gives the same one, or an override replaces it. */
  #refuseReference({ requirement, quote }: Edge): Reason | undefined {
    const { direct, overrides } = this.#tools.request;
    if (requirement.url === undefined || overrides.has(requirement.key)) return undefined;
    const chosen = direct.get(requirement.key);
    if (quote.group !== undefined) {
      if (chosen === undefined) throw new Error(`no candidate was given for ${requirement.key} @ ${requirement.url}`);
      return undefined;
    }
    const url = plainUrl(requirement.url);
    if (chosen === undefined) return { kind: 'reference', quote, url };
    return plainUrl(chosen.url) === url ? undefined : { kind: 'two-sources', quote, url, chosen: plainUrl(chosen.url) };
  }

  #scope(edge: Edge): PythonRange | undefined {
    return this.#tools.request.overrides.has(edge.requirement.key) ? undefined : edge.scope;
  }

  #remember(named: NamedPackage, edge: Edge & { readonly admitted: RankSet }): void {
    const edges = this.#edges.get(named);
    if (edges === undefined) this.#edges.set(named, [edge]);
    else edges.push(edge);
  }
}

/** A fact whose equals are merged. */
export function factOf(terms: readonly Term[], reason: Reason): Fact<Reason> {
  return { terms, reason, key: reasonKey(reason) };
}

function vetoFact(
  { depender }: Edge,
  named: NamedPackage,
  { ranks, reason }: { readonly ranks: RankSet; readonly reason: Reason },
): Fact<Reason> {
  return factOf([...depender, { package: named.id, ranks }], reason);
}

/** A URL without credentials, fragment and trailing slash, to compare and to show. */
function plainUrl(url: string): string {
  return url
    .replace(/#.*$/s, '')
    .replace(/^([a-z+.-]+:\/\/)[^/@]*@/i, '$1')
    .replace(/\/+$/, '');
}
