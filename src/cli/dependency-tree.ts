/** Packages as trees of what they require, or are required by. */
import type { ListedPackage } from '../app/listed-package.ts';
import { compareText, sortedText } from '../util/collections.ts';
import { matchesGlob } from '../util/glob.ts';
import type { TreeNode } from './render.ts';

/** What is drawn. */
export interface DependencyTreeRequest {
  readonly packages: readonly ListedPackage[];
  /** Globs: only trees of packages that match one are drawn; all when there are none. */
  readonly patterns: readonly string[];
  /** Upside down: below a package stands what requires it. */
  readonly reverse: boolean;
  /** Specifiers of what the project itself asks for, by key. */
  readonly required: ReadonlyMap<string, string>;
  /** Whether what only other packages ask for is drawn. */
  readonly withSub: boolean;
}

/** Whether the package's name matches one of the globs, or there are none. */
export function matchesPatterns(key: string, patterns: readonly string[]): boolean {
  if (patterns.length === 0) return true;
  return patterns.some((pattern) => matchesGlob(key, pattern.toLowerCase().replaceAll(/[-_.]+/g, '-')));
}

/** The trees as lines: `NAME VERSION [ required: RANGE ]`. */
export function dependencyTrees(request: DependencyTreeRequest): TreeNode[] {
  const walk = startWalk(request);
  return walk.roots.map((root) => treeNode(walk, root, []));
}

/** The trees as data, with PDM's keys. */
export function dependencyData(request: DependencyTreeRequest): object[] {
  const walk = startWalk(request);
  return walk.roots.map((root) => dataNode(walk, root, []));
}

/** One arrow of the dependency graph: a package, and what the other end asks of it; undefined when nobody asks. */
interface Edge {
  readonly key: string;
  readonly specifier: string | undefined;
}

type Edges = ReadonlyMap<string, readonly Edge[]>;

interface Walk {
  readonly known: ReadonlyMap<string, ListedPackage>;
  readonly edges: Edges;
  /** Where trees begin: where nothing leads to, or what matches. */
  readonly roots: readonly Edge[];
  readonly reverse: boolean;
}

function startWalk({ packages, patterns, reverse, required, withSub }: DependencyTreeRequest): Walk {
  const known = new Map(packages.map((one) => [one.key, one]));
  const down = new Map(packages.map(({ key, requires }) => [key, withSub ? edgesTo(requires) : []]));
  const edges = reverse ? reversed(down) : down;
  const targets = new Set([...edges.values()].flat().map(({ key }) => key));
  const tops = sortedText([...edges.keys()].filter((key) => !targets.has(key)));
  const starts = tops.map((key) => ({ key, specifier: required.get(key) }));
  const roots = new Map<string, Edge>();
  for (const start of starts) collectMatches(edges, { edge: start, patterns, roots, seen: new Set() });
  return { known, edges, reverse, roots: [...roots.values()] };
}

/** A match is drawn with all that is below it; above it nothing is. */
function collectMatches(
  edges: Edges,
  search: {
    readonly edge: Edge;
    readonly patterns: readonly string[];
    readonly roots: Map<string, Edge>;
    readonly seen: Set<string>;
  },
): void {
  const { edge, patterns, roots, seen } = search;
  if (matchesPatterns(edge.key, patterns)) {
    if (!roots.has(edge.key)) roots.set(edge.key, edge);
    return;
  }
  if (seen.has(edge.key)) return;
  seen.add(edge.key);
  for (const below of edges.get(edge.key) ?? []) collectMatches(edges, { ...search, edge: below });
}

function edgesTo(requires: ListedPackage['requires']): Edge[] {
  const unique = new Map(requires.map(({ key, specifier }) => [key, { key, specifier: specifier.toString() }]));
  return [...unique.values()].sort((a, b) => compareText(a.key, b.key));
}

function reversed(edges: Edges): Edges {
  const up = new Map<string, Edge[]>([...edges.keys()].map((key) => [key, []]));
  for (const [from, targets] of edges)
    for (const { key, specifier } of targets) up.set(key, [...(up.get(key) ?? []), { key: from, specifier }]);
  return up;
}

function treeNode(walk: Walk, { key, specifier }: Edge, trail: readonly string[]): TreeNode {
  const label = `${key} ${walk.known.get(key)?.version ?? '[ not installed ]'}`;
  if (trail.includes(key)) return { text: `${label} [circular]`, children: [] };
  const children = (walk.edges.get(key) ?? []).map((edge) => treeNode(walk, edge, [...trail, key]));
  return { text: label + condition(walk, { key, specifier }, trail.length === 0), children };
}

function condition({ reverse }: Walk, edge: Edge, isRoot: boolean): string {
  if (reverse) return isRoot ? '' : ` [ requires: ${asked(edge)} ]`;
  return edge.specifier === undefined ? ' [ Not required ]' : ` [ required: ${asked(edge)} ]`;
}

/** What is asked for; empty when nobody asks. */
function asked({ specifier }: Edge): string {
  return specifier === '' ? 'Any' : (specifier ?? '');
}

function dataNode(walk: Walk, edge: Edge, trail: readonly string[]): object {
  const { key } = edge;
  const inside = trail.includes(key) ? [] : (walk.edges.get(key) ?? []);
  const below = inside.map((next) => dataNode(walk, next, [...trail, key]));
  const facts = { package: key, version: walk.known.get(key)?.version ?? null };
  if (!walk.reverse) return { ...facts, required: asked(edge), dependencies: below };
  return { ...facts, requires: trail.length === 0 ? null : asked(edge), dependents: below };
}
