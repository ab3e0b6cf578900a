/**
 * Checks proofs from outside: every step follows from its two causes, the last is the contradiction, every leaf is true of the index.
 * Works on the plain data that `--json` prints, with its own sets and without the solver.
 */
import { parseSpecifierSet } from '../../src/packaging/specifier.ts';
import { isPrerelease, parseVersion } from '../../src/packaging/version.ts';
import type { ProofGraph, ProofTerm } from '../../src/resolver/model.ts';

/** What is true of one version. */
export interface VersionTruth {
  readonly requires: readonly string[];
  /** Every requires-python that its files or its metadata state. */
  readonly pythons: readonly string[];
  readonly yanked: string | false;
  /** Tags of its wheels; empty when there is a source archive alone. */
  readonly wheels: readonly string[];
  /** Whether there is a source archive. */
  readonly archive: boolean;
  /** When it was uploaded, if anybody says so. */
  readonly uploaded: string | undefined;
  readonly broken: boolean;
}

/** What is true of the world a proof is about. Names are normalised. */
export interface Truth {
  readonly roots: Readonly<Record<string, readonly string[]>>;
  readonly overrides: Readonly<Record<string, string>>;
  /** The version of each package that is given by URL. */
  readonly direct: Readonly<Record<string, string>>;
  /** Every package that exists. */
  readonly names: readonly string[];
  /** The versions of a package by text; undefined when no source has it. */
  versions(name: string): Readonly<Record<string, VersionTruth>> | undefined;
}

/** Everything wrong with a proof; empty for a good one. */
export function proofFaults(graph: ProofGraph, truth: Truth): string[] {
  const checker = new Checker(graph, truth);
  return [...checker.packageFaults(), ...checker.stepFaults()];
}

interface Quote {
  readonly key: string;
  readonly text: string;
  readonly specifier: string;
  readonly group?: string;
  readonly override?: string;
}

/** The fields of all reasons; which there are depends on the kind. */
interface PlainReason {
  readonly kind: string;
  readonly quote: Quote;
  readonly key: string;
  readonly flag?: boolean;
  readonly asked: readonly string[];
  readonly newest?: string;
  readonly from?: string;
  readonly requires: string;
  readonly target: string;
  readonly why: string;
  readonly topic: string;
  readonly url: string;
  readonly parts: readonly { readonly terms: readonly ProofTerm[]; readonly reason: PlainReason }[];
}

/** A clause as a box: the ranks of each package it names; every rank of the others. */
type Box = ReadonlyMap<string, ReadonlySet<number>>;

class Checker {
  readonly #graph: ProofGraph;
  readonly #truth: Truth;

  constructor(graph: ProofGraph, truth: Truth) {
    this.#graph = graph;
    this.#truth = truth;
  }

  /** Packages whose versions are not exactly those that exist. */
  packageFaults(): string[] {
    return Object.entries(this.#graph.packages).flatMap(([name, { kind, versions }]) => {
      if (kind !== 'package') return versions.length === 0 ? [] : [`${name} cannot have versions`];
      const given = this.#truth.direct[name];
      const real = given === undefined ? Object.keys(this.#truth.versions(name) ?? {}) : [given];
      return [...versions].sort().join() === [...real].sort().join() ? [] : [`${name} has other versions`];
    });
  }

