import { type RankSet, countRanks, sameRanks, allCandidates } from '../pubgrub/rank-set.ts';
import type { NamedPackage } from '../provider/universe.ts';

/** More intervals than this are told in part. */
const TOLD_INTERVALS = 4;

/** Candidates as a range over the versions that exist: empty for all, `1.2` for one, `>=1.0,<=1.4`, joined with "or". */
export function rangeText(named: NamedPackage, ranks: RankSet): string {
  if (sameRanks(ranks, allCandidates(named.candidates.length)) && named.candidates.length > 1) return '';
  const intervals: string[] = [];
  for (let i = 0; i < ranks.length; i += 2) intervals.push(intervalText(named, ranks[i] ?? 0, ranks[i + 1] ?? 0));
  if (intervals.length === 0) return 'no version';
  const told = intervals.length > TOLD_INTERVALS ? intervals.slice(0, TOLD_INTERVALS - 1) : intervals;
  const more = countRanks(ranks.slice(told.length * 2));
  return more === 0 ? told.join(' or ') : `${told.join(' or ')} or ${more} other versions`;
}

/** Candidates as the subject of a sentence: "every version of beta", "beta 1.2", "beta >=2.0". */
export function subjectText(named: NamedPackage, ranks: RankSet, extras: readonly string[] = []): string {
  const name = extras.length === 0 ? named.key : `${named.key}[${extras.join(',')}]`;
  const range = rangeText(named, ranks);
  return range === '' ? `every version of ${name}` : `${name} ${range}`;
}

function intervalText(named: NamedPackage, start: number, end: number): string {
  const version = (rank: number): string => named.candidates[rank - 1]?.version.text ?? '';
  if (end - start === 1) return version(start);
  if (start === 1) return end > named.candidates.length ? `<=${version(end - 1)}` : `<${version(end)}`;
  return end > named.candidates.length ? `>=${version(start)}` : `>=${version(start)},<=${version(end - 1)}`;
}
