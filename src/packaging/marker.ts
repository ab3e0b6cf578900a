import { TspmError } from '../errors.ts';
import { compareMarkerValues } from './marker-compare.ts';
import { formatMarkerNode, type MarkerComparison, type MarkerNode, type MarkerOperand } from './marker-node.ts';
import { parseMarkerNode } from './marker-parser.ts';
import { normalizeName } from './name.ts';

export type { MarkerNode } from './marker-node.ts';

/** Values of the eleven variables an interpreter and its platform decide. */
export type MarkerEnvironment = Readonly<Record<string, string>>;

/** Values of the variables that depend on what is being installed. */
export interface MarkerContext {
  /** The one extra under which a requirement of a package is read; absent for the package without extras. */
  readonly extra?: string | undefined;
  /** The extras and groups asked for when installing from a lock file; absent anywhere else. */
  readonly extras?: readonly string[] | undefined;
  readonly dependencyGroups?: readonly string[] | undefined;
}

/** A condition on the environment (dependency specifiers); immutable. */
export class Marker {
  readonly expression: MarkerNode;

  constructor(expression: MarkerNode) {
    this.expression = expression;
  }

  /**
   * Whether the marker holds; one with a comparison that has no meaning (`os_name ~= "x"`) never does. Throws
   * TSPM_INVALID_MARKER for a variable without a value.
   */
  evaluate(environment: MarkerEnvironment, context: MarkerContext = {}): boolean {
    return holds(this.expression, { environment, context }) ?? false;
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
  const known = interned.get(text);
  if (known !== undefined) return known;
  const marker = new Marker(parseMarkerNode(text));
  if (interned.size >= INTERNED_LIMIT) interned.clear();
  interned.set(text, marker);
  return marker;
}

interface Values {
  readonly environment: MarkerEnvironment;
  readonly context: MarkerContext;
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
    const isMember = namesIn(variable, values.context).map(normalizeName).includes(left.value);
    if (operator === 'in') return isMember;
    return operator === 'not in' ? !isMember : undefined;
  }
  return compareMarkerValues(variable, { left: left.value, operator, right: valueOf(variable, values) });
}

function nameOf(operand: MarkerOperand): string {
  return operand.kind === 'variable' ? operand.name : operand.value;
}

function isSetVariable(name: string): name is 'extras' | 'dependency_groups' {
  return name === 'extras' || name === 'dependency_groups';
}

function namesIn(variable: 'extras' | 'dependency_groups', context: MarkerContext): readonly string[] {
  const names = variable === 'extras' ? context.extras : context.dependencyGroups;
  if (names === undefined) throw undefinedVariable(variable);
  return names;
}

function valueOf(variable: string, { environment, context }: Values): string {
  if (variable === 'extra') return normalizeName(context.extra ?? '');
  const value = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
  if (value === undefined) throw undefinedVariable(variable);
  // Interpreters built from a checkout end their version with a bare plus, which is no version.
  return variable === 'python_full_version' && value.endsWith('+') ? `${value}local` : value;
}

function undefinedVariable(variable: string): TspmError {
  return new TspmError('TSPM_INVALID_MARKER', `marker variable ${variable} has no value here`);
}
