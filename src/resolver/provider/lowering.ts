import type { SpecifierSet } from '../../packaging/specifier.ts';
import { isEmpty, versionSetOf } from '../../packaging/version-set.ts';
import { type Version, compareVersions, publicVersion, tryParseVersion } from '../../packaging/version.ts';
import { type RankSet, NO_RANKS, allCandidates, uniteRanks } from '../pubgrub/rank-set.ts';
import { type NamedPackage, ranksWhere } from './universe.ts';

/** Turns specifiers into the ranks of the candidates that satisfy them, pre-releases included. */
export class Lowering {
  readonly #known = new Map<NamedPackage, Map<string, RankSet>>();

  /** The ranks of a package that satisfy `specifier`. */
  ranks(named: NamedPackage, specifier: SpecifierSet): RankSet {
    const text = specifier.toString();
    if (text === '') return allCandidates(named.candidates.length);
    const known = this.#known.get(named) ?? new Map<string, RankSet>();
    this.#known.set(named, known);
    const ranks = known.get(text) ?? lower(named, specifier);
    known.set(text, ranks);
    return ranks;
  }
}

/** Whether the specifier demands one exact version. */
export function isPinned(specifier: SpecifierSet): boolean {
  return specifier.clauses.some(
    ({ operator, version }) => operator === '===' || (operator === '==' && !version.endsWith('.*')),
  );
}

/** Whether no version at all could satisfy the specifier. */
export function isImpossible(specifier: SpecifierSet): boolean {
  return !comparesText(specifier) && isEmpty(versionSetOf(specifier));
}

/** The rank of a locked version: the highest candidate that is it, local labels aside where the text has none. */
export function rankOfVersion(named: NamedPackage, text: string): number | undefined {
  const version = tryParseVersion(text);
  if (version === undefined) return undefined;
  const index = named.candidates.findLastIndex((candidate) => isLocked(candidate.version, version));
  return index < 0 ? undefined : index + 1;
}

function isLocked(candidate: Version, locked: Version): boolean {
  return locked.local === undefined
    ? publicVersion(candidate) === publicVersion(locked)
    : compareVersions(candidate, locked) === 0;
}

function comparesText(specifier: SpecifierSet): boolean {
  return specifier.clauses.some(({ operator }) => operator === '===');
}

function lower(named: NamedPackage, specifier: SpecifierSet): RankSet {
  if (comparesText(specifier)) return ranksWhere(named, ({ version }) => specifier.contains(version));
  // The places where membership changes are few: two searches an interval instead of a test a candidate.
  const { cuts } = versionSetOf(specifier);
  let ranks: RankSet = NO_RANKS;
  for (let i = 0; i < cuts.length; i += 2) {
    const start = firstFrom(named, cuts[i]);
    const end = firstFrom(named, cuts[i + 1]);
    if (start < end) ranks = uniteRanks(ranks, [start, end]);
  }
  return ranks;
}

/** The rank of the first candidate at or above a place in the order of versions. */
function firstFrom({ candidates }: NamedPackage, cut: Version | undefined): number {
  if (cut === undefined) return candidates.length + 1;
  let low = 0;
  let high = candidates.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = candidates[middle];
    if (candidate !== undefined && compareVersions(cut, candidate.version) <= 0) high = middle;
    else low = middle + 1;
  }
  return low + 1;
}
