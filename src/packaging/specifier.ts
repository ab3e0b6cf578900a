import { sortedBy } from '../util/collections.ts';
import { isTspmError, TspmError } from '../errors.ts';
import { trimBlanks } from './blank.ts';
import { requireIterable, requireObject, requireText } from './input.ts';
import { clauseKey, clauseTest, namesPrerelease, parseSpecifier, type Specifier } from './specifier-clause.ts';
import { isPrerelease, requireVersion, tryParseVersion, type Version } from './version.ts';

export type { Specifier } from './specifier-clause.ts';

/** How pre-releases are treated: true takes them, false never, absent only when asked for or when nothing else matches. */
export interface PrereleasePolicy {
  readonly prereleases?: boolean | undefined;
}

/** Clauses that must all hold (PEP 440); immutable. Build it with {@link parseSpecifierSet}. */
export class SpecifierSet {
  /** Sorted as text; of clauses with one meaning the first is kept. */
  readonly clauses: readonly Specifier[];
  /** Whether a clause names a pre-release, which asks for pre-releases. */
  readonly namesPrerelease: boolean;
  // Compiled on first use: of the many sets read from metadata few are ever asked.
  #tests: readonly ((version: Version) => boolean)[] | undefined;
  readonly #texts: readonly string[];

  constructor(clauses: readonly Specifier[]) {
    this.clauses = clauses.length > 1 ? distinctClauses(clauses) : clauses;
    this.namesPrerelease = this.clauses.some(namesPrerelease);
    this.#texts = this.clauses.filter(({ operator }) => operator === '===').map(({ version }) => version.toLowerCase());
  }

  /** Whether one candidate matches; by default a pre-release may. A text that is no version matches `===` and the empty set only. */
  contains(candidate: Version | string, policy: PrereleasePolicy = {}): boolean {
    const prereleases = wantedPrereleases(policy);
    const version = versionOf(candidate);
    if (prereleases === false && version !== undefined && isPrerelease(version)) return false;
    return this.#matches(version, typeof candidate === 'string' ? candidate : candidate.text);
  }

  /** The candidates that match, in their order; by default pre-releases only when asked for or when nothing else matches. */
  filter<T extends Version | string>(candidates: Iterable<T>, policy: PrereleasePolicy = {}): T[] {
    const wanted = wantedPrereleases(policy) ?? (this.namesPrerelease || undefined);
    const all = requireIterable(candidates, 'TSPM_INVALID_VERSION', 'versions');
    const matching = all.filter((candidate) => this.contains(candidate));
    if (wanted === true) return matching;
    const stable = matching.filter((candidate) => stability(candidate) !== 'prerelease');
    if (wanted === false) return stable;
    // A text that is no version does not keep pre-releases out.
    return stable.some((candidate) => stability(candidate) === 'stable') ? stable : matching;
  }

  /** The clauses joined with `,` without blanks, empty for any version. */
  toString(): string {
    return this.clauses.map(({ text }) => text).join(',');
  }

  #matches(version: Version | undefined, text: string): boolean {
    if (this.#texts.length > 0) {
      const lower = text.toLowerCase();
      if (this.#texts.some((wanted) => wanted !== lower)) return false;
    }
    this.#tests ??= this.clauses.map(clauseTest).filter((test) => test !== undefined);
    return version === undefined ? this.#tests.length === 0 : this.#tests.every((test) => test(version));
  }
}

/** The set without clauses: every version. */
export const ANY_VERSION: SpecifierSet = new SpecifierSet([]);

const INTERNED_LIMIT = 50_000;
const interned = new Map<string, SpecifierSet>();

/** Reads clauses separated by commas (PEP 440; empty clauses are skipped); throws TSPM_INVALID_SPECIFIER. */
export function parseSpecifierSet(text: string): SpecifierSet {
  requireText(text, 'TSPM_INVALID_SPECIFIER', 'version specifier');
  const known = interned.get(text);
  if (known !== undefined) return known;
  const clauses = text.split(',').filter((clause) => trimBlanks(clause) !== '');
  const set = clauses.length === 0 ? ANY_VERSION : new SpecifierSet(clauses.map(parseSpecifier));
  if (interned.size >= INTERNED_LIMIT) interned.clear();
  interned.set(text, set);
  return set;
}

