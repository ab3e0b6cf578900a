import {
  type MarkerSet,
  ALWAYS,
  formatMarkerSet,
  markerAnd,
  markerSetOf,
  pythonRangeOf,
} from '../../packaging/marker-set.ts';
import type { CoreMetadata } from '../../packaging/metadata.ts';
import type { PythonRange } from '../../packaging/python-range.ts';
import type { Requirement } from '../../packaging/requirement.ts';
import type { MetadataAnswer, ResolutionRequest, ResolutionServices } from '../model.ts';
import type { Fact, Term } from '../pubgrub/incompatibility.ts';
import { hasRank, singleRank } from '../pubgrub/rank-set.ts';
import type { Choice, Need } from '../pubgrub/solver.ts';
import { type Dependencies, type DependenciesAnswer, readDependencies } from './dependencies.ts';
import { type ApplicableLine, ApplicableLines } from './applicable.ts';
import { EdgeFacts, factOf } from './edges.ts';
import { Fetching, type MetadataRequest } from './fetching.ts';
import { Lowering } from './lowering.ts';
import { Policy } from './policy.ts';
import type { Reason, RequirementQuote, UnusableTopic } from './reason.ts';
import { liveRoots } from './roots.ts';
import { type FlagPackage, type NamedPackage, ROOT, Universe } from './universe.ts';
import { type UsabilityRules, candidatesOf, directCandidate } from './usability.ts';
import { Vetoes } from './vetoes.ts';

/** After so many neighbouring candidates of one package, older ones are fetched ahead. */
const SHORTEST_RUN = 10;
const LARGEST_BATCH = 100;

const MUST_BUILD = 'has to be built to learn its requirements';

/** A candidate whose dependencies were given to the solver. */
export interface ReadCandidate {
  readonly named: NamedPackage;
  readonly rank: number;
  readonly metadata: CoreMetadata;
  readonly dependencies: Dependencies;
  /** The extras whose requirements were given too. */
  readonly told: Set<string>;
}

/** Answers the solver: fetches what a choice needs and turns it into facts. Only answers asked for are ever looked at. */
export class Provider {
  readonly universe = new Universe();
  readonly fetching: Fetching;
  readonly edges: EdgeFacts;
  readonly applicable: ApplicableLines;
  readonly #request: ResolutionRequest;
  readonly #services: ResolutionServices;
  readonly #rules: UsabilityRules;
  readonly #policy: Policy;
  readonly #vetoes: Vetoes;
  readonly #read = new Map<NamedPackage, ReadCandidate[]>();
  readonly #parsed = new WeakMap<CoreMetadata, DependenciesAnswer>();

