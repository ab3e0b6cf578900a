import { byKey, frozenLine, listInstalled, type InstalledPackage } from '../../app/list.ts';
import { TspmError } from '../../errors.ts';
import { compareText, sortedText } from '../../util/collections.ts';
import { matchesGlob } from '../../util/glob.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { renderTable, renderTrees, type TreeNode } from '../render.ts';
import { withSession } from '../session.ts';

const FIELDS: readonly string[] = ['name', 'version', 'location', 'groups', 'homepage', 'licenses'];

/** `tspm list`. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  refuseMixtures(input);
  return withSession(context, input, async (session) => {
    const all = await listInstalled(session);
    const shown = all.filter((one) => isWanted(one, input));
    if (input.has('freeze'))
      print(
        context,
        shown.map(frozenLine).sort((a, b) => compareText(a.toLowerCase(), b.toLowerCase())),
      );
    else if (input.has('tree')) printTree(context, input, all);
    else printFields(context, input, shown);
    return 0;
  });
}

function refuseMixtures(input: ParsedCommand): void {
  if (input.has('resolve')) throw new TspmError('TSPM_UNSUPPORTED', '--resolve of `tspm list` is not supported yet');
  if (input.has('reverse') && !input.has('tree'))
    throw new TspmError('TSPM_USAGE', '--reverse must be used with --tree');
  const withTree = ['csv', 'markdown', 'sort'].find((name) => input.has(name));
  if (input.has('tree') && withTree !== undefined)
    throw new TspmError('TSPM_USAGE', `--${withTree} cannot be used with --tree`);
  const withFreeze = ['tree', 'reverse', 'json', 'csv', 'markdown', 'fields', 'sort'].find((name) => input.has(name));
  if (input.has('freeze') && withFreeze !== undefined)
    throw new TspmError('TSPM_USAGE', `--${withFreeze} cannot be used with --freeze`);
}

function isWanted(one: InstalledPackage, input: ParsedCommand): boolean {
  const [include, exclude] = [input.list('include'), input.list('exclude')];
  if (include.length > 0 && !one.groups.some((group) => include.includes(group))) return false;
  if (exclude.length > 0 && one.groups.every((group) => exclude.includes(group))) return false;
  return matches(one, input.args);
}

function matches(one: InstalledPackage, patterns: readonly string[]): boolean {
  return (
    patterns.length === 0 ||
    patterns.some((pattern) => matchesGlob(one.key, pattern.toLowerCase().replaceAll(/[-_.]+/g, '-')))
  );
}

function printFields(context: CommandContext, input: ParsedCommand, packages: readonly InstalledPackage[]): void {
  const fields = fieldsOf(input.value('fields') ?? 'name,version,location');
  const sort = fieldsOf(input.value('sort') ?? 'name')[0] ?? 'name';
  const rows = packages
    .map((one) => recordOf(one))
    .sort((a, b) => compareText((a[sort] ?? '').toLowerCase(), (b[sort] ?? '').toLowerCase()));
  const cells = rows.map((row) => fields.map((field) => row[field] ?? ''));
  if (input.has('json'))
    print(context, [
      JSON.stringify(
        rows.map((row) => Object.fromEntries(fields.map((field) => [field, row[field] ?? '']))),
        null,
        4,
      ),
    ]);
  else if (input.has('csv'))
    print(
      context,
      [fields, ...cells].map((row) => row.map(csvCell).join(',')),
    );
  else if (input.has('markdown')) print(context, markdown(fields, cells));
  else context.output.write(renderTable(fields, cells, context.paint));
}

function recordOf(one: InstalledPackage): Readonly<Record<string, string>> {
  return { ...one, groups: one.groups.join('|'), directUrl: '', requires: '' };
}

function fieldsOf(text: string): readonly string[] {
  if (text === '*') return FIELDS;
  const fields = text.split(',').map((field) => field.trim());
  const unknown = fields.find((field) => !FIELDS.includes(field));
  if (unknown === undefined) return fields;
  throw new TspmError('TSPM_USAGE', `"${unknown}" is no field of \`tspm list\``, {
    hint: `choose from ${FIELDS.join(', ')}`,
  });
}

function csvCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function markdown(fields: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(fields), line(fields.map(() => '---')), ...rows.map(line)];
}

/** One arrow of the dependency graph: a package, and what the other end asks of it. */
interface Edge {
  readonly key: string;
  readonly specifier: string;
}

type Edges = ReadonlyMap<string, readonly Edge[]>;

function printTree(context: CommandContext, input: ParsedCommand, packages: readonly InstalledPackage[]): void {
  const known = byKey(packages);
  const down = new Map(
    packages.map((one) => [
      one.key,
      uniqueEdges(one.requires.map(({ key, specifier }) => ({ key, specifier: specifier.toString() }))),
    ]),
  );
  const edges = input.has('reverse') ? reversed(down) : down;
  const targets = new Set([...edges.values()].flat().map(({ key }) => key));
  const roots = sortedText(
    [...edges.keys()].filter((key) => !targets.has(key) && (input.has('reverse') || known.has(key))),
  );
  const walk = { known, edges, patterns: input.args };
  if (input.has('json'))
    print(context, [
      JSON.stringify(
        roots.flatMap((key) => jsonNode(walk, { key, specifier: '' }, { trail: [], reverse: input.has('reverse') })),
        null,
        2,
      ),
    ]);
  else context.output.write(renderTrees(roots.flatMap((key) => treeNode(walk, { key, specifier: undefined }, []))));
}

interface Walk {
  readonly known: ReadonlyMap<string, InstalledPackage>;
  readonly edges: Edges;
  readonly patterns: readonly string[];
}

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
  const isMatch = found === undefined ? walk.patterns.length === 0 : matches(found, walk.patterns);
  return isMatch || children.length > 0 ? [{ text: label + required, children }] : [];
}

function jsonNode(
  walk: Walk,
  { key, specifier }: Edge,
  place: { readonly trail: readonly string[]; readonly reverse: boolean },
): object[] {
  const found = walk.known.get(key);
  const inside = place.trail.includes(key) ? [] : (walk.edges.get(key) ?? []);
  const below = inside.flatMap((edge) => jsonNode(walk, edge, { ...place, trail: [...place.trail, key] }));
  const isMatch = found === undefined ? walk.patterns.length === 0 : matches(found, walk.patterns);
  if (!isMatch && below.length === 0) return [];
  const facts = { package: found?.name ?? key, version: found?.version ?? null };
  return [
    place.reverse
      ? { ...facts, requires: specifier, dependents: below }
      : { ...facts, required: specifier, dependencies: below },
  ];
}

function uniqueEdges(edges: readonly Edge[]): Edge[] {
  const unique = new Map(edges.map((edge) => [edge.key, edge]));
  return [...unique.values()].sort((a, b) => compareText(a.key, b.key));
}

function reversed(edges: Edges): Edges {
  const up = new Map<string, Edge[]>([...edges.keys()].map((key) => [key, []]));
  for (const [from, targets] of edges)
    for (const { key, specifier } of targets) up.set(key, [...(up.get(key) ?? []), { key: from, specifier }]);
  return up;
}

function print(context: CommandContext, lines: readonly string[]): void {
  if (lines.length > 0) context.output.write(`${lines.join('\n')}\n`);
}
