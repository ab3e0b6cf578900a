import { unreachable } from '../errors.ts';
import { betweenReleases, equalitySet, flaggedSet } from './marker-atom.ts';
import {
  ALWAYS,
  compareTests,
  markerAnd,
  markerImplies,
  markerNot,
  markerOr,
  NEVER,
  type MarkerSet,
  type MarkerTest,
} from './marker-diagram.ts';
import { nextRelease } from './marker-release.ts';

/** A condition on one test; `cut`, `from` and `to` are encoded releases. */
export type Literal =
  | { readonly kind: 'from' | 'below'; readonly test: MarkerTest; readonly cut: number }
  | { readonly kind: 'outside'; readonly test: MarkerTest; readonly from: number; readonly to: number }
  | { readonly kind: 'equal' | 'unequal'; readonly test: MarkerTest; readonly value: string }
  | { readonly kind: 'set' | 'unset'; readonly test: MarkerTest };

/** Literals that must all hold, in the order of their tests. */
export type Cube = readonly Literal[];

/** How many conjunctions a set has before they are simplified; grows fast with nested alternatives. */
export function countPaths(set: MarkerSet): number {
  const counts = new Map<MarkerSet, number>([
    [NEVER, 0],
    [ALWAYS, 1],
  ]);
  const count = (node: MarkerSet): number => {
    const known = counts.get(node) ?? node.children.reduce((sum, child) => sum + count(child), 0);
    counts.set(node, known);
    return known;
  };
  return count(set);
}

/** Few and short conjunctions that together are the set: each one as weak as it can be, none covered by the others. */
export function coverOf(set: MarkerSet): Cube[] {
  const cuts = cutsByTest(set);
  const widened = new Map<MarkerSet, Cube>();
  for (const path of pathsOf(set)) {
    const cube = weakened(path, set, cuts);
    widened.set(cubeSet(cube), cube);
  }
  return withHoles(irredundant([...widened.values()]));
}

/** Whether two encoded cuts enclose exactly one X.Y or one X.Y.Z. */
export function isUnit(from: number, to: number): boolean {
  return nextRelease(from, 3) === to || (from % 2 ** 16 === 0 && nextRelease(from, 2) === to);
}

function pathsOf(set: MarkerSet): Cube[] {
  const { test } = set;
  if (test === undefined) return set === ALWAYS ? [[]] : [];
  return set.children.flatMap((child, i) => {
    const literals = literalsOf(set, test, i);
    return pathsOf(child).map((path) => [...literals, ...path]);
  });
}

function literalsOf({ keys }: MarkerSet, test: MarkerTest, index: number): Literal[] {
  if (test.kind === 'release') {
    const [lower, upper] = [keys[index - 1], keys[index]];
    const from: Literal[] = lower === undefined ? [] : [{ kind: 'from', test, cut: Number(lower) }];
    return upper === undefined ? from : [...from, { kind: 'below', test, cut: Number(upper) }];
  }
  if (test.kind === 'flag') return [{ kind: index === 0 ? 'unset' : 'set', test }];
  const key = keys[index - 1];
  if (key !== undefined) return [{ kind: 'equal', test, value: String(key) }];
  return keys.map((value) => ({ kind: 'unequal', test, value: String(value) }));
}

/** The literals of a cube that cannot do without, each moved as far out as the set allows. */
function weakened(cube: Cube, set: MarkerSet, cuts: ReadonlyMap<MarkerTest, readonly number[]>): Cube {
  let current = cube;
  for (const literal of cube.toSorted((a, b) => dropOrder(a) - dropOrder(b))) {
    const weaker = weakerLiterals(literal, cuts.get(literal.test) ?? []);
    for (const replacement of [undefined, ...weaker]) {
      const candidate = current.flatMap((other) => (other === literal ? (replacement ?? []) : other));
      if (!markerImplies(cubeSet(candidate), set)) continue;
      current = candidate;
      break;
    }
  }
  return current;
}

