import { unreachable } from '../errors.ts';
import { operandOf, type Specifier } from './specifier-clause.ts';
import type { PrereleasePolicy, SpecifierSet } from './specifier.ts';
import {
  aboveExactly,
  aboveLocals,
  abovePosts,
  abovePrefix,
  below,
  belowPrefix,
  belowWithPrereleases,
  isBetween,
  LOWEST_CUT,
  type Cut,
} from './version-cut.ts';
import { compareEpochAndRelease, compareVersions, isPrerelease, tryParseVersion, type Version } from './version.ts';

/**
 * A set of versions: ascending places in the order of PEP 440 where membership changes, starting outside. Immutable; equal sets
 * have equal structure. Pre-releases are versions like any other here.
 */
export interface VersionSet {
  readonly cuts: readonly Cut[];
  /** Whether texts that are no versions belong to the set too; of sets of specifiers only to that without clauses. */
  readonly texts: boolean;
}

/** Nothing. */
export const EMPTY: VersionSet = { cuts: [], texts: false };
/** Everything. */
export const ALL: VersionSet = { cuts: [LOWEST_CUT], texts: true };

/** The versions that satisfy all clauses; `===` stands for the version its text spells, or for none. */
export function versionSetOf(specifiers: SpecifierSet): VersionSet {
  return specifiers.clauses.map(setOfClause).reduce(intersect, ALL);
}

/** The versions in either set. */
export function union(a: VersionSet, b: VersionSet): VersionSet {
  return combine(a, b, (inA, inB) => inA || inB);
}

/** The versions in both sets. */
export function intersect(a: VersionSet, b: VersionSet): VersionSet {
  if (a === ALL) return b;
  if (b === ALL) return a;
  return combine(a, b, (inA, inB) => inA && inB);
}

/** The versions outside the set. */
export function complement(set: VersionSet): VersionSet {
  const [first, ...rest] = set.cuts;
  const cuts = first !== undefined && compareVersions(first, LOWEST_CUT) === 0 ? rest : [LOWEST_CUT, ...set.cuts];
  return { cuts, texts: !set.texts };
}

/** Whether every version of `a` is in `b`. */
export function isSubset(a: VersionSet, b: VersionSet): boolean {
  return isEmpty(combine(a, b, (inA, inB) => inA && !inB));
}

/** Whether no version is in both sets. */
export function isDisjoint(a: VersionSet, b: VersionSet): boolean {
  return isEmpty(intersect(a, b));
}

/** Whether the set holds nothing. */
export function isEmpty(set: VersionSet): boolean {
  return set.cuts.length === 0 && !set.texts;
}

/** Whether the set holds a version. */
export function containsVersion(set: VersionSet, version: Version): boolean {
  let low = 0;
  let high = set.cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const cut = set.cuts[middle];
    if (cut !== undefined && compareVersions(cut, version) <= 0) low = middle + 1;
    else high = middle;
  }
  return low % 2 === 1;
}

/** Whether the set holds a version that is neither pre- nor development release. */
export function holdsStable(set: VersionSet): boolean {
  return set.cuts.some((start, i) => i % 2 === 0 && holdsStableBetween(start, set.cuts[i + 1]));
}

/** Whether no candidate at all can satisfy the clauses; with `prereleases: false` no stable one. */
export function isUnsatisfiable(specifiers: SpecifierSet, policy: PrereleasePolicy = {}): boolean {
  const arbitrary = specifiers.clauses.find(({ operator }) => operator === '===');
  // `===` compares texts: the only candidate in question is the text itself.
  if (arbitrary !== undefined) return !specifiers.contains(arbitrary.version, policy);
  const set = versionSetOf(specifiers);
  return policy.prereleases === false ? !holdsStable(set) : isEmpty(set);
}