/** As {@link parseSpecifierSet} for metadata of others: mistakes that older tools let pass are mended first. */
export function parseLegacySpecifierSet(text: string): SpecifierSet {
  return parseMended(text, REPAIRS);
}

/** As {@link parseSpecifierSet} for requirement lines of projects: of the mistakes in metadata, those are mended that PDM mends there, too. */
export function parseProjectSpecifierSet(text: string): SpecifierSet {
  return parseMended(text, PROJECT_REPAIRS);
}

/** A mistake and how it is read. */
type Repair = readonly [mistake: RegExp, correction: string];

/** `>=1.9.*` */
const ORDERED_WILDCARD: Repair = [/([<>]=?\s*\d+(?:\.\d+)*)\.\*/g, '$1'];
/** `>=1.0+abc` */
const ORDERED_LOCAL: Repair = [/((?:[<>]=?|~=)\s*[^\s,+]+)\+[a-zA-Z0-9._-]+/g, '$1'];
const PROJECT_REPAIRS: readonly Repair[] = [ORDERED_WILDCARD, ORDERED_LOCAL];

/** Mistakes in published metadata and how they are read, in the order they are tried (that of uv); each builds on the one before. */
const REPAIRS: readonly Repair[] = [
  // `>=7.2.0<8`
  [/([\d*])\s*(===|[=!<>~]=|[<>])/g, '$1,$2'],
  // `!=~5.0`
  [/!=~\s*(\d+(?:\.\d+)*)/g, '!=$1.*'],
  ORDERED_WILDCARD,
  // `!=3.0*`
  [/([=!]=\s*\d+(?:\.\d+)*)\*/g, '$1.*'],
  // `>dev`
  [/>\s*dev/g, '>0.0.0dev'],
  // `>=9.0.0a1.0`
  [/(\d(?:a|b|rc)\d+)(?:\.0+)+(?=\s*(?:,|$))/g, '$1'],
  // `>= '3.6'`
  [/['"]/g, ''],
  ORDERED_LOCAL,
];

function distinctClauses(clauses: readonly Specifier[]): Specifier[] {
  const distinct = new Map<string, Specifier>();
  for (const clause of sortedBy(clauses, ({ text }) => text)) {
    const key = clauseKey(clause);
    if (!distinct.has(key)) distinct.set(key, clause);
  }
  return [...distinct.values()];
}

function stability(candidate: Version | string): 'stable' | 'prerelease' | 'unknown' {
  const version = versionOf(candidate);
  if (version === undefined) return 'unknown';
  return isPrerelease(version) ? 'prerelease' : 'stable';
}

/** Undefined for a text that is no version. */
function versionOf(candidate: Version | string): Version | undefined {
  return typeof candidate === 'string' ? tryParseVersion(candidate) : requireVersion(candidate);
}

function wantedPrereleases(policy: PrereleasePolicy): boolean | undefined {
  requireObject(policy, 'TSPM_INVALID_SPECIFIER', 'the policy for pre-releases');
  const wanted: unknown = policy.prereleases;
  if (wanted === undefined || typeof wanted === 'boolean') return wanted;
  throw new TspmError('TSPM_INVALID_SPECIFIER', 'the policy for pre-releases must be true, false or undefined');
}

function parseMended(text: string, repairs: readonly Repair[]): SpecifierSet {
  try {
    return parseSpecifierSet(text);
  } catch (error) {
    if (!isTspmError(error)) throw error;
    return parseRepaired(text, repairs, error);
  }
}

function parseRepaired(text: string, repairs: readonly Repair[], original: TspmError): SpecifierSet {
  let repaired = text;
  // Twice, as one mistake can hide another from a repair that comes before its own.
  for (const [mistake, correction] of [...repairs, ...repairs]) {
    const next = repaired.replaceAll(mistake, correction);
    if (next === repaired) continue;
    repaired = next;
    try {
      return parseSpecifierSet(repaired);
    } catch (error) {
      if (!isTspmError(error)) throw error;
    }
  }
  throw original;
}
