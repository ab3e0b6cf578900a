import { compareText } from '../util/collections.ts';
import type { MarkerComparison, MarkerVariable } from './marker-node.ts';

/**
 * What a node of a diagram asks. `release`: where a version lies between cuts; `text`: which of some texts a variable is;
 * `flag`: whether a comparison holds that can be tied to no other one.
 */
export interface MarkerTest {
  readonly kind: 'release' | 'text' | 'flag';
  readonly variable: MarkerVariable;
  /** The variable, or the comparison of a flag as text: unique. */
  readonly name: string;
  /** Tests of a lower rank are asked first; equal ranks are ordered by name. */
  readonly rank: number;
  /** What a flag stands for. */
  readonly comparison: MarkerComparison | undefined;
}

/** A place to cut the values of a test: an encoded release, or a text. */
export type MarkerKey = number | string;

/**
 * A set of environments as a reduced ordered decision diagram: equal sets are the same object. A leaf has no test. A node has
 * one key less than children: the first child is for releases below every cut or for any other text, child i + 1 for
 * releases from key i on or for the text key i.
 */
export interface MarkerSet {
  readonly id: number;
  readonly test: MarkerTest | undefined;
  readonly keys: readonly MarkerKey[];
  readonly children: readonly MarkerSet[];
}

/** The set without any environment. */
export const NEVER: MarkerSet = { id: 0, test: undefined, keys: [], children: [] };
/** The set of all environments. */
export const ALWAYS: MarkerSet = { id: 1, test: undefined, keys: [], children: [] };

/** The key of the true branch of a flag. */
export const FLAG_SET = 'true';

// Diagrams of one process share their nodes: identity is what makes equality a pointer comparison.
const nodes = new Map<string, MarkerSet>();
const conjunctions = new Map<number, Map<number, MarkerSet>>();
const negations = new Map<number, MarkerSet>();
const restrictions = new Map<number, Map<number, MarkerSet>>();
let nextId = 2;

/** A node over sorted keys; keys that change nothing are dropped. */
export function branch(test: MarkerTest, keys: readonly MarkerKey[], children: readonly MarkerSet[]): MarkerSet {
  const first = childOf(children, 0);
  const kept: MarkerKey[] = [];
  const reduced = [first];
  let previous = first;
  for (const [i, key] of keys.entries()) {
    const child = childOf(children, i + 1);
    if (child === (test.kind === 'release' ? previous : first)) continue;
    kept.push(key);
    reduced.push(child);
    previous = child;
  }
  return kept.length === 0 ? first : internedNode(test, kept, reduced);
}

/** The environments of both sets. */
export function markerAnd(a: MarkerSet, b: MarkerSet): MarkerSet {
  if (a === b || b === ALWAYS) return a;
  if (a === ALWAYS) return b;
  if (a === NEVER || b === NEVER) return NEVER;
  const [low, high] = a.id < b.id ? [a, b] : [b, a];
  return memoised(conjunctions, [low, high], () => {
    const test = firstTest(low, high);
    const keys = keysOf(test, [low, high]);
    return branch(
      test,
      keys,
      cells(keys).map((cell) => markerAnd(childAt(low, test, cell), childAt(high, test, cell))),
    );
  });
}

/** The environments outside the set. */
export function markerNot(set: MarkerSet): MarkerSet {
  if (set.test === undefined) return set === ALWAYS ? NEVER : ALWAYS;
  const known = negations.get(set.id);
  if (known !== undefined) return known;
  const negated = branch(set.test, set.keys, set.children.map(markerNot));
  negations.set(set.id, negated);
  negations.set(negated.id, set);
  return negated;
}

/** The environments of either set. */
export function markerOr(a: MarkerSet, b: MarkerSet): MarkerSet {
  return markerNot(markerAnd(markerNot(a), markerNot(b)));
}

/** Whether no environment is in both sets. */
export function markersDisjoint(a: MarkerSet, b: MarkerSet): boolean {
  if (a === NEVER || b === NEVER) return true;
  if (a === ALWAYS || b === ALWAYS || a === b) return false;
  const [low, high] = a.id < b.id ? [a, b] : [b, a];
  const known = conjunctions.get(low.id)?.get(high.id);
  if (known !== undefined) return known === NEVER;
  const test = firstTest(low, high);
  // Without building the common set: most questions end at the first common branch.
  const disjoint = cells(keysOf(test, [low, high])).every((cell) =>
    markersDisjoint(childAt(low, test, cell), childAt(high, test, cell)),
  );
  if (disjoint) memoised(conjunctions, [low, high], () => NEVER);
  return disjoint;
}

/** Whether every environment of `a` is one of `b`. */
export function markerImplies(a: MarkerSet, b: MarkerSet): boolean {
  return a === b || markersDisjoint(a, markerNot(b));
}

