import { TspmError } from '../errors.ts';
import { compareMarkerValues, compareWithSet } from './marker-compare.ts';
import { formatMarkerNode, type MarkerComparison, type MarkerNode, type MarkerOperand } from './marker-node.ts';
import { parseMarkerNode } from './marker-parser.ts';
import { requireObject, requireText, requireTexts } from './input.ts';
import { normalizeName } from './name.ts';

export type { MarkerNode } from './marker-node.ts';

/** Values of the eleven variables an interpreter and its platform decide. */
export type MarkerEnvironment = Readonly<Record<string, string>>;

/** Values of the variables that depend on what is being installed. */
export interface MarkerContext {
  /** The one extra under which a requirement of a package is read; without it, none and each of `extras` in turn. */
  readonly extra?: string | undefined;
  /** The extras asked for: those a requirement may belong to, and the value of `extras` in a lock file. */
  readonly extras?: Iterable<string> | undefined;
  /** The groups asked for when installing from a lock file. */
  readonly dependencyGroups?: Iterable<string> | undefined;
}

/** A condition on the environment (dependency specifiers); immutable. */
export class Marker {
  readonly expression: MarkerNode;

  constructor(expression: MarkerNode) {
    this.expression = expression;
  }

  /**
   * Whether the marker holds: with several extras, whether it does for none of them or for one of them alone. One with a comparison
   * that has no meaning (`os_name ~= "x"`) never does. Throws TSPM_INVALID_MARKER for a variable without a value.
   */
  evaluate(environment: MarkerEnvironment, context: MarkerContext = {}): boolean {
    requireObject(environment, 'TSPM_INVALID_MARKER', 'the environment of a marker');
    const { extra, extras, dependencyGroups } = readContext(context);
    const each = extra === undefined ? ['', ...(extras ?? [])] : [extra];
    return each.some((one) => holds(this.expression, { environment, extra: one, extras, dependencyGroups }) ?? false);
  }

  /** The marker in the spelling of lock files: double quotes, single blanks, no needless parentheses. */
  toString(): string {
    return formatMarkerNode(this.expression);
  }
}

const INTERNED_LIMIT = 20_000;
const interned = new Map<string, Marker>();

/** Reads a marker; throws TSPM_INVALID_MARKER. Equal texts give the same object. */
export function parseMarker(text: string): Marker {
  requireText(text, 'TSPM_INVALID_MARKER', 'marker');
  const known = interned.get(text);
  if (known !== undefined) return known;
  const marker = new Marker(parseMarkerNode(text));
  if (interned.size >= INTERNED_LIMIT) interned.clear();
  interned.set(text, marker);
  return marker;
}

/** All names normalised; `extra` is empty for none. */
interface Values {
  readonly environment: MarkerEnvironment;
  readonly extra: string;
  readonly extras: readonly string[] | undefined;
  readonly dependencyGroups: readonly string[] | undefined;
}

function readContext(context: MarkerContext): Omit<Values, 'environment' | 'extra'> & { readonly extra?: string } {
  requireObject(context, 'TSPM_INVALID_MARKER', 'the context of a marker');
  const { extra, extras, dependencyGroups } = context;
  const lists = {
    extras: namesOf(extras, 'the extras'),
    dependencyGroups: namesOf(dependencyGroups, 'the dependency groups'),
  };
  if (extra === undefined) return lists;
  requireText(extra, 'TSPM_INVALID_MARKER', 'the extra');
  return { ...lists, extra: normalizeName(extra) };
}

function namesOf(names: Iterable<string> | undefined, what: string): string[] | undefined {
  return names === undefined ? undefined : requireTexts(names, 'TSPM_INVALID_MARKER', what).map(normalizeName);
}

/** Reads every part, also where the result is clear: a comparison without meaning spoils the whole marker. */
function holds(node: MarkerNode, values: Values): boolean | undefined {
  if (node.kind === 'compare') return comparisonHolds(node, values);
  const results = node.parts.map((part) => holds(part, values));
  if (results.includes(undefined)) return undefined;
  return node.kind === 'and' ? !results.includes(false) : results.includes(true);
}

function comparisonHolds({ left, operator, right }: MarkerComparison, values: Values): boolean | undefined {
  if (left.kind === 'variable') {
    if (isSetVariable(left.name)) return undefined;
    // Two variables: the reference compares with the name of the second one.
    const other = right.kind === 'variable' ? right.name : right.value;
    return compareMarkerValues(left.name, { left: valueOf(left.name, values), operator, right: other });
  }
  // Two texts: the reference takes the second one for the name of a variable.
  const variable = nameOf(right);
  if (isSetVariable(variable)) {
    const isMember = namesIn(variable, values).includes(left.value);
    if (operator === 'in') return isMember;
    return operator === 'not in' ? !isMember : compareWithSet(operator);
  }
  return compareMarkerValues(variable, { left: left.value, operator, right: valueOf(variable, values) });
}

function nameOf(operand: MarkerOperand): string {
  return operand.kind === 'variable' ? operand.name : operand.value;
}

function isSetVariable(name: string): name is 'extras' | 'dependency_groups' {
  return name === 'extras' || name === 'dependency_groups';
}

function namesIn(variable: 'extras' | 'dependency_groups', values: Values): readonly string[] {
  const names = variable === 'extras' ? values.extras : values.dependencyGroups;
  if (names === undefined) throw undefinedVariable(variable);
  return names;
}

function valueOf(variable: string, { environment, extra }: Values): string {
  if (variable === 'extra') return extra;
  const value: unknown = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
  if (typeof value !== 'string') throw undefinedVariable(variable);
  // Interpreters built from a checkout end their version with a bare plus, which is no version.
  return variable === 'python_full_version' && value.endsWith('+') ? `${value}local` : value;
}

function undefinedVariable(variable: string): TspmError {
  return new TspmError('TSPM_INVALID_MARKER', `marker variable ${variable} has no value here`);
}
