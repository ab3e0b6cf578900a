import { isTspmError, TspmError, unreachable } from '../errors.ts';
import { trimBlanks } from './blank.ts';
import {
  afterPrefix,
  boundAt,
  canonicalIntervals,
  commonInterval,
  compareReleases,
  gapsBetween,
  intervalFrom,
  intervalTo,
  isWithin,
  lowerCut,
  upperCut,
  type PythonInterval,
  type PythonRelease,
} from './python-interval.ts';
import { clauseMarker, gapText, intervalClauses, prefixMarker } from './python-range-text.ts';
import { operandOf, type Specifier } from './specifier-clause.ts';
import { parseLegacySpecifierSet, parseSpecifierSet, type SpecifierSet } from './specifier.ts';
import { parseVersion, tryParseVersion, type Version } from './version.ts';

export type { PythonRelease } from './python-interval.ts';

/**
 * A set of interpreter releases X.Y.Z (pre-releases count as their release); immutable. Intervals are sorted, disjoint and not
 * adjacent, so sets are equal when their cuts are.
 */
export interface PythonRange {
  readonly intervals: readonly PythonInterval[];
  /** A single clause of this meaning that the range was written with. */
  readonly clause: Specifier | undefined;
}

/** Every interpreter. */
export const ANY_PYTHON: PythonRange = { intervals: [{ lower: undefined, upper: undefined }], clause: undefined };
/** No interpreter. */
export const NO_PYTHON: PythonRange = { intervals: [], clause: undefined };

const UNION = '||';
const EMPTY_TEXT = '<empty>';
const INTERNED_LIMIT = 20_000;
const interned = new Map<string, PythonRange>();

/** Reads a requires-python text of third parties: known mistakes are mended, any other invalid text allows every interpreter. */
export function parsePythonRange(text: string): PythonRange {
  const known = interned.get(text);
  if (known !== undefined) return known;
  const range = readLenient(text);
  if (interned.size >= INTERNED_LIMIT) interned.clear();
  interned.set(text, range);
  return range;
}

/** As {@link parsePythonRange}, but throws TSPM_INVALID_SPECIFIER for an invalid text. Reads unions (`a||b`) and `*` too. */
export function parsePythonRangeStrict(text: string): PythonRange {
  return readRange(text, parseSpecifierSet);
}

/** The interpreters from `lower` on and below `upper`; a missing end is open. */
export function pythonRangeBetween(lower: PythonRelease | undefined, upper: PythonRelease | undefined): PythonRange {
  return rangeOf([{ lower: lower && boundAt(lower, 'lower'), upper: upper && boundAt(upper, 'upper') }]);
}

/** What two ranges share; the spelling of an operand is kept when it is the result. */
export function intersectPython(a: PythonRange, b: PythonRange): PythonRange {
  const common = rangeOf(a.intervals.flatMap((x) => b.intervals.map((y) => commonInterval(x, y))));
  if (b.clause !== undefined && samePython(common, b)) return b;
  if (a.clause !== undefined && samePython(common, a)) return a;
  return common;
}

/** The interpreters of either range. */
export function unionPython(a: PythonRange, b: PythonRange): PythonRange {
  return rangeOf([...a.intervals, ...b.intervals]);
}

/** The interpreters outside the range. */
export function complementPython(range: PythonRange): PythonRange {
  return rangeOf(gapsBetween(range.intervals));
}

/** Whether both ranges hold the same interpreters, however written. */
export function samePython(a: PythonRange, b: PythonRange): boolean {
  return pythonRangeIsSubset(a, b) && pythonRangeIsSubset(b, a);
}

/** Whether every interpreter of `a` is one of `b`. */
export function pythonRangeIsSubset(a: PythonRange, b: PythonRange): boolean {
  return a.intervals.every((inner) => b.intervals.some((outer) => isWithin(inner, outer)));
}

/** Whether some interpreter is in both ranges. */
export function pythonRangesIntersect(a: PythonRange, b: PythonRange): boolean {
  return !isEmptyPython(intersectPython(a, b));
}

/** Whether the range holds no interpreter. */
export function isEmptyPython(range: PythonRange): boolean {
  return range.intervals.length === 0;
}

/** Whether the range holds the interpreter of this version; a pre-release counts as its release. Throws TSPM_INVALID_VERSION. */
export function pythonRangeContains(range: PythonRange, version: string): boolean {
  const [major = 0, minor = 0, micro = 0] = parseVersion(version).release;
  const release: PythonRelease = [Number(major), Number(minor), Number(micro)];
  return range.intervals.some(
    (interval) => compareReleases(lowerCut(interval), release) <= 0 && compareReleases(release, upperCut(interval)) < 0,
  );
}

/** The range with an upper end of exactly 4.0 left open: authors write it without knowing of a Python 4. */
export function withoutFourCap(range: PythonRange): PythonRange {
  const capped = ({ upper }: PythonInterval): boolean =>
    upper !== undefined && compareReleases(upper.cut, [4, 0, 0]) === 0;
  if (!range.intervals.some(capped)) return range;
  return rangeOf(range.intervals.map((interval) => (capped(interval) ? { ...interval, upper: undefined } : interval)));
}

/**
 * The text PDM writes for a lock target: lower end first, `~=` where it says the same, `!=` for the only gap of a range, other
 * unions with `||`; empty for any.
 */
