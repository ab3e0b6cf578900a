/** Version constraints of Poetry as specifiers of PEP 440. Pure. */
import { TspmError } from '../errors.ts';
import { type PythonRange, parsePythonRange, pythonRangeMarker } from '../packaging/python-range.ts';
import { parseSpecifierSet } from '../packaging/specifier.ts';
import { compareText } from '../util/collections.ts';

/**
 * `^1.2` as `>=1.2,<2.0`, `~1.2` as `>=1.2,<1.3`, a bare version as `==`; `*` and words such as `latest` are empty. Throws TSPM_USAGE for
 * alternatives (`||`).
 */
export function poetrySpecifier(text: string): string {
  if (text.includes('|')) throw alternatives(text);
  return clausesOf(text).join(',');
}

/** What Poetry's `python = "^3.8 || ^2.7"` means as the range of a project, in the words of PDM: holes are minor releases left out. */
export function pythonSpecifier(text: string): string {
  const range = pythonRange(text);
  if (!text.includes('|') || range.intervals.length < 2)
    return parseSpecifierSet(clausesOf(text.split('|')[0] ?? '').join(',')).toString();
  const [first, last] = [range.intervals[0], range.intervals.at(-1)];
  const holes = range.intervals.slice(1).flatMap(({ lower }, index) => {
    return minorsBetween(range.intervals[index]?.upper?.text, lower?.text) ?? refuse(text);
  });
  const ends = [first?.lower && `>=${first.lower.text}`, last?.upper && `<${last.upper.text}`].filter(Boolean);
  return parseSpecifierSet([...holes.map((minor) => `!=${minor}.*`), ...ends].join(',')).toString();
}

/** What Poetry's `python = "^3.8"` means as a marker: conjunctions in the order of their version texts, as PDM has them. */
export function pythonMarker(text: string): string {
  const [clause = '', ...others] = clausesOf(text);
  const plain = /^(==|>|<=)(\d+(?:\.\d+)?)$/.exec(clause);
  if (plain !== null && others.length === 0 && !text.includes('|')) return `python_version ${plain[1]} "${plain[2]}"`;
  return pythonRangeMarker(pythonRange(text))
    .split(' or ')
    .map((one) =>
      one
        .split(' and ')
        .toSorted((a, b) => compareText(versionIn(a), versionIn(b)))
        .join(' and '),
    )
    .join(' or ');
}

function pythonRange(text: string): PythonRange {
  return parsePythonRange(
    text
      .split(/\s*\|\|?\s*/)
      .map((one) => clausesOf(one).join(','))
      .join('||'),
  );
}

function versionIn(marker: string): string {
  return /"(.*)"/.exec(marker)?.[1] ?? '';
}

/** `2.8`, `3.0`, `3.1` for the gap from `2.8` to `3.2`: there is no Python between 2.8 and 3.0. Undefined for ends that are no minor release. */
function minorsBetween(from: string | undefined, to: string | undefined): string[] | undefined {
  const [start, end] = [minorOf(from), minorOf(to)];
  if (start === undefined || end === undefined) return undefined;
  const minors: string[] = [];
  let [major, minor] = start;
  while (major < end[0] || (major === end[0] && minor < end[1])) {
    minors.push(`${major}.${minor}`);
    [major, minor] = major === 2 && minor >= 7 ? [3, 0] : [major, minor + 1];
  }
  return minors;
}

function minorOf(text: string | undefined): readonly [number, number] | undefined {
  const [, major, minor = '0'] = /^(\d+)(?:\.(\d+))?$/.exec(text ?? '') ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

function clausesOf(text: string): string[] {
  return text
    .replaceAll(/([<>=!~^])\s+/g, '$1')
    .split(/[\s,]+/)
    .map(clause)
    .filter(Boolean);
}

function clause(text: string): string {
  const [, sign = '', version = ''] = /^([~^]?)v?(\d.*)$/.exec(text) ?? [];
  if (sign === '') return version === '' ? (/^[<>=!~]/.test(text) ? text : '') : `==${version}`;
  const parts = version.split('.');
  const numbers = parts.map((part) => Number.parseInt(part, 10) || 0);
  const bumped = sign === '^' ? firstNonZero(numbers) : Math.min(1, parts.length - 1);
  const upper = numbers.map((part, index) => (index < bumped ? part : index === bumped ? part + 1 : 0));
  return `>=${version},<${upper.join('.')}`;
}

/** The number that `^` lets grow no further: the first that is not zero, else the last. */
function firstNonZero(parts: readonly number[]): number {
  const index = parts.findIndex((part) => part !== 0);
  return index < 0 ? parts.length - 1 : index;
}

function alternatives(text: string): TspmError {
  return new TspmError('TSPM_USAGE', `Poetry's "${text}" has alternatives, which no specifier can say`, {
    hint: 'choose one of them first',
  });
}

function refuse(text: string): never {
  throw alternatives(text);
}
