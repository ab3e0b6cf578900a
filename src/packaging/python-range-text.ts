import type { PythonBound, PythonInterval } from './python-interval.ts';
import { parseVersion, versionsEqual, type Version, type VersionNumber } from './version.ts';

/** An operator and the version after it, as text. */
export interface PythonClause {
  readonly operator: '==' | '>=' | '>' | '<=' | '<' | '~=';
  readonly version: string;
}

/** The clauses of an interval, lower end first; none for an interval without ends. `~=` stands for two where PDM writes it. */
export function intervalClauses({ lower, upper }: PythonInterval): PythonClause[] {
  if (lower !== undefined && upper !== undefined) {
    if (isOneVersion(lower, upper)) return [{ operator: '==', version: lower.text }];
    if (isCompatibleRelease(lower, upper)) return [{ operator: '~=', version: lower.text }];
  }
  const clauses: PythonClause[] = [];
  if (lower !== undefined) clauses.push({ operator: lower.inclusive ? '>=' : '>', version: lower.text });
  if (upper !== undefined) clauses.push({ operator: upper.inclusive ? '<=' : '<', version: upper.text });
  return clauses;
}

/**
 * A clause on the release X.Y.Z as a marker. `python_version` holds X.Y alone, which is enough where all of X.Y lies on one
 * side of the clause: for `>=`, `<` and `~=` with at most two release numbers.
 */
export function clauseMarker({ operator, version }: PythonClause): string {
  const wholeMinors = operator === '>=' || operator === '<' || operator === '~=';
  const variable = wholeMinors && /^\d+(?:\.\d+)?$/.test(version) ? 'python_version' : 'python_full_version';
  return `${variable} ${operator} "${version}"`;
}

/** The marker of `==P.*`, given `P.*`. */
export function prefixMarker(version: string): string {
  const [minor] = /^\d+\.\d+(?=\.\*$)/.exec(version) ?? [];
  if (minor !== undefined) return `python_version == "${minor}"`;
  const variable = /^\d+\.\*$/.test(version) ? 'python_version' : 'python_full_version';
  return `${variable} == "${version}"`;
}

/** What PDM writes for the gap between two intervals, when that is one version (`3.9.7`) or all of one release (`3.9.*`). */
export function gapText({ upper: from }: PythonInterval, { lower: to }: PythonInterval): string | undefined {
  if (from === undefined || to === undefined || from.inclusive) return undefined;
  const start = parseVersion(from.text);
  const end = parseVersion(to.text);
  if (!to.inclusive) return versionsEqual(start, end) ? start.text : undefined;
  const next = nextRelease(start, end);
  if (next === undefined || !isReleaseOnly(start)) return undefined;
  const { a, place } = next;
  if (place === a.length - 1 || a.slice(place + 1).some((number) => number !== 0)) return undefined;
  return `${a.slice(1, place + 1).join('.')}.*`;
}

function isOneVersion(lower: PythonBound, upper: PythonBound): boolean {
  return lower.inclusive && upper.inclusive && versionsEqual(parseVersion(lower.text), parseVersion(upper.text));
}

/**
 * Whether PDM writes `>=lower,<upper` as `~=lower`: upper is the next release one place above the last number of lower.
 * The numbers are compared with the epoch in front, padded with zeros to equal length.
 */
function isCompatibleRelease(lower: PythonBound, upper: PythonBound): boolean {
  if (!lower.inclusive || upper.inclusive) return false;
  const from = parseVersion(lower.text);
  const to = parseVersion(upper.text);
  const next = nextRelease(from, to);
  return next !== undefined && next.place < next.a.length - 1 && from.release.length === next.place + 1;
}

/**
 * Where two versions first differ (`place`, of the epoch and release numbers `a` of the first one, padded with zeros to the length
 * of the longer one), when the second is the first raised by one there, with zeros after it.
 */
function nextRelease(
  from: Version,
  to: Version,
): { readonly a: readonly VersionNumber[]; readonly place: number } | undefined {
  if (!isReleaseOnly(to)) return undefined;
  const length = Math.max(from.release.length, to.release.length) + 1;
  const a = numbersOf(from, length);
  const b = numbersOf(to, length);
  const place = a.findIndex((number, i) => number !== b[i]);
  if (place < 1 || Number(b[place]) - Number(a[place]) !== 1) return undefined;
  return b.slice(place + 1).every((number) => number === 0) ? { a, place } : undefined;
}

function isReleaseOnly({ text, release }: Version): boolean {
  return text === release.join('.');
}

function numbersOf({ epoch, release }: Version, length: number): VersionNumber[] {
  const numbers = [epoch, ...release];
  return [...numbers, ...Array.from({ length: length - numbers.length }, () => 0)];
}
