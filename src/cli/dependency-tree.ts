/** The installed packages as trees of what they require, or are required by. */
import type { InstalledPackage } from '../app/list.ts';
import { compareText, sortedText } from '../util/collections.ts';
import { matchesGlob } from '../util/glob.ts';
import type { TreeNode } from './render.ts';

/** What is drawn. */
export interface DependencyTreeRequest {
  /** All installed packages. */
  readonly packages: readonly InstalledPackage[];
  /** Globs: only branches with a package that matches one are kept; all when there are none. */
  readonly patterns: readonly string[];
  /** Upside down: below a package stands what requires it. */
  readonly reverse: boolean;
}

/** Whether the package's name matches one of the globs, or there are none. */
export function matchesPatterns({ key }: InstalledPackage, patterns: readonly string[]): boolean {
  if (patterns.length === 0) return true;
  return patterns.some((pattern) => matchesGlob(key, pattern.toLowerCase().replaceAll(/[-_.]+/g, '-')));
}

/** The trees as lines: `NAME VERSION [ required: RANGE ]`. */
export function dependencyTrees(request: DependencyTreeRequest): TreeNode[] {
  const walk = startWalk(request);
  return walk.roots.flatMap((key) => treeNode(walk, { key, specifier: undefined }, []));
}

/** The trees as data, with PDM's keys. */
export function dependencyData(request: DependencyTreeRequest): object[] {
  const walk = startWalk(request);
  return walk.roots.flatMap((key) => dataNode(walk, { key, specifier: '' }, []));
}

/** One arrow of the dependency graph: a package, and what the other end asks of it. */
interface Edge {
  readonly key: string;
  readonly specifier: string;
}

type Edges = ReadonlyMap<string, readonly Edge[]>;

interface Walk {
  readonly known: ReadonlyMap<string, InstalledPackage>;
  readonly edges: Edges;
  /** Where nothing leads to. */
  readonly roots: readonly string[];
  readonly patterns: readonly string[];
  readonly reverse: boolean;
}

function startWalk({ packages, patterns, reverse }: DependencyTreeRequest): Walk {
  const known = new Map(packages.map((one) => [one.key, one]));
  const down = new Map(packages.map(({ key, requires }) => [key, edgesTo(requires)]));
  const edges = reverse ? reversed(down) : down;
  const targets = new Set([...edges.values()].flat().map(({ key }) => key));
  const roots = sortedText([...edges.keys()].filter((key) => !targets.has(key)));
  return { known, edges, roots, patterns, reverse };
}

function edgesTo(requires: InstalledPackage['requires']): Edge[] {
  const unique = new Map(requires.map(({ key, specifier }) => [key, { key, specifier: specifier.toString() }]));
  return [...unique.values()].sort((a, b) => compareText(a.key, b.key));
}

function reversed(edges: Edges): Edges {
  const up = new Map<string, Edge[]>([...edges.keys()].map((key) => [key, []]));
  for (const [from, targets] of edges)
    for (const { key, specifier } of targets) up.set(key, [...(up.get(key) ?? []), { key: from, specifier }]);
  return up;
}

/** `specifier`: what the parent asks for; undefined for a root. */
function treeNode(
  walk: Walk,
  { key, specifier }: { readonly key: string; readonly specifier: string | undefined },
  trail: readonly string[],
): TreeNode[] {
  const found = walk.known.get(key);
  const label = `${found?.name ?? key} ${found?.version ?? '[ not installed ]'}`;
  const required = specifier === undefined ? '' : ` [ required: ${specifier === '' ? 'Any' : specifier} ]`;
  if (trail.includes(key)) return [{ text: `${label} [circular]`, children: [] }];
  const children = (walk.edges.get(key) ?? []).flatMap((edge) => treeNode(walk, edge, [...trail, key]));
  return isShown(walk, key) || children.length > 0 ? [{ text: label + required, children }] : [];
}

function dataNode(walk: Walk, { key, specifier }: Edge, trail: readonly string[]): object[] {
  const found = walk.known.get(key);
  const inside = trail.includes(key) ? [] : (walk.edges.get(key) ?? []);
  const below = inside.flatMap((edge) => dataNode(walk, edge, [...trail, key]));
  if (!isShown(walk, key) && below.length === 0) return [];
  const facts = { package: found?.name ?? key, version: found?.version ?? null };
  return [
    walk.reverse
      ? { ...facts, requires: specifier, dependents: below }
      : { ...facts, required: specifier, dependencies: below },
  ];
}

function isShown({ known, patterns }: Walk, key: string): boolean {
  const found = known.get(key);
  return found === undefined ? patterns.length === 0 : matchesPatterns(found, patterns);
}
