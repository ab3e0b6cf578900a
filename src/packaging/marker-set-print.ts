import { compareText, sortedBy } from '../util/collections.ts';
import { TspmError, unreachable } from '../errors.ts';
import { PYTHON } from './marker-atom.ts';
import { countPaths, coverOf, isUnit, type Literal } from './marker-cover.ts';
import { ALWAYS, markerNot, NEVER, type MarkerSet, type MarkerTest } from './marker-diagram.ts';
import { formatComparison, quoteMarkerText, type MarkerOperator } from './marker-node.ts';
import { decodeRelease } from './marker-release.ts';

/** No marker of an author comes near; one made to grow without end is refused. */
const MOST_PATHS = 1000;

const OPPOSITES: Readonly<Record<MarkerOperator, MarkerOperator>> = {
  '==': '!=',
  '!=': '==',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  '<': '>=',
  '~=': '!=',
  '===': '!=',
  in: 'not in',
  'not in': 'in',
};

const printed = new WeakMap<MarkerSet, string>();

/**
 * The set as a marker, undefined for all environments. Short and the same for equal sets: a disjunction of conjunctions, or a
 * conjunction of disjunctions where that needs less than two thirds of the comparisons. Throws TSPM_INVALID_MARKER for a set
 * that either way has too many.
 */
export function formatMarkerSet(set: MarkerSet): string | undefined {
  if (set === ALWAYS) return undefined;
  if (set === NEVER) return 'python_version < "0"';
  const known = printed.get(set);
  if (known !== undefined) return known;
  const text = shortestText(set);
  printed.set(set, text);
  return text;
}

/** Printed comparisons in groups; a group is joined one way, the groups the other way. */
type Groups = readonly (readonly string[])[];

function shortestText(set: MarkerSet): string {
  const cubes = countPaths(set) > MOST_PATHS ? undefined : groupsOf(coverOf(set), 'all');
  if (cubes !== undefined && cubes.length < 3) return disjunctionText(cubes);
  const inverse = markerNot(set);
  const clauses = countPaths(inverse) > MOST_PATHS ? undefined : clausesOf(inverse);
  if (cubes === undefined && clauses === undefined) {
    throw new TspmError('TSPM_INVALID_MARKER', `a marker with more than ${MOST_PATHS} alternatives cannot be written`);
  }
  if (clauses === undefined) return disjunctionText(cubes ?? []);
  if (cubes === undefined || 3 * clauses.flat().length < 2 * cubes.flat().length) return conjunctionText(clauses);
  return disjunctionText(cubes);
}

function disjunctionText(groups: Groups): string {
  return groups.map((group) => group.join(' and ')).join(' or ');
}

function conjunctionText(groups: Groups): string {
  if (groups.length === 1) return groups.flat().join(' or ');
  return groups.map((group) => (group.length === 1 ? group.join('') : `(${group.join(' or ')})`)).join(' and ');
}

/** What is left out is a set of conjunctions, so what is in satisfies the opposite of each. */
function clausesOf(inverse: MarkerSet): Groups {
  return groupsOf(
    coverOf(inverse).map((cube) => cube.map(opposite)),
    'some',
  );
}

function groupsOf(cubes: readonly (readonly Printable[])[], joined: 'all' | 'some'): Groups {
  return cubes
    .map((cube) => ({ start: startOf(cube), pieces: sortedBy(piecesOf(cube, joined), ({ place }) => place) }))
    .toSorted((a, b) => a.start - b.start || compareText(placeOf(a.pieces), placeOf(b.pieces)))
    .map(({ pieces }) => pieces.map(({ text }) => text));
}

/** Groups go up by the first interpreter they hold for; those that say nothing about interpreters come last. */
function startOf(cube: readonly Printable[]): number {
  const releases = cube.filter(({ test }) => test === PYTHON);
  if (releases.length === 0) return Infinity;
  const [lowest] = releases.flatMap((literal) => (literal.kind === 'from' ? [literal.cut] : []));
  return lowest ?? 0;
}

/** `inside` is the opposite of a hole. */
type Printable =
  | Literal
  | { readonly kind: 'inside'; readonly test: MarkerTest; readonly from: number; readonly to: number };

/** One printed comparison and a text that sorts by test, then by release or value. */
interface Piece {
  readonly place: string;
  readonly text: string;
}