export function formatTargetPython(range: PythonRange): string {
  if (range.clause !== undefined) return range.clause.text;
  if (isEmptyPython(range)) return EMPTY_TEXT;
  return rangeWithGap(range.intervals) ?? range.intervals.map(intervalText).join(UNION);
}

/** The range as a marker on `python_version` and `python_full_version`; empty for any, a marker that never holds for none. */
export function pythonRangeMarker(range: PythonRange): string {
  if (range.clause?.operator === '==' && range.clause.version.endsWith('.*')) return prefixMarker(range.clause.version);
  if (isEmptyPython(range)) return 'python_version < "0"';
  return range.intervals.map((interval) => intervalClauses(interval).map(clauseMarker).join(' and ')).join(' or ');
}

function rangeWithGap([below, above, ...others]: readonly PythonInterval[]): string | undefined {
  if (below === undefined || above === undefined || others.length > 0) return undefined;
  const gap = gapText(below, above);
  if (gap === undefined) return undefined;
  const ends = [
    { lower: below.lower, upper: undefined },
    { lower: undefined, upper: above.upper },
  ].map(intervalText);
  return [ends[0], `!=${gap}`, ends[1]].filter((text) => text !== '').join(',');
}

function intervalText(interval: PythonInterval): string {
  const clauses = intervalClauses(interval).map(({ operator, version }) => operator + version);
  return clauses.join(',');
}

function rangeOf(intervals: Iterable<PythonInterval>, clause?: Specifier): PythonRange {
  return { intervals: canonicalIntervals(intervals), clause };
}

function readLenient(text: string): PythonRange {
  try {
    return readRange(withMajorsSpelled(trimBlanks(text)), parseLegacySpecifierSet);
  } catch (error) {
    if (isTspmError(error)) return ANY_PYTHON;
    throw error;
  }
}

/**
 * The requires-python text of third parties as every tool can read it: as it is where it is valid, with known mistakes mended where they
 * can be; undefined where it is empty or says nothing that could be read.
 */
export function mendedPythonText(text: string): string | undefined {
  const spelled = withMajorsSpelled(trimBlanks(text));
  if (spelled === '') return undefined;
  try {
    const mended = parseLegacySpecifierSet(spelled);
    return isValidSpecifier(spelled) ? spelled : mended.toString();
  } catch (error) {
    if (isTspmError(error)) return undefined;
    throw error;
  }
}

/** A bare `3` means that major version. */
function withMajorsSpelled(text: string): string {
  return /^\d{1,3}$/.test(text) ? `>=${Number(text)},<${Number(text) + 1}` : text;
}

function isValidSpecifier(text: string): boolean {
  try {
    parseSpecifierSet(text);
    return true;
  } catch {
    return false;
  }
}

function readRange(text: string, parse: (text: string) => SpecifierSet): PythonRange {
  const trimmed = trimBlanks(text);
  if (trimmed === '' || trimmed === '*') return ANY_PYTHON;
  if (trimmed === EMPTY_TEXT) return NO_PYTHON;
  const alternatives = trimmed.split(UNION);
  if (alternatives.length > 1 && alternatives.some((alternative) => trimBlanks(alternative) === '')) {
    throw new TspmError(
      'TSPM_INVALID_SPECIFIER',
      `version specifier ${JSON.stringify(text)} must not have an empty alternative`,
    );
  }
  return alternatives.map((alternative) => rangeOfSpecifiers(parse(alternative))).reduce(unionPython);
}

function rangeOfSpecifiers({ clauses }: SpecifierSet): PythonRange {
  return clauses.map((clause) => rangeOf(intervalsOf(clause), clause)).reduce(intersectPython, ANY_PYTHON);
}

function intervalsOf(clause: Specifier): PythonInterval[] {
  const operand = operandOf(clause);
  if (operand.kind === 'text') return intervalsOfText(operand.text);
  const { version } = operand;
  switch (clause.operator) {
    case '==':
      return operand.kind === 'prefix'
        ? intervalsOfPrefix(version)
        : between(intervalFrom(version, true), intervalTo(version, true));
    case '!=':
      return gapsBetween(canonicalIntervals(intervalsOf({ ...clause, operator: '==' })));
    case '>=':
    case '>':
      return present(intervalFrom(version, clause.operator === '>='));
    case '<=':
    case '<':
      return [intervalTo(version, clause.operator === '<=')];
    case '~=':
      if (version.epoch !== 0) return [];
      return between(intervalFrom(version, true), intervalTo(afterPrefix(version.release.slice(0, -1)), false));
    case '===':
      return [];
    default:
      return unreachable(clause.operator);
  }
}

function intervalsOfPrefix(prefix: Version): PythonInterval[] {
  if (prefix.epoch !== 0) return [];
  const first = parseVersion([...prefix.release, 0].join('.'));
  return between(intervalFrom(first, true), intervalTo(afterPrefix(prefix.release), false));
}

/** `===` compares texts, and the text of an interpreter is always `X.Y.Z`. */
function intervalsOfText(text: string): PythonInterval[] {
  const version = tryParseVersion(text);
  if (version === undefined || version.text !== text || !/^\d+\.\d+\.\d+$/.test(text)) return [];
  return between(intervalFrom(version, true), intervalTo(version, true));
}

function between(from: PythonInterval | undefined, to: PythonInterval): PythonInterval[] {
  return from === undefined ? [] : [commonInterval(from, to)];
}

function present(interval: PythonInterval | undefined): PythonInterval[] {
  return interval === undefined ? [] : [interval];
}