/** The intervals of the set, for people: `[1.0, 2.dev0) | (3.post*, +inf)`. */
export function formatVersionSet(set: VersionSet): string {
  const intervals: string[] = [];
  for (let i = 0; i < set.cuts.length; i += 2) {
    intervals.push(`${formatStart(set.cuts[i])}, ${formatEnd(set.cuts[i + 1])}`);
  }
  return intervals.length === 0 ? '(none)' : intervals.join(' | ');
}

function setOfClause(clause: Specifier): VersionSet {
  const operand = operandOf(clause);
  if (operand.kind === 'text') return setOfText(operand.text);
  const { version } = operand;
  switch (clause.operator) {
    case '==':
      return operand.kind === 'prefix' ? between(belowPrefix(version), abovePrefix(version)) : setOfEqual(version);
    case '!=':
      return { ...complement(setOfClause({ ...clause, operator: '==' })), texts: false };
    case '>=':
      return between(below(version));
    case '<=':
      return between(LOWEST_CUT, aboveLocals(version));
    case '>':
      return between(
        version.post === undefined && version.dev === undefined ? abovePosts(version) : aboveLocals(version),
      );
    case '<':
      return between(LOWEST_CUT, belowWithPrereleases(version));
    case '~=':
      return between(below(version), abovePrefix({ ...version, release: version.release.slice(0, -1) }));
    case '===':
      return EMPTY;
    default:
      return unreachable(clause.operator);
  }
}

function setOfEqual(version: Version): VersionSet {
  return between(below(version), version.local === undefined ? aboveLocals(version) : aboveExactly(version));
}

function setOfText(text: string): VersionSet {
  const version = tryParseVersion(text);
  return version === undefined ? EMPTY : between(below(version), aboveExactly(version));
}

function between(start: Cut, end?: Cut): VersionSet {
  if (end === undefined) return { cuts: [start], texts: false };
  return compareVersions(start, end) < 0 ? { cuts: [start, end], texts: false } : EMPTY;
}

/** Walks both lists of cuts in order and keeps a cut wherever `member` changes. */
function combine(a: VersionSet, b: VersionSet, member: (inA: boolean, inB: boolean) => boolean): VersionSet {
  const cuts: Cut[] = [];
  let i = 0;
  let j = 0;
  while (i < a.cuts.length || j < b.cuts.length) {
    const x = a.cuts[i];
    const y = b.cuts[j];
    const order = x === undefined ? 1 : y === undefined ? -1 : compareVersions(x, y);
    const before = member(i % 2 === 1, j % 2 === 1);
    if (order <= 0) i++;
    if (order >= 0) j++;
    const cut = order <= 0 ? x : y;
    if (cut !== undefined && member(i % 2 === 1, j % 2 === 1) !== before) cuts.push(cut);
  }
  return { cuts, texts: member(a.texts, b.texts) };
}

function holdsStableBetween(start: Cut, end: Cut | undefined): boolean {
  const stable = firstStableFrom(start);
  // Above all post-releases there is no first version, but releases such as 1.0.0.1 lie as near as wanted.
  if (stable.post === Infinity) return end === undefined || compareEpochAndRelease(stable, end) < 0;
  return end === undefined || compareVersions(stable, end) < 0;
}

function firstStableFrom(cut: Cut): Version {
  if (!isPrerelease(cut)) return cut;
  const parts = { ...cut, dev: undefined, local: undefined };
  return cut.pre === undefined ? parts : { ...parts, pre: undefined, post: undefined };
}

function formatStart(cut: Cut | undefined): string {
  if (cut === undefined || compareVersions(cut, LOWEST_CUT) === 0) return '(-inf';
  return isBetween(cut) ? `(${formatBetween(cut)}` : `[${cut.text}`;
}

function formatEnd(cut: Cut | undefined): string {
  if (cut === undefined) return '+inf)';
  return isBetween(cut) ? `${formatBetween(cut)}]` : `${cut.text})`;
}

function formatBetween(cut: Cut): string {
  return cut.post === Infinity ? cut.text.replace('Infinity', '*') : cut.text.replace(/[+.]$/, '');
}