function placeOf(pieces: readonly Piece[]): string {
  return pieces.map(({ place }) => place).join(' ');
}

function opposite(literal: Literal): Printable {
  switch (literal.kind) {
    case 'from':
      return { ...literal, kind: 'below' };
    case 'below':
      return { ...literal, kind: 'from' };
    case 'outside':
      return { ...literal, kind: 'inside' };
    case 'equal':
      return { ...literal, kind: 'unequal' };
    case 'unequal':
      return { ...literal, kind: 'equal' };
    case 'set':
      return { ...literal, kind: 'unset' };
    case 'unset':
      return { ...literal, kind: 'set' };
    default:
      return unreachable(literal);
  }
}

function piecesOf(cube: readonly Printable[], joined: 'all' | 'some'): Piece[] {
  const isUnitBound = unitBounds(cube, joined);
  return cube.flatMap((literal) => {
    const bounds = isUnitBound.get(literal);
    if (bounds === 'second') return [];
    return [bounds === undefined ? pieceOf(literal) : pieceOf(bounds)];
  });
}

/** Two bounds around one X.Y or X.Y.Z read as one `==`, or as `!=` where one of them is enough. */
function unitBounds(cube: readonly Printable[], joined: 'all' | 'some'): Map<Printable, Printable | 'second'> {
  const bounds = new Map<Printable, Printable | 'second'>();
  for (const low of cube) {
    for (const high of cube) {
      if (low.kind !== 'from' || high.kind !== 'below' || low.test !== high.test) continue;
      const [from, to] = joined === 'all' ? [low.cut, high.cut] : [high.cut, low.cut];
      if (!isSpelledUnit(low.test, from, to)) continue;
      bounds.set(low, { kind: joined === 'all' ? 'inside' : 'outside', test: low.test, from, to });
      bounds.set(high, 'second');
    }
  }
  return bounds;
}

/** Only of the language version there is a variable with two parts. */
function isSpelledUnit(test: MarkerTest, from: number, to: number): boolean {
  return isUnit(from, to) && (test === PYTHON || to - from === 1);
}

function pieceOf(literal: Printable): Piece {
  const { test } = literal;
  switch (literal.kind) {
    case 'from':
      return releasePiece(test, '>=', { cut: literal.cut, side: 0 });
    case 'below':
      return releasePiece(test, '<', { cut: literal.cut, side: 2 });
    case 'inside':
    case 'outside': {
      const operator = literal.kind === 'inside' ? '==' : '!=';
      const isMicro = literal.to - literal.from === 1;
      return releasePiece(test, operator, { cut: literal.from, side: 1, isMicro });
    }
    case 'equal':
    case 'unequal': {
      const operator = literal.kind === 'equal' ? '==' : '!=';
      const text = `${test.variable} ${operator} ${quoteMarkerText(literal.value)}`;
      return { place: `${placeOfTest(test)} ${operator === '==' ? 0 : 1} ${literal.value}`, text };
    }
    case 'set':
    case 'unset': {
      const text = flagText(test, literal.kind === 'set');
      return { place: `${placeOfTest(test)} ${text}`, text };
    }
    default:
      return unreachable(literal);
  }
}

function releasePiece(
  test: MarkerTest,
  operator: '>=' | '<' | '==' | '!=',
  { cut, side, isMicro = false }: { readonly cut: number; readonly side: 0 | 1 | 2; readonly isMicro?: boolean },
): Piece {
  const [major, minor, micro] = decodeRelease(cut);
  const isLanguage = test === PYTHON && micro === 0 && !isMicro;
  const left = isLanguage ? 'python_version' : test.variable;
  const version = isLanguage ? `${major}.${minor}` : `${major}.${minor}.${micro}`;
  return {
    place: `${placeOfTest(test)} ${side} ${String(cut).padStart(16, '0')}`,
    text: `${left} ${operator} "${version}"`,
  };
}

/** The grammar has no `not`: without the opposite operator the inverse of a comparison cannot be written, only come close to. */
function flagText({ comparison, name }: MarkerTest, holds: boolean): string {
  if (holds || comparison === undefined) return name;
  return formatComparison({ ...comparison, operator: OPPOSITES[comparison.operator] });
}

function placeOfTest({ rank }: MarkerTest): string {
  return String(rank).padStart(2, '0');
}
