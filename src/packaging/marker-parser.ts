import { TspmError } from '../errors.ts';
import { decodePythonText } from './marker-text.ts';
import {
  MARKER_VARIABLES,
  type MarkerComparison,
  type MarkerNode,
  type MarkerOperand,
  type MarkerOperator,
  type MarkerVariable,
} from './marker-node.ts';
import { normalizeName } from './name.ts';

interface Cursor {
  readonly text: string;
  at: number;
  depth: number;
}

/** Nesting that no author needs; beyond it a marker is refused instead of exhausting the stack. */
const MAX_DEPTH = 200;

const BLANKS = /[ \t]*/y;
const AND = /and(?!\w)/y;
const OR = /or(?!\w)/y;
const NOT_IN = /not[ \t]+in(?!\w)/y;
const IN = /in(?!\w)/y;
const OPERATOR = /===|==|~=|!=|<=|>=|<|>/y;
const QUOTED = /'([^']*)'|"([^"]*)"/y;
const WORD = /[a-z_.]+(?!\w)/y;

const OPERATORS: ReadonlyMap<string, MarkerOperator> = new Map(
  (['===', '==', '~=', '!=', '<=', '>=', '<', '>'] as const).map((operator) => [operator, operator]),
);
const VARIABLES: ReadonlyMap<string, MarkerVariable> = new Map<string, MarkerVariable>([
  ...MARKER_VARIABLES.map((name) => [name, name] as const),
  ['os.name', 'os_name'],
  ['sys.platform', 'sys_platform'],
  ['platform.version', 'platform_version'],
  ['platform.machine', 'platform_machine'],
  ['platform.python_implementation', 'platform_python_implementation'],
  ['python_implementation', 'platform_python_implementation'],
]);

/** Reads a marker (dependency specifiers grammar, old variable names included); throws TSPM_INVALID_MARKER. */
export function parseMarkerNode(text: string): MarkerNode {
  const cursor: Cursor = { text, at: 0, depth: 0 };
  const node = readAlternatives(cursor);
  if (cursor.at < text.length) throw expected(cursor, 'the end, "and" or "or"');
  return node;
}

function readAlternatives(cursor: Cursor): MarkerNode {
  return readJoined(cursor, { kind: 'or', word: OR, part: readConjunction });
}

function readConjunction(cursor: Cursor): MarkerNode {
  return readJoined(cursor, { kind: 'and', word: AND, part: readPart });
}

function readJoined(
  cursor: Cursor,
  {
    kind,
    word,
    part,
  }: { readonly kind: 'and' | 'or'; readonly word: RegExp; readonly part: (cursor: Cursor) => MarkerNode },
): MarkerNode {
  const first = part(cursor);
  const parts = [first];
  while (take(cursor, word) !== undefined) parts.push(part(cursor));
  if (parts.length === 1) return first;
  return { kind, parts: parts.flatMap((node) => (node.kind === kind ? node.parts : [node])) };
}

function readPart(cursor: Cursor): MarkerNode {
  take(cursor, BLANKS);
  if (cursor.text[cursor.at] !== '(') return readComparison(cursor);
  if (++cursor.depth > MAX_DEPTH) throw expected(cursor, `at most ${MAX_DEPTH} nested parentheses`);
  cursor.at++;
  const node = readAlternatives(cursor);
  if (cursor.text[cursor.at] !== ')') throw expected(cursor, '")", "and" or "or"');
  cursor.at++;
  cursor.depth--;
  take(cursor, BLANKS);
  return node;
}

function readComparison(cursor: Cursor): MarkerComparison {
  const left = readOperand(cursor);
  const operator = readOperator(cursor);
  const right = readOperand(cursor);
  return {
    kind: 'compare',
    left: named(left, right, ['extra', 'extras', 'dependency_groups']),
    operator,
    right: named(right, left, ['extra']),
  };
}

function readOperand(cursor: Cursor): MarkerOperand {
  take(cursor, BLANKS);
  const quoted = take(cursor, QUOTED);
  if (quoted !== undefined) {
    const value = decodePythonText(quoted[1] ?? quoted[2] ?? '');
    if (value === undefined) throw expected(cursor, 'a text without line ends and broken escapes before this place');
    take(cursor, BLANKS);
    return { kind: 'text', value };
  }
  const start = cursor.at;
  const name = VARIABLES.get(take(cursor, WORD)?.[0] ?? '');
  if (name === undefined) {
    cursor.at = start;
    throw expected(cursor, 'a marker variable or a quoted text');
  }
  take(cursor, BLANKS);
  return { kind: 'variable', name };
}

function readOperator(cursor: Cursor): MarkerOperator {
  const operator = OPERATORS.get(take(cursor, OPERATOR)?.[0] ?? '');
  if (operator !== undefined) return operator;
  if (take(cursor, NOT_IN) !== undefined) return 'not in';
  if (take(cursor, IN) !== undefined) return 'in';
  throw expected(cursor, 'one of < <= == === ~= != >= > in, not in');
}

/** Names of extras and groups are compared normalised, so they are kept in that form; a set can stand on the right side alone. */
function named(operand: MarkerOperand, other: MarkerOperand, variables: readonly MarkerVariable[]): MarkerOperand {
  if (operand.kind !== 'text' || other.kind !== 'variable' || !variables.includes(other.name)) return operand;
  return { kind: 'text', value: normalizeName(operand.value) };
}

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (match === null) return undefined;
  cursor.at = pattern.lastIndex;
  return match;
}

function expected(cursor: Cursor, what: string): TspmError {
  return new TspmError(
    'TSPM_INVALID_MARKER',
    `marker ${JSON.stringify(cursor.text)} must have ${what} at character ${cursor.at + 1}`,
  );
}