/** What authors write least is dropped first. */
function dropOrder(literal: Literal): number {
  return ['unequal', 'unset', 'set', 'outside', 'from', 'below', 'equal'].indexOf(literal.kind);
}

function weakerLiterals(literal: Literal, cuts: readonly number[]): Literal[] {
  if (literal.kind === 'from') return cuts.filter((cut) => cut < literal.cut).map((cut) => ({ ...literal, cut }));
  if (literal.kind !== 'below') return [];
  return cuts
    .filter((cut) => cut > literal.cut)
    .map((cut) => ({ ...literal, cut }))
    .toReversed();
}

function irredundant(cubes: readonly Cube[]): Cube[] {
  const longestFirst = cubes.toSorted((a, b) => b.length - a.length);
  const later = [NEVER];
  for (const cube of longestFirst.toReversed()) later.unshift(markerOr(cubeSet(cube), later[0] ?? NEVER));
  const kept: Cube[] = [];
  let before = NEVER;
  for (const [i, cube] of longestFirst.entries()) {
    const set = cubeSet(cube);
    if (markerImplies(set, markerOr(before, later[i + 1] ?? NEVER))) continue;
    kept.push(cube);
    before = markerOr(before, set);
  }
  return kept;
}

/** Joins cubes that are the same but for one X.Y or X.Y.Z between their releases: a `!=` says that shorter. */
function withHoles(cubes: readonly Cube[]): Cube[] {
  for (const lower of cubes) {
    for (const upper of cubes) {
      const joined = joinedCubes(lower, upper);
      if (joined === undefined) continue;
      return withHoles([...cubes.filter((cube) => cube !== lower && cube !== upper), joined]);
    }
  }
  return [...cubes];
}

function joinedCubes(lower: Cube, upper: Cube): Cube | undefined {
  const end = lower.find((literal) => literal.kind === 'below');
  const start = upper.find((literal) => literal.kind === 'from' && literal.test === end?.test);
  if (end?.kind !== 'below' || start?.kind !== 'from' || !isUnit(end.cut, start.cut)) return undefined;
  const isElsewhere = (literal: Literal): boolean => literal.test !== end.test;
  const rest = lower.filter(isElsewhere);
  if (cubeSet(rest) !== cubeSet(upper.filter(isElsewhere))) return undefined;
  const around = [...lower, ...upper].filter(
    (literal) => !isElsewhere(literal) && literal !== end && literal !== start,
  );
  const hole: Literal = { kind: 'outside', test: end.test, from: end.cut, to: start.cut };
  return [...around, hole, ...rest].toSorted((a, b) => compareTests(a.test, b.test));
}

function cubeSet(cube: Cube): MarkerSet {
  return cube.map(literalSet).reduce(markerAnd, ALWAYS);
}

function literalSet(literal: Literal): MarkerSet {
  const { test } = literal;
  switch (literal.kind) {
    case 'from':
      return betweenReleases(test, literal.cut, undefined);
    case 'below':
      return betweenReleases(test, undefined, literal.cut);
    case 'outside':
      return markerNot(betweenReleases(test, literal.from, literal.to));
    case 'equal':
      return equalitySet(test.variable, literal.value);
    case 'unequal':
      return markerNot(equalitySet(test.variable, literal.value));
    case 'set':
      return flaggedSet(test);
    case 'unset':
      return markerNot(flaggedSet(test));
    default:
      return unreachable(literal);
  }
}

function cutsByTest(set: MarkerSet): Map<MarkerTest, number[]> {
  const cuts = new Map<MarkerTest, Set<number>>();
  const seen = new Set<MarkerSet>();
  const visit = (node: MarkerSet): void => {
    if (node.test === undefined || seen.has(node)) return;
    seen.add(node);
    if (node.test.kind === 'release') {
      const known = cuts.get(node.test) ?? new Set();
      for (const key of node.keys) known.add(Number(key));
      cuts.set(node.test, known);
    }
    for (const child of node.children) visit(child);
  };
  visit(set);
  return new Map([...cuts].map(([test, values]) => [test, [...values].toSorted((a, b) => a - b)]));
}