  constructor(request: ResolutionRequest, services: ResolutionServices) {
    const lowering = new Lowering();
    this.#request = request;
    this.#services = services;
    this.#rules = { target: request.target, files: request.files, sourceOrder: request.sourceOrder };
    this.#policy = new Policy(request, lowering);
    this.#vetoes = new Vetoes(this.#policy);
    this.applicable = new ApplicableLines(request);
    this.edges = new EdgeFacts({
      request,
      universe: this.universe,
      lowering,
      policy: this.#policy,
      vetoes: this.#vetoes,
    });
    this.fetching = new Fetching(services, (asked) => this.#leadsTo(asked));
  }

  /** Every fact a choice brings. Rejects only with operational errors. */
  async answer({ choice, likely }: Need): Promise<readonly Fact<Reason>[]> {
    const chosen = this.universe.package(choice.package);
    switch (chosen.kind) {
      case 'root':
        return this.#answerRoot();
      case 'flag':
        return this.#answerFlag(chosen);
      default:
        return this.#answerCandidate(chosen, choice.rank, () => this.#metadataRequests(likely()));
    }
  }

  /** What was read of a candidate the solver selected. */
  readingOf(named: NamedPackage, rank: number): ReadCandidate {
    const reading = this.#read.get(named)?.find((one) => one.rank === rank);
    if (reading === undefined) throw new Error(`${named.key} was selected without its dependencies being known`);
    return reading;
  }

  async #answerRoot(): Promise<Fact<Reason>[]> {
    const roots = liveRoots(this.#request);
    this.fetching.prefetchListings(this.#request.preferences.keys());
    await this.#discover(roots.map(({ requirement }) => requirement));
    const depender: Term[] = [{ package: ROOT, ranks: singleRank(1) }];
    return roots.flatMap(({ requirement, group, origin, prereleases }) => {
      const marker = markerSetOf(requirement.marker);
      const quote = this.#quote({ requirement, text: origin, marker, group });
      return this.edges.of({ depender, requirement, quote, marker, scope: this.#scope(marker), prereleases });
    });
  }

  async #answerCandidate(
    named: NamedPackage,
    rank: number,
    likely: () => readonly MetadataRequest[],
  ): Promise<Fact<Reason>[]> {
    const itself: Term = { package: named.id, ranks: singleRank(rank) };
    const candidate = named.candidates[rank - 1];
    if (candidate === undefined) throw new Error(`${named.key} has no candidate ${rank}`);
    const unusable = (problem: string, topic: UnusableTopic = 'metadata'): Fact<Reason>[] => {
      this.edges.ruledOut(candidate, problem);
      return [factOf([itself], { kind: 'unusable', key: named.key, topic, problem })];
    };
    this.#services.reporter.emit({ kind: 'resolve:decide', name: named.key, version: candidate.version.text });
    const ahead = () => [...likely(), ...this.#older(named, rank)];
    const asked: MetadataRequest = { key: named.key, candidate };
    const told = await this.fetching.metadata(asked, ahead);
    const answer = told.kind === 'must-build' ? await this.fetching.build(asked) : told;
    if (answer.kind === 'must-build') return unusable(MUST_BUILD, 'must-build');
    if (answer.kind === 'unusable') return unusable(`cannot be used (${answer.reason})`);
    const read = this.#dependencies(answer.metadata);
    if (read.kind === 'unreadable') return unusable(`has metadata that cannot be read (${read.problem})`);
    const late = this.#vetoes.learnPython(named, rank, answer.metadata.requiresPython)
      ? this.edges.ofLatePython(named, rank)
      : [];
    const { metadata } = answer;
    const reading: ReadCandidate = { named, rank, metadata, dependencies: read.dependencies, told: new Set() };
    this.#remember(reading);
    const wanted = { extras: this.#mentionedExtras(named.key), plain: true };
    const applicable = this.applicable.of(named.key, reading.dependencies, wanted);
    return [...late, ...(await this.#tell(reading, applicable))];
  }

  /** The requirements of an extra, for every candidate that was read before anybody asked for it. */
  async #answerFlag({ base, extra }: FlagPackage): Promise<Fact<Reason>[]> {
    const lines = (this.#read.get(base) ?? [])
      .filter(({ told }) => !told.has(extra))
      .map((reading) => {
        const wanted = { extras: [extra], plain: false };
        return { reading, applicable: this.applicable.of(base.key, reading.dependencies, wanted) };
      });
    await this.#discoverLines(lines.flatMap(({ applicable }) => applicable));
    return lines.flatMap(({ reading, applicable }) => applicable.flatMap((line) => this.#factsOfLine(reading, line)));
  }

  async #tell(reading: ReadCandidate, applicable: readonly ApplicableLine[]): Promise<Fact<Reason>[]> {
    await this.#discoverLines(applicable);
    return applicable.flatMap((line) => this.#factsOfLine(reading, line));
  }

  #factsOfLine({ named, rank, told }: ReadCandidate, { line, extra, marker, isSelf }: ApplicableLine): Fact<Reason>[] {
    const depender: Term[] = [{ package: named.id, ranks: singleRank(rank) }];
    if (extra !== undefined) {
      told.add(extra);
      depender.push({ package: this.universe.flag(named, extra).id, ranks: singleRank(1) });
    }
    const quote = this.#quote({
      requirement: line.requirement,
      text: quoteText(line.text, marker),
      marker,
      group: undefined,
    });
    if (isSelf) return this.#factsAboutSelf(named, rank, { depender, quote, requirement: line.requirement });
    const { requirement } = line;
    return this.edges.of({ depender, requirement, quote, marker, scope: this.#scope(marker), prereleases: undefined });
  }

  /** A package that requires itself: its extras count, its version either fits or rules the candidate out. */
  #factsAboutSelf(
    named: NamedPackage,
    rank: number,
    {
      depender,
      quote,
      requirement,
    }: { readonly depender: readonly Term[]; readonly quote: RequirementQuote; readonly requirement: Requirement },
  ): Fact<Reason>[] {
    const version = named.candidates[rank - 1]?.version;
    if (version !== undefined && !requirement.specifier.contains(version)) {
      return [factOf(depender, { kind: 'other-self', quote })];
    }
    const asked = new Set(depender.map((term) => term.package));
    return requirement.extras.flatMap((extra) => {
      const flag = this.universe.flag(named, extra);
      if (asked.has(flag.id)) return [];
      return [
        factOf([...depender, { package: flag.id, ranks: singleRank(0) }], { kind: 'requires', quote, flag: true }),
      ];
    });
  }

  #discoverLines(lines: readonly ApplicableLine[]): Promise<void> {
    return this.#discover(lines.filter(({ isSelf }) => !isSelf).map(({ line }) => line.requirement));
  }

  /** Fetches the listings of requirements not met before, in one wave, and adds their packages in order. */
  async #discover(requirements: readonly Requirement[]): Promise<void> {
    const { direct } = this.#request;
    const keys = requirements.filter((one) => this.applicable.needsCandidates(one)).map(({ key }) => key);
    const unknown = [...new Set(keys)].filter((key) => this.universe.named(key) === undefined);
    const wanted = unknown.filter((key) => !direct.has(key));
    const listings = await this.fetching.listings(wanted);
    const byKey = new Map(wanted.map((key, index) => [key, listings[index]]));
    for (const key of unknown) {
      const taste = (named: NamedPackage) => this.#policy.taste(named);
      const given = direct.get(key);
      const listing = byKey.get(key);
      if (given !== undefined) this.universe.add(key, [directCandidate(given)], { taste });
      else if (listing !== undefined) this.universe.add(key, candidatesOf(listing, this.#rules), { listing, taste });
    }
  }

  #leadsTo({ key }: MetadataRequest): (answer: MetadataAnswer) => readonly string[] {
    const extras = this.#mentionedExtras(key);
    return (answer) => {
      const read = answer.kind === 'metadata' ? this.#dependencies(answer.metadata) : undefined;
      if (read?.kind !== 'read') return [];
      const applicable = this.applicable.of(key, read.dependencies, { extras, plain: true });
      return this.#listingKeys(applicable.filter(({ isSelf }) => !isSelf).map(({ line }) => line.requirement));
    };
  }

  #mentionedExtras(key: string): string[] {
    const named = this.universe.named(key);
    return named === undefined ? [] : this.universe.flagsOf(named).map(({ extra }) => extra);
  }

  #dependencies(metadata: CoreMetadata): DependenciesAnswer {
    const known = this.#parsed.get(metadata) ?? readDependencies(metadata);
    this.#parsed.set(metadata, known);
    return known;
  }

  #listingKeys(requirements: readonly Requirement[]): string[] {
    const { direct } = this.#request;
    const named = requirements.filter((one) => this.applicable.needsCandidates(one) && !direct.has(one.key));
    return named.map(({ key }) => key);
  }

  #metadataRequests(choices: readonly Choice[]): MetadataRequest[] {
    return choices.flatMap(({ package: id, rank }) => {
      const chosen = this.universe.package(id);
      const candidate = chosen.kind === 'named' ? chosen.candidates[rank - 1] : undefined;
      return chosen.kind === 'named' && candidate !== undefined ? [{ key: chosen.key, candidate }] : [];
    });
  }

  /** Older candidates that will probably be read: where one after the other was, as many again. */
  #older(named: NamedPackage, rank: number): MetadataRequest[] {
    const read = new Set(this.#read.get(named)?.map((one) => one.rank));
    let run = 0;
    while (read.has(rank + 1 + run)) run++;
    if (run < SHORTEST_RUN) return [];
    const allowed = this.edges.allowedByProject(named);
    const older = named.candidates.flatMap((candidate, index) => {
      const isUsable = candidate.problem === undefined && candidate.yanked === false && !candidate.isArchive;
      return isUsable && index + 1 < rank && hasRank(allowed, index + 1) ? [{ key: named.key, candidate }] : [];
    });
    return older.slice(-Math.min(run, LARGEST_BATCH)).reverse();
  }

  #remember(reading: ReadCandidate): void {
    const readings = this.#read.get(reading.named);
    if (readings === undefined) this.#read.set(reading.named, [reading]);
    else readings.push(reading);
  }

  /** The interpreters a requirement applies to. */
  #scope(marker: MarkerSet): PythonRange {
    const { python, environment } = this.#request.target;
    return marker === ALWAYS ? python : pythonRangeOf(markerAnd(marker, environment));
  }

  #quote({ requirement, text, marker, group }: Quotable): RequirementQuote {
    const { key, specifier } = requirement;
    const override = this.#request.overrides.get(key)?.toString();
    return { key, text, specifier: specifier.toString(), group, condition: formatMarkerSet(marker), override };
  }
}

interface Quotable {
  readonly requirement: Requirement;
  readonly text: string;
  readonly marker: MarkerSet;
  readonly group: string | undefined;
}

/** The requirement as written, with what is left of its marker. */
function quoteText(text: string, marker: MarkerSet): string {
  const condition = formatMarkerSet(marker);
  return condition === undefined ? text : `${text}; ${condition}`;
}
