import { isTspmError, unreachable } from '../errors.ts';
import type { MarkerOperator } from './marker-node.ts';
import { parseSpecifier } from './specifier-clause.ts';
import { parseSpecifierSet, SpecifierSet } from './specifier.ts';

/** Variables whose values are compared as versions where the other side allows it. */
const VERSION_VARIABLES: ReadonlySet<string> = new Set([
  'python_version',
  'python_full_version',
  'implementation_version',
  'platform_release',
]);

/**
 * Whether `left operator right` holds for two texts, one of them the value of `variable`; undefined for a comparison that has
 * no meaning. Versions compare as in PEP 440 with pre-releases allowed, anything else as text without an order.
 */
export function compareMarkerValues(
  variable: string,
  { left, operator, right }: { readonly left: string; readonly operator: MarkerOperator; readonly right: string },
): boolean | undefined {
  if (VERSION_VARIABLES.has(variable) && operator !== 'in' && operator !== 'not in') {
    const clause = clauseOf(operator, right);
    if (clause !== undefined) return clause.contains(left, { prereleases: true });
  }
  switch (operator) {
    case 'in':
      return right.includes(left);
    case 'not in':
      return !right.includes(left);
    case '==':
    case '<=':
    case '>=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
    case '>':
      return false;
    case '~=':
    case '===':
      return undefined;
    default:
      return unreachable(operator);
  }
}

/** Whether `text operator set` holds for a set of names (`extras`, `dependency_groups`): a text is never one; undefined as above. */
export function compareWithSet(operator: MarkerOperator): boolean | undefined {
  if (operator === '~=' || operator === '===') return undefined;
  return operator === '!=';
}

function clauseOf(operator: string, version: string): SpecifierSet | undefined {
  try {
    // A comma, which only the text of `===` may hold, would make several clauses of what has to be one.
    return version.includes(',')
      ? new SpecifierSet([parseSpecifier(operator + version)])
      : parseSpecifierSet(operator + version);
  } catch (error) {
    if (isTspmError(error)) return undefined;
    throw error;
  }
}