/**
 * A set equal to `set` within `care` and usually simpler, by giving the branches that `care` never takes to a neighbour. The
 * result may tell apart what never differs; `care` must not be {@link NEVER}.
 */
export function restrictedTo(set: MarkerSet, care: MarkerSet): MarkerSet {
  if (care === ALWAYS || set.test === undefined) return set;
  return memoised(restrictions, [set, care], () => {
    const test = firstTest(set, care);
    if (test !== set.test) return restrictedTo(set, care.children.reduce(markerOr));
    const keys = keysOf(test, [set, care]);
    const children = cells(keys).map((cell) => {
      const cared = childAt(care, test, cell);
      return cared === NEVER ? undefined : restrictedTo(childAt(set, test, cell), cared);
    });
    return branch(test, keys, filledIn(test, children));
  });
}

/** The set with each node replaced by what `choose` makes of its test and its already replaced children. */
export function rebuilt(
  set: MarkerSet,
  choose: (test: MarkerTest, keys: readonly MarkerKey[], children: readonly MarkerSet[]) => MarkerSet,
): MarkerSet {
  const done = new Map<number, MarkerSet>();
  const rebuild = (node: MarkerSet): MarkerSet => {
    if (node.test === undefined) return node;
    const known = done.get(node.id);
    if (known !== undefined) return known;
    const result = choose(node.test, node.keys, node.children.map(rebuild));
    done.set(node.id, result);
    return result;
  };
  return rebuild(set);
}

/** The branch a node takes for a cell of a test; a node on another test stays as it is. */
export function childAt(node: MarkerSet, test: MarkerTest, cell: MarkerKey | undefined): MarkerSet {
  if (node.test !== test) return node;
  if (cell === undefined) return childOf(node.children, 0);
  if (test.kind !== 'release') return childOf(node.children, node.keys.indexOf(cell) + 1);
  const above = node.keys.findIndex((key) => key > cell);
  return childOf(node.children, above < 0 ? node.keys.length : above);
}

/** Order in which tests are asked. */
export function compareTests(a: MarkerTest, b: MarkerTest): number {
  return a.rank - b.rank || compareText(a.name, b.name);
}

/** The key before each child: undefined for releases below every cut and for any other text. */
export function cells(keys: readonly MarkerKey[]): (MarkerKey | undefined)[] {
  return [undefined, ...keys];
}

function internedNode(test: MarkerTest, keys: readonly MarkerKey[], children: readonly MarkerSet[]): MarkerSet {
  const name = JSON.stringify([test.name, keys, children.map(({ id }) => id)]);
  const known = nodes.get(name);
  if (known !== undefined) return known;
  const node: MarkerSet = { id: nextId++, test, keys, children };
  nodes.set(name, node);
  return node;
}

function firstTest(a: MarkerSet, b: MarkerSet): MarkerTest {
  if (a.test === undefined || b.test === undefined) {
    const test = a.test ?? b.test;
    if (test === undefined) throw new Error('two leaves have no test');
    return test;
  }
  return compareTests(a.test, b.test) <= 0 ? a.test : b.test;
}

function keysOf(test: MarkerTest, sets: readonly MarkerSet[]): MarkerKey[] {
  const keys = new Set(sets.flatMap((set) => (set.test === test ? set.keys : [])));
  return [...keys].toSorted(compareKeys);
}

function compareKeys(a: MarkerKey, b: MarkerKey): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b));
}

function filledIn(test: MarkerTest, children: readonly (MarkerSet | undefined)[]): MarkerSet[] {
  const cared = children.filter((child) => child !== undefined);
  // Any other text goes with the texts that fail, so that the rest reads `==` and not a row of `!=`.
  let neighbour = (test.kind !== 'release' && cared.includes(NEVER) ? NEVER : cared[0]) ?? NEVER;
  if (test.kind !== 'release') return children.map((child) => child ?? children[0] ?? neighbour);
  return children.map((child) => {
    neighbour = child ?? neighbour;
    return neighbour;
  });
}

function childOf(children: readonly MarkerSet[], index: number): MarkerSet {
  const child = children[index];
  if (child === undefined) throw new Error(`a node has no child ${index}`);
  return child;
}

function memoised(
  table: Map<number, Map<number, MarkerSet>>,
  [a, b]: readonly [MarkerSet, MarkerSet],
  compute: () => MarkerSet,
): MarkerSet {
  let row = table.get(a.id);
  if (row === undefined) table.set(a.id, (row = new Map()));
  const known = row.get(b.id);
  if (known !== undefined) return known;
  const result = compute();
  row.set(b.id, result);
  return result;
}
