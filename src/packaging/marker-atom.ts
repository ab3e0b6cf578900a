import { compareMarkerValues, compareWithSet } from './marker-compare.ts';
import {
  ALWAYS,
  branch,
  FLAG_SET,
  markerAnd,
  markerNot,
  markerOr,
  NEVER,
  type MarkerKey,
  type MarkerSet,
  type MarkerTest,
} from './marker-diagram.ts';
import { formatComparison, type MarkerComparison, type MarkerOperator, type MarkerVariable } from './marker-node.ts';
import { cutsAround, decodeRelease, nextRelease, releasesNamedIn } from './marker-release.ts';

/** The tests in the order diagrams ask them: what can exclude each other stands together. */
const TESTED = [
  'python_full_version',
  'sys_platform',
  'platform_system',
  'os_name',
  'platform_machine',
  'platform_python_implementation',
  'implementation_name',
  'implementation_version',
  'platform_version',
  'platform_release',
  'extra',
  'extras',
  'dependency_groups',
] as const satisfies readonly MarkerVariable[];

/** `python_version` and `python_full_version` ask one question: which release X.Y.Z is it. */
export const PYTHON = createTest('release', 'python_full_version');
const IMPLEMENTATION = createTest('release', 'implementation_version');

const textTests = new Map<MarkerVariable, MarkerTest>();
const flagTests = new Map<string, MarkerTest>();

/** The extra being installed, the empty text for none. */
export const EXTRA = textTest('extra');

/** The systems of which `platform_system` and `os_name` are known once `sys_platform` is (values of CPython). */
const SYSTEMS = [
  { sys_platform: 'linux', platform_system: 'Linux', os_name: 'posix' },
  { sys_platform: 'darwin', platform_system: 'Darwin', os_name: 'posix' },
  { sys_platform: 'win32', platform_system: 'Windows', os_name: 'nt' },
] as const;

/** Values whose place in a text (`in`) is looked up at once, so that such a comparison is tied to `==` where it matters. */
const USUAL_VALUES: Readonly<Partial<Record<MarkerVariable, readonly string[]>>> = {
  sys_platform: SYSTEMS.map((system) => system.sys_platform),
  platform_system: SYSTEMS.map((system) => system.platform_system),
  os_name: ['posix', 'nt'],
  platform_machine: ['x86_64', 'AMD64', 'aarch64', 'arm64'],
  platform_python_implementation: ['CPython', 'PyPy'],
  implementation_name: ['cpython', 'pypy'],
};

/** The environments where a comparison holds; undefined for one that has no meaning in any. */
export function comparisonSet(comparison: MarkerComparison): MarkerSet | undefined {
  const { left, operator, right } = comparison;
  if (left.kind === 'variable') {
    const other = right.kind === 'variable' ? right.name : right.value;
    return variableSet({ variable: left.name, operator, text: other, mirrored: false });
  }
  if (right.kind === 'text') return undefined;
  return variableSet({ variable: right.name, operator, text: left.value, mirrored: true });
}

/** The environments where `variable` is exactly `value`, with what that says about the other variables of the platform. */
export function equalitySet(variable: MarkerVariable, value: string): MarkerSet {
  const plain = branch(textTest(variable), [value], [NEVER, ALWAYS]);
  if (variable !== 'os_name' && variable !== 'platform_system') return plain;
  const implying = SYSTEMS.find((system) => variable === 'platform_system' && system.platform_system === value);
  if (implying !== undefined) return equalitySet('sys_platform', implying.sys_platform);
  const systems = SYSTEMS.map((system) => ({ key: system.sys_platform, holds: system[variable] === value }));
  const sorted = systems.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return branch(
    textTest('sys_platform'),
    sorted.map(({ key }) => key),
    [plain, ...sorted.map(({ holds }) => (holds ? ALWAYS : NEVER))],
  );
}

/** The environments that take each branch of a node on `test` with these keys, in the order of the branches. */
export function cellSets(test: MarkerTest, keys: readonly MarkerKey[]): MarkerSet[] {
  if (test.kind === 'release') {
    const cuts = keys.map(Number);
    return [undefined, ...cuts].map((cut, i) => betweenReleases(test, cut, cuts[i]));
  }
  const equal = test.kind === 'flag' ? [flaggedSet(test)] : keys.map((key) => equalitySet(test.variable, String(key)));
  return [markerNot(equal.reduce(markerOr, NEVER)), ...equal];
}

/** The environments where the comparison of a flag holds. */
export function flaggedSet(test: MarkerTest): MarkerSet {
  const set = test.comparison && comparisonSet(test.comparison);
  if (set === undefined) throw new Error(`${test.name} is no flag`);
  return set;
}

