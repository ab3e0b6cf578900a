import { parseVersion, type Version } from './version.ts';

/** The release of an interpreter: major, minor, micro. */
export type PythonRelease = readonly [number, number, number];

/** One end of an interval: the version as spelled, whether it belongs to the interval, and where it cuts the releases. */
export interface PythonBound {
  readonly text: string;
  readonly inclusive: boolean;
  /** Of a lower end the first release inside, of an upper end the first release outside. */
  readonly cut: PythonRelease;
}

/** Releases between two ends; a missing end is open. */
export interface PythonInterval {
  readonly lower: PythonBound | undefined;
  readonly upper: PythonBound | undefined;
}

const LOWEST: PythonRelease = [0, 0, 0];
const BEYOND: PythonRelease = [Infinity, 0, 0];

/** Releases `>= version` or, without `inclusive`, `> version`; undefined when there are none. */
export function intervalFrom(version: Version, inclusive: boolean): PythonInterval | undefined {
  const cut = inclusive ? firstFrom(version) : firstAbove(version);
  return cut === BEYOND ? undefined : { lower: { text: version.text, inclusive, cut }, upper: undefined };
}

/** Releases `<= version` or, without `inclusive`, `< version`. */
export function intervalTo(version: Version, inclusive: boolean): PythonInterval {
  const cut = inclusive ? firstAbove(version) : firstFrom(version);
  return { lower: undefined, upper: cut === BEYOND ? undefined : { text: version.text, inclusive, cut } };
}

/** The bound at a release, in the shortest usual spelling (`3.9`, `3.9.1`). */
export function boundAt(release: PythonRelease, side: 'lower' | 'upper'): PythonBound {
  const [major, minor, micro] = release;
  const text = micro === 0 ? `${major}.${minor}` : `${major}.${minor}.${micro}`;
  return { text, inclusive: side === 'lower', cut: release };
}

/** Sorted by place, without empty intervals, and with overlapping or adjacent ones joined: equal sets cut at equal releases. */
export function canonicalIntervals(intervals: Iterable<PythonInterval>): PythonInterval[] {
  const filled = [...intervals].filter((interval) => compareReleases(lowerCut(interval), upperCut(interval)) < 0);
  const joined: PythonInterval[] = [];
  for (const interval of filled.toSorted((a, b) => compareReleases(lowerCut(a), lowerCut(b)))) {
    const last = joined.at(-1);
    if (last === undefined || compareReleases(upperCut(last), lowerCut(interval)) < 0) joined.push(interval);
    else if (compareReleases(upperCut(last), upperCut(interval)) < 0) {
      joined[joined.length - 1] = { lower: last.lower, upper: interval.upper };
    }
  }
  return joined;
}

/** What two intervals share, maybe nothing; of equal ends the spelling of `b` is kept. */
export function commonInterval(a: PythonInterval, b: PythonInterval): PythonInterval {
  const lower = b.lower === undefined || compareReleases(lowerCut(a), b.lower.cut) > 0 ? a.lower : b.lower;
  const upper = b.upper === undefined || compareReleases(upperCut(a), b.upper.cut) < 0 ? a.upper : b.upper;
  return { lower, upper };
}

/** The intervals between canonical intervals. */
export function gapsBetween(intervals: readonly PythonInterval[]): PythonInterval[] {
  const gaps: PythonInterval[] = [];
  let lower: PythonBound | undefined;
  for (const interval of intervals) {
    if (interval.lower !== undefined) gaps.push({ lower, upper: opposite(interval.lower) });
    if (interval.upper === undefined) return canonicalIntervals(gaps);
    lower = opposite(interval.upper);
  }
  gaps.push({ lower, upper: undefined });
  return canonicalIntervals(gaps);
}

/** Whether `inner` lies within `outer`. */
export function isWithin(inner: PythonInterval, outer: PythonInterval): boolean {
  return (
    compareReleases(lowerCut(inner), lowerCut(outer)) >= 0 && compareReleases(upperCut(inner), upperCut(outer)) <= 0
  );
}

/** Order of interpreter releases. */
export function compareReleases(a: PythonRelease, b: PythonRelease): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] - b[1] || a[2] - b[2];
}

/** The first release of an interval. */
export function lowerCut({ lower }: PythonInterval): PythonRelease {
  return lower?.cut ?? LOWEST;
}

/** The first release above an interval; infinite when it is open. */
export function upperCut({ upper }: PythonInterval): PythonRelease {
  return upper?.cut ?? BEYOND;
}

/** The version after every version that starts with these release numbers, padded as `==P.*` and `~=` bounds are. */
export function afterPrefix(prefix: Version['release']): Version {
  const last = prefix.at(-1) ?? 0;
  const next = typeof last === 'bigint' ? last + 1n : last + 1;
  return parseVersion([...prefix.slice(0, -1), next, 0].join('.'));
}

function firstFrom(version: Version): PythonRelease {
  return sideOfRelease(version) === 'above' ? nextRelease(version) : releaseOf(version);
}

function firstAbove(version: Version): PythonRelease {
  return sideOfRelease(version) === 'below' ? releaseOf(version) : nextRelease(version);
}

/** Where a version lies seen from the release X.Y.Z it starts with. */
function sideOfRelease(version: Version): 'below' | 'at' | 'above' {
  if (version.release.slice(3).some((number) => number !== 0)) return 'above';
  if (version.pre !== undefined || (version.dev !== undefined && version.post === undefined)) return 'below';
  return version.post === undefined && version.local === undefined ? 'at' : 'above';
}

function releaseOf(version: Version): PythonRelease {
  if (version.epoch !== 0) return BEYOND;
  const [major = 0, minor = 0, micro = 0] = version.release;
  return [Number(major), Number(minor), Number(micro)];
}

function nextRelease(version: Version): PythonRelease {
  const release = releaseOf(version);
  return release === BEYOND ? BEYOND : [release[0], release[1], release[2] + 1];
}

function opposite(bound: PythonBound): PythonBound {
  return { ...bound, inclusive: !bound.inclusive };
}
