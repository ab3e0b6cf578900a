/** The variables of environment markers (dependency specifiers; `extras` and `dependency_groups` of lock files). */
export const MARKER_VARIABLES = [
  'python_version',
  'python_full_version',
  'implementation_name',
  'implementation_version',
  'os_name',
  'sys_platform',
  'platform_machine',
  'platform_python_implementation',
  'platform_release',
  'platform_system',
  'platform_version',
  'extra',
  'extras',
  'dependency_groups',
] as const;

/** A variable by its modern name. */
export type MarkerVariable = (typeof MARKER_VARIABLES)[number];

/** A comparison of markers; `not in` with any blanks is written with one. */
export type MarkerOperator = '==' | '!=' | '<=' | '>=' | '<' | '>' | '~=' | '===' | 'in' | 'not in';

/** One side of a comparison. */
export type MarkerOperand =
  | { readonly kind: 'variable'; readonly name: MarkerVariable }
  | { readonly kind: 'text'; readonly value: string };

/** One comparison as written. */
export interface MarkerComparison {
  readonly kind: 'compare';
  readonly left: MarkerOperand;
  readonly operator: MarkerOperator;
  readonly right: MarkerOperand;
}

/** A marker as written, parentheses that change nothing left out; `parts` are two or more, none of the kind of its parent. */
export type MarkerNode = MarkerComparison | { readonly kind: 'and' | 'or'; readonly parts: readonly MarkerNode[] };

/** The marker as text: double quotes, one blank around operators, parentheses only around an `or` within an `and`. */
export function formatMarkerNode(node: MarkerNode): string {
  switch (node.kind) {
    case 'compare':
      return formatComparison(node);
    case 'or':
      return node.parts.map(formatMarkerNode).join(' or ');
    case 'and':
      return node.parts
        .map((part) => (part.kind === 'or' ? `(${formatMarkerNode(part)})` : formatMarkerNode(part)))
        .join(' and ');
  }
}

/** `left operator right`. */
export function formatComparison({ left, operator, right }: MarkerComparison): string {
  return `${formatOperand(left)} ${operator} ${formatOperand(right)}`;
}

/** A text in quotes, so that it reads back as the same text. */
export function quoteMarkerText(value: string): string {
  const escaped = value.replaceAll(/[\\\p{Cc}]/gu, (character) =>
    character === '\\' ? '\\\\' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  if (!escaped.includes('"')) return `"${escaped}"`;
  // The grammar ends a text at the next quote of its kind, whatever stands before it.
  return escaped.includes("'") ? `"${escaped.replaceAll('"', String.raw`\x22`)}"` : `'${escaped}'`;
}

function formatOperand(operand: MarkerOperand): string {
  return operand.kind === 'variable' ? operand.name : quoteMarkerText(operand.value);
}
