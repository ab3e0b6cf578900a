import { cellSets, comparisonSet, betweenReleases, EXTRA, PYTHON } from './marker-atom.ts';
import { compareMarkerValues } from './marker-compare.ts';
import {
  ALWAYS,
  branch,
  cells,
  childAt,
  FLAG_SET,
  markerAnd,
  markerOr,
  NEVER,
  rebuilt,
  restrictedTo,
  type MarkerSet,
  type MarkerTest,
} from './marker-diagram.ts';
import { MARKER_VARIABLES, type MarkerNode, type MarkerVariable } from './marker-node.ts';
import { decodeRelease, encodeRelease } from './marker-release.ts';
import type { Marker } from './marker.ts';
import { normalizeName } from './name.ts';
import { lowerCut, upperCut, type PythonRelease } from './python-interval.ts';
import { ANY_PYTHON, NO_PYTHON, pythonRangeBetween, unionPython, type PythonRange } from './python-range.ts';

export {
  ALWAYS,
  markerAnd,
  markerImplies,
  markerNot,
  markerOr,
  markersDisjoint,
  NEVER,
  type MarkerSet,
} from './marker-diagram.ts';
export { formatMarkerSet } from './marker-set-print.ts';

const known = new WeakMap<MarkerNode, MarkerSet>();

/**
 * The environments where a marker holds, all of them without a marker. Interpreters are told apart by their release X.Y.Z, a
 * pre-release counting as its release; platforms are those that an interpreter can report.
 */
export function markerSetOf(marker: Marker | undefined): MarkerSet {
  return marker === undefined ? ALWAYS : (setOf(marker.expression) ?? NEVER);
}

/** A set that equals `set` wherever `assumption` holds, and is usually simpler. */
export function markerGiven(set: MarkerSet, assumption: MarkerSet): MarkerSet {
  if (assumption === NEVER) return NEVER;
  return rebuilt(restrictedTo(set, assumption), (test, keys, children) => {
    const sets = cellSets(test, keys);
    return children.map((child, i) => markerAnd(child, sets[i] ?? NEVER)).reduce(markerOr, NEVER);
  });
}

/** The environments where the set holds while this extra (or none) is the one being installed. */
export function withExtra(set: MarkerSet, extra: string | undefined): MarkerSet {
  const name = normalizeName(extra ?? '');
  return rebuilt(set, (test, keys, children) => {
    const node = branch(test, keys, children);
    if (test.variable !== 'extra' || node.test !== test) return node;
    return childAt(node, test, test === EXTRA ? cellOf(node, name) : flagCell(test, name));
  });
}

/** The environments where the set holds for some extra or for none. */
export function withoutExtras(set: MarkerSet): MarkerSet {
  return rebuilt(set, (test, keys, children) =>
    test.variable === 'extra' ? children.reduce(markerOr) : branch(test, keys, children),
  );
}

/** The interpreters for which the set holds on some platform. */
export function pythonRangeOf(set: MarkerSet): PythonRange {
  if (set.test !== PYTHON) return set === NEVER ? NO_PYTHON : ANY_PYTHON;
  const cuts = cells(set.keys).map((key) => (key === undefined ? undefined : decodeRelease(Number(key))));
  return set.children
    .flatMap((child, i) => (child === NEVER ? [] : [pythonRangeBetween(cuts[i], cuts[i + 1])]))
    .reduce(unionPython, NO_PYTHON);
}

/** The environments with an interpreter of the range. */
export function markerSetOfPython(range: PythonRange): MarkerSet {
  return range.intervals
    .map((interval) => {
      const lower = cutOf(lowerCut(interval));
      return lower === undefined ? NEVER : betweenReleases(PYTHON, lower, cutOf(upperCut(interval)));
    })
    .reduce(markerOr, NEVER);
}

/** The environments in which each of these variables has this value. */
export function markerSetOfValues(values: Readonly<Partial<Record<MarkerVariable, string>>>): MarkerSet {
  return MARKER_VARIABLES.flatMap((name) => {
    const value = values[name];
    if (value === undefined) return [];
    const left = { kind: 'variable', name } as const;
    return [comparisonSet({ kind: 'compare', left, operator: '==', right: { kind: 'text', value } }) ?? NEVER];
  }).reduce(markerAnd, ALWAYS);
}

function setOf(node: MarkerNode): MarkerSet | undefined {
  const done = known.get(node);
  if (done !== undefined) return done;
  const set = node.kind === 'compare' ? comparisonSet(node) : joinedSet(node.kind, node.parts);
  if (set !== undefined) known.set(node, set);
  return set;
}

/** One comparison without meaning takes the meaning from the whole marker, as when it is evaluated. */
function joinedSet(kind: 'and' | 'or', parts: readonly MarkerNode[]): MarkerSet | undefined {
  const sets = parts.map(setOf).filter((set) => set !== undefined);
  if (sets.length < parts.length) return undefined;
  return kind === 'and' ? sets.reduce(markerAnd, ALWAYS) : sets.reduce(markerOr, NEVER);
}

function cellOf(node: MarkerSet, name: string): string | undefined {
  return node.keys.includes(name) ? name : undefined;
}

function flagCell({ comparison }: MarkerTest, name: string): string | undefined {
  if (comparison === undefined) return undefined;
  const { left, operator, right } = comparison;
  const holds =
    left.kind === 'text'
      ? compareMarkerValues('extra', { left: left.value, operator, right: name })
      : compareMarkerValues('extra', { left: name, operator, right: right.kind === 'text' ? right.value : right.name });
  return holds === true ? FLAG_SET : undefined;
}

/** The cut as diagrams code it, rounded up to the next release they can tell; undefined above all of them. */
function cutOf([major, minor, micro]: PythonRelease): number | undefined {
  return (
    encodeRelease([major, minor, micro]) ?? encodeRelease([major, minor + 1, 0]) ?? encodeRelease([major + 1, 0, 0])
  );
}