/** The releases from `lower` on and below `upper`; either may be open. */
export function betweenReleases(test: MarkerTest, lower: number | undefined, upper: number | undefined): MarkerSet {
  const from = lower === undefined || lower <= 0 ? ALWAYS : branch(test, [lower], [NEVER, ALWAYS]);
  return upper === undefined ? from : markerAnd(from, branch(test, [upper], [ALWAYS, NEVER]));
}

interface Atom {
  readonly variable: MarkerVariable;
  readonly operator: MarkerOperator;
  readonly text: string;
  /** Whether the text stands on the left. */
  readonly mirrored: boolean;
}

function variableSet(atom: Atom): MarkerSet | undefined {
  switch (atom.variable) {
    case 'python_version':
      return releaseSet(atom, PYTHON, 2);
    case 'python_full_version':
      return releaseSet(atom, PYTHON, 3);
    case 'implementation_version':
      return releaseSet(atom, IMPLEMENTATION, 3);
    case 'platform_release':
      // Versions on some systems and plain texts on others: no two comparisons can be tied.
      return flagSet(atom);
    case 'extras':
    case 'dependency_groups':
      return atom.mirrored ? setVariableSet(atom) : undefined;
    default:
      return isMembership(atom.operator) ? containmentSet(atom) : textSet(atom);
  }
}

/** Compares at the first release of each stretch between the places where the result can change. */
function releaseSet(atom: Atom, test: MarkerTest, parts: 2 | 3): MarkerSet | undefined {
  if (isMembership(atom.operator)) {
    if (atom.mirrored) return membershipSet(atom);
    const named = releasesNamedIn(atom.text, parts).map((release) =>
      betweenReleases(test, release, nextRelease(release, parts)),
    );
    const set = named.reduce(markerOr, NEVER);
    return atom.operator === 'in' ? set : markerNot(set);
  }
  const cuts = cutsAround(atom.text, parts);
  const results = [0, ...cuts].map((cut) => compareWith(atom, decodeRelease(cut).slice(0, parts).join('.')));
  if (results.includes(undefined)) return undefined;
  return branch(
    test,
    cuts,
    results.map((result) => (result === true ? ALWAYS : NEVER)),
  );
}

function textSet(atom: Atom): MarkerSet | undefined {
  switch (atom.operator) {
    case '==':
    case '<=':
    case '>=':
      return equalitySet(atom.variable, atom.text);
    case '!=':
      return markerNot(equalitySet(atom.variable, atom.text));
    case '<':
    case '>':
      return NEVER;
    default:
      return undefined;
  }
}

/** `in` on a text: known for the usual values of the variable, else a question of its own. */
function containmentSet(atom: Atom): MarkerSet {
  let others = membershipSet(atom);
  let known = NEVER;
  for (const value of USUAL_VALUES[atom.variable] ?? []) {
    const equal = equalitySet(atom.variable, value);
    if (compareWith(atom, value) === true) known = markerOr(known, equal);
    others = markerAnd(others, markerNot(equal));
  }
  return markerOr(known, others);
}

function setVariableSet(atom: Atom): MarkerSet | undefined {
  if (isMembership(atom.operator)) return membershipSet(atom);
  const holds = compareWithSet(atom.operator);
  return holds === undefined ? undefined : holds ? ALWAYS : NEVER;
}

function membershipSet(atom: Atom): MarkerSet {
  const set = flagSet({ ...atom, operator: 'in' });
  return atom.operator === 'in' ? set : markerNot(set);
}

function flagSet(atom: Atom): MarkerSet {
  const variable = { kind: 'variable', name: atom.variable } as const;
  const text = { kind: 'text', value: atom.text } as const;
  const [left, right] = atom.mirrored ? [text, variable] : [variable, text];
  const comparison = { kind: 'compare', left, operator: atom.operator, right } as const;
  const name = formatComparison(comparison);
  const known = flagTests.get(name);
  const test = known ?? createTest('flag', atom.variable, comparison);
  if (known === undefined) flagTests.set(name, test);
  return branch(test, [FLAG_SET], [NEVER, ALWAYS]);
}

function compareWith({ variable, operator, text, mirrored }: Atom, value: string): boolean | undefined {
  const [left, right] = mirrored ? [text, value] : [value, text];
  return compareMarkerValues(variable, { left, operator, right });
}

function textTest(variable: MarkerVariable): MarkerTest {
  const known = textTests.get(variable);
  if (known !== undefined) return known;
  const test = createTest('text', variable);
  textTests.set(variable, test);
  return test;
}

function createTest(kind: MarkerTest['kind'], variable: MarkerVariable, comparison?: MarkerComparison): MarkerTest {
  const rank = TESTED.findIndex((name) => name === variable);
  // Flags come after the text they ask about.
  if (comparison === undefined) return { kind, variable, name: variable, rank: 2 * rank, comparison };
  return { kind, variable, name: formatComparison(comparison), rank: 2 * rank + 1, comparison };
}

function isMembership(operator: MarkerOperator): boolean {
  return operator === 'in' || operator === 'not in';
}
