/** Markers of lock files about what is being installed: `"x" in extras`, `"g" in dependency_groups` (PEP 751). */
import type { MarkerComparison, MarkerNode } from './marker-node.ts';
import { Marker } from './marker.ts';
import { normalizeName } from './name.ts';

/** The extras and groups that were asked for. */
export interface GroupChoice {
  readonly extras: readonly string[];
  readonly dependencyGroups: readonly string[];
}

/**
 * What a marker asks of the environment once the extras and groups are chosen: another marker, or `true` for nothing more, `false` for
 * what no environment has.
 */
export function settleGroups({ expression }: Marker, choice: GroupChoice): Marker | boolean {
  const settled = settle(expression, choice);
  return typeof settled === 'boolean' ? settled : new Marker(settled);
}

/** A group as markers name it, or an extra. */
export interface GroupName {
  readonly name: string;
  readonly variable: 'extras' | 'dependency_groups';
}

/** The marker that holds where `marker` (anywhere, when undefined) does while one of the groups is asked for, spelt as PDM does. */
export function withGroups(marker: Marker | undefined, groups: readonly GroupName[]): Marker {
  const asked = groups.map(membership);
  if (marker === undefined) return new Marker(joined('or', asked));
  const { expression } = marker;
  const [only, ...others] = asked;
  if (only !== undefined && others.length === 0) {
    const alternatives = expression.kind === 'or' ? expression.parts : [expression];
    return new Marker(
      joined(
        'or',
        alternatives.map((part) => joined('and', [part, only])),
      ),
    );
  }
  const pairs = asked.map((group) => (expression.kind === 'and' ? [expression, group] : [group, expression]));
  return new Marker(
    joined(
      'or',
      pairs.map((pair) => joined('and', pair)),
    ),
  );
}

function settle(node: MarkerNode, choice: GroupChoice): MarkerNode | boolean {
  if (node.kind === 'compare') return settleComparison(node, choice);
  const parts = node.parts.map((part) => settle(part, choice));
  // What decides an `or` is a part that always holds, an `and` one that never does.
  const deciding = node.kind === 'or';
  if (parts.includes(deciding)) return deciding;
  const open = parts.filter((part) => typeof part !== 'boolean');
  return open.length === 0 ? !deciding : joined(node.kind, open);
}

function settleComparison(node: MarkerComparison, choice: GroupChoice): MarkerNode | boolean {
  const { left, operator, right } = node;
  if (left.kind !== 'text' || right.kind !== 'variable') return node;
  if (right.name !== 'extras' && right.name !== 'dependency_groups') return node;
  if (operator !== 'in' && operator !== 'not in') return node;
  const names = right.name === 'extras' ? choice.extras : choice.dependencyGroups;
  const isMember = names.some((name) => normalizeName(name) === normalizeName(left.value));
  return operator === 'in' ? isMember : !isMember;
}

/** Parts of the same kind as the whole become parts of the whole. */
function joined(kind: 'and' | 'or', parts: readonly MarkerNode[]): MarkerNode {
  const flat = parts.flatMap((part) => (part.kind === kind ? part.parts : [part]));
  const [only, ...others] = flat;
  return only !== undefined && others.length === 0 ? only : { kind, parts: flat };
}

function membership({ name, variable }: GroupName): MarkerNode {
  const [left, right] = [
    { kind: 'text', value: name },
    { kind: 'variable', name: variable },
  ] as const;
  return { kind: 'compare', left, operator: 'in', right };
}