  stepFaults(): string[] {
    const { steps } = this.#graph;
    const last = steps.at(-1);
    const faults = steps.flatMap((step, index) => {
      const found = step.kind === 'fact' ? this.#factFaults(step.terms, plain(step.reason)) : this.#follows(index);
      return found.map((fault) => `step ${index}: ${fault}`);
    });
    const isEnd = last?.terms.every((term) => term.package === '(project)' && this.#ranks(term).has(1)) ?? false;
    return isEnd ? faults : [...faults, 'the last step is not the contradiction'];
  }

  /** The box of a derived step must lie in the union of the boxes of its causes. */
  #follows(index: number): string[] {
    const step = this.#graph.steps[index];
    if (step?.kind !== 'derived') return [];
    const causes = step.causes.map((cause) => this.#graph.steps[cause]);
    if (step.causes.some((cause) => cause >= index || cause < 0)) return ['a cause comes later'];
    const boxes = causes.map((cause) => this.#box(cause?.terms ?? []));
    return this.#isCovered(this.#box(step.terms), boxes) ? [] : ['does not follow from its causes'];
  }

  /**
   * A box lies in a union of boxes if one of them holds it, or if all hold it everywhere but at one place, and together there. For
   * two boxes no other way exists.
   */
  #isCovered(box: Box, others: readonly Box[]): boolean {
    const names = new Set([box, ...others].flatMap((one) => [...one.keys()]));
    const isInside = (name: string, sides: readonly Box[]): boolean => {
      const union = new Set(sides.flatMap((side) => [...this.#side(side, name)]));
      return [...this.#side(box, name)].every((rank) => union.has(rank));
    };
    const open = (other: Box): string[] => [...names].filter((name) => !isInside(name, [other]));
    if (others.some((other) => open(other).length === 0)) return true;
    return [...names].some(
      (place) => others.every((other) => open(other).every((name) => name === place)) && isInside(place, others),
    );
  }

  #side(box: Box, name: string): ReadonlySet<number> {
    const known = box.get(name);
    if (known !== undefined) return known;
    return new Set(Array.from({ length: this.#size(name) + 1 }, (_, rank) => rank));
  }

  #box(terms: readonly ProofTerm[]): Box {
    return new Map(terms.map((term) => [term.package, this.#ranks(term)]));
  }

  #ranks({ ranks }: ProofTerm): Set<number> {
    const found = new Set<number>();
    for (let i = 0; i < ranks.length; i += 2) {
      for (let rank = ranks[i] ?? 0; rank < (ranks[i + 1] ?? 0); rank++) found.add(rank);
    }
    return found;
  }

  #size(name: string): number {
    const known = this.#graph.packages[name];
    if (known === undefined) throw new Error(`${name} is not among the packages`);
    return known.kind === 'package' ? known.versions.length : 1;
  }

  /** The versions a term names, as text; absence left out. */
  #versions(term: ProofTerm): string[] {
    const { versions } = this.#graph.packages[term.package] ?? { versions: [] };
    return [...this.#ranks(term)].flatMap((rank) => (rank === 0 ? [] : (versions[rank - 1] ?? [])));
  }

  #factFaults(terms: readonly ProofTerm[], reason: PlainReason): string[] {
    switch (reason.kind) {
      case 'requires':
        return [...this.#quoteFaults(terms, reason.quote), ...this.#targetFaults(terms, reason)];
      case 'no-match':
      case 'impossible':
        return [...this.#quoteFaults(terms, reason.quote), ...this.#unmatchedFaults(reason.quote)];
      case 'missing': {
        const isThere = this.#truth.versions(reason.quote.key) !== undefined;
        return [...this.#quoteFaults(terms, reason.quote), ...(isThere ? [`${reason.quote.key} exists`] : [])];
      }
      case 'reference':
      case 'two-sources':
        return [
          ...this.#quoteFaults(terms, reason.quote),
          ...(/\s@\s/.test(reason.quote.text) ? [] : ['is no reference']),
        ];
      case 'other-self':
        return this.#quoteFaults(terms, reason.quote);
      case 'python':
        return [
          ...this.#each(terms, reason.key, (one, text) =>
            one.pythons.includes(text) ? [] : [`does not need Python ${text}`],
          )(reason.requires),
          ...(isOutside(reason.target, reason.requires) ? [] : [`${reason.requires} covers ${reason.target}`]),
        ];
      case 'yanked':
        return this.#each(terms, reason.key, (one, why) => (one.yanked === why ? [] : ['was not withdrawn so']))(
          reason.why,
        );
      case 'prerelease':
        return this.#own(terms, reason.key)
          .filter((version) => !isPrerelease(parseVersion(version)))
          .map((version) => `${version} is no pre-release`);
      case 'unusable':
        return this.#each(terms, reason.key, unusableFaults)(reason.topic);
      case 'together': {
        const boxes = reason.parts.map((part) => this.#box(part.terms));
        const parts = reason.parts.flatMap((part) => this.#factFaults(part.terms, part.reason));
        return this.#isCovered(this.#box(terms), boxes) ? parts : [...parts, 'says more than its parts'];
      }
      default:
        return [`a reason of unknown kind ${reason.kind}`];
    }
  }

  /** Whoever depends must have written the requirement. */
  #quoteFaults(terms: readonly ProofTerm[], quote: Quote): string[] {
    const dependers = terms.filter(({ negative }) => !negative);
    if (quote.group !== undefined) {
      const isWritten = this.#truth.roots[quote.group]?.includes(quote.text) ?? false;
      const isRoot = dependers.every((term) => term.package === '(project)');
      return isWritten && isRoot ? [] : [`group ${quote.group} does not require ${quote.text}`];
    }
    const [depender] = dependers.filter(({ package: name }) => this.#graph.packages[name]?.kind === 'package');
    if (depender === undefined) return [`nobody requires ${quote.text}`];
    const versions = this.#truth.versions(depender.package) ?? {};
    return this.#versions(depender)
      .filter((version) => !(versions[version]?.requires ?? []).some((line) => bare(line) === bare(quote.text)))
      .map((version) => `${depender.package} ${version} does not require ${quote.text}`);
  }

  /** Nothing that a requirement admits may be among what its fact rules out, and the other way round. */
  #targetFaults(terms: readonly ProofTerm[], { quote, flag }: PlainReason): string[] {
    const target = terms.find(({ negative }) => negative);
    if (target === undefined) return ['a requirement without a package'];
    if (flag === true) {
      const [, extra = ''] = /\[(.*)\]/.exec(target.package) ?? [];
      const isAsked = quote.text.toLowerCase().includes(extra);
      return isAsked && this.#ranks(target).has(0) ? [] : [`${quote.text} does not ask for ${extra}`];
    }
    if (target.package !== quote.key) return [`is about ${target.package} and not ${quote.key}`];
    const refused = this.#versions(target).filter((version) => this.#admits(quote, version));
    const admitted = new Set(this.#versions(target));
    const lost = (this.#graph.packages[quote.key]?.versions ?? [])
      .filter((version) => !admitted.has(version) && !this.#admits(quote, version))
      .map((version) => `${quote.text} does not admit ${version}`);
    return [...refused.map((version) => `${quote.text} admits ${version}`), ...lost];
  }

  #unmatchedFaults(quote: Quote): string[] {
    const given = this.#truth.direct[quote.key];
    const versions = given === undefined ? Object.keys(this.#truth.versions(quote.key) ?? {}) : [given];
    return versions
      .filter((version) => this.#admits(quote, version))
      .map((version) => `${quote.text} is met by ${version}`);
  }

  #admits({ key, specifier, override, text }: Quote, version: string): boolean {
    if (override !== this.#truth.overrides[key]) throw new Error(`${text} speaks of the override ${override}`);
    if (this.#truth.direct[key] !== undefined && /\s@\s/.test(text)) return true;
    return parseSpecifierSet(override ?? specifier).contains(parseVersion(version));
  }

  #own(terms: readonly ProofTerm[], key: string): string[] {
    return terms.filter((term) => term.package === key).flatMap((term) => this.#versions(term));
  }

  #each(
    terms: readonly ProofTerm[],
    key: string,
    test: (one: VersionTruth, text: string) => readonly string[],
  ): (text: string) => string[] {
    return (text) =>
      this.#own(terms, key).flatMap((version) => {
        const one = this.#truth.versions(key)?.[version];
        const found = one === undefined ? ['does not exist'] : test(one, text);
        return found.map((fault) => `${key} ${version} ${fault}`);
      });
  }
}

const PYTHONS = Array.from({ length: 30 }, (_, minor) => parseVersion(`3.${minor}.1`));

/** Whether some interpreter is in the one range and not in the other. */
function isOutside(target: string, requires: string): boolean {
  return PYTHONS.some(
    (python) => parseSpecifierSet(target).contains(python) && !parseSpecifierSet(requires).contains(python),
  );
}

/** Whether a version is unusable for the reason named. */
function unusableFaults(
  { wheels, archive, uploaded, broken, requires }: VersionTruth,
  topic: string,
): readonly string[] {
  const isUnreadable = broken || requires.some((line) => !/^\s*[A-Za-z0-9]/.test(line));
  const known: Readonly<Record<string, boolean>> = {
    metadata: isUnreadable,
    'source-only': wheels.length === 0,
    'no-archive': !archive,
    'must-build': archive && !wheels.some((tag) => tag.endsWith('-any')),
    'no-wheel': wheels.length > 0 && !wheels.includes('py3-none-any'),
    'too-new': uploaded !== undefined,
  };
  return known[topic] === true ? [] : [`is not unusable for ${topic}`];
}

function plain(reason: Readonly<Record<string, unknown>>): PlainReason {
  // Which fields there are follows from `kind`; a missing one makes a check fail.
  return reason as unknown as PlainReason;
}

/** A requirement without its marker, blanks and the password of its URL. */
function bare(text: string): string {
  const [line = ''] = /\s@\s/.test(text) ? text.split(/\s;/, 1) : text.split(';', 1);
  return line.replace(/\/\/[^/@]*@/, '//').replaceAll(/\s/g, '');
}
