/** Splices for keys and tables: find where a key belongs, create headers, delete what is left empty. */
import type { NewValue, TomlChange } from './change.ts';
import { appendSplices, removeSplices } from './list-splices.ts';
import {
  indentation,
  isBlankLine,
  lineEnd,
  lineStart,
  nextLine,
  type InlineTableNode,
  type KeyValueNode,
  type Splice,
  type SyntaxTree,
  type TableNode,
  type ValueNode,
} from './syntax.ts';
import { formatBasicString, formatPath, type TomlPath } from './value.ts';

/** A key with its place: its full path and what it stands in. */
export interface FoundKey {
  readonly path: TomlPath;
  readonly node: KeyValueNode;
  readonly table: TableNode;
  /** The innermost inline table around it. */
  readonly inline: InlineTableNode | undefined;
}

/** The key at `path`; undefined when no key of exactly that path is written. */
export function findKey(tree: SyntaxTree, path: TomlPath): FoundKey | undefined {
  return allKeys(tree).find((key) => samePath(key.path, path));
}

/** Whether a table has a header or a key of its own. */
export function isWritten(tree: SyntaxTree, path: TomlPath): boolean {
  return findKey(tree, path) !== undefined || findHeader(tree, path) !== undefined;
}

/** Sets a key: replaces its value, or adds it beside its siblings, or under a new header. */
export function setSplices(tree: SyntaxTree, change: Extract<TomlChange, { kind: 'set' }>): Splice[] {
  const { path, value, after } = change;
  const found = findKey(tree, path);
  const layout = change.layout ?? 'line';
  if (found !== undefined) {
    const { start, end } = found.node.value;
    return [{ start, end, text: formatValue(value, layout, tree.newline) }];
  }
  const place = nearestPlace(tree, path);
  const key = formatPath(path.slice(place.depth));
  if (place.kind === 'inline') {
    return appendSplices(tree, place.node, `${key} = ${formatValue(value, 'line', tree.newline)}`);
  }
  const written = formatValue(value, layout, tree.newline);
  if (place.kind === 'header' && place.depth < path.length - 1) {
    const line = `${formatPath(path.slice(-1))} = ${written}`;
    return [newTable(tree, { path: path.slice(0, -1), line, after })];
  }
  return [addLine(tree, place, `${key} = ${written}`)];
}

/** Removes a key with the whole lines it stands on, or its place in an inline table. */
export function deleteSplices(tree: SyntaxTree, path: TomlPath): Splice[] {
  const found = findKey(tree, path);
  if (found === undefined) throw new Error(`${formatPath(path)} is not written as a key`);
  if (found.inline !== undefined) return removeSplices(tree, found.inline, found.inline.elements.indexOf(found.node));
  return [deleteLines(tree.text, found.node.start, found.node.end)];
}

/** Removes an empty table's header or `key = {}`. */
export function pruneSplices(tree: SyntaxTree, path: TomlPath): Splice[] {
  if (findKey(tree, path) !== undefined) return deleteSplices(tree, path);
  const table = findHeader(tree, path);
  if (table === undefined) return [];
  return [deleteLines(tree.text, table.header.start, table.header.end)];
}

type Place =
  | { readonly kind: 'inline'; readonly depth: number; readonly node: InlineTableNode }
  | { readonly kind: 'sibling'; readonly depth: number; readonly key: FoundKey }
  | { readonly kind: 'header'; readonly depth: number; readonly table: TableNode };

/** The written table nearest to `path`; the root is always there. */
function nearestPlace(tree: SyntaxTree, path: TomlPath): Place {
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const place = placeIn(tree, path, depth);
    if (place !== undefined) return place;
  }
  throw new Error('a document has no root table');
}

/** Where keys of the table `path[0..depth]` are written; undefined when that table is not written itself. */
function placeIn(tree: SyntaxTree, path: TomlPath, depth: number): Place | undefined {
  const parent = path.slice(0, depth);
  const asKey = depth === 0 ? undefined : findKey(tree, parent);
  if (asKey?.node.value.kind === 'inline') return { kind: 'inline', depth, node: asKey.node.value };
  const table = tree.tables.find((node) => node.kind !== 'array' && samePath(node.path, parent));
  if (table !== undefined) return { kind: 'header', depth, table };
  const sibling = allKeys(tree).findLast(
    (key) => key.inline === undefined && startsWith(key.path, parent) && key.table.path.length < depth,
  );
  return sibling === undefined ? undefined : { kind: 'sibling', depth: sibling.table.path.length, key: sibling };
}

function addLine(tree: SyntaxTree, place: Exclude<Place, { kind: 'inline' }>, line: string): Splice {
  const { text, newline } = tree;
  const last = place.kind === 'sibling' ? place.key.node : place.table.body.at(-1);
  if (last === undefined && place.kind === 'header' && place.table.kind === 'root') {
    return { start: 0, end: 0, text: line + newline + (text === '' || isBlankLine(text, 0) ? '' : newline) };
  }
  const anchor = last ?? (place.kind === 'header' ? place.table.header : undefined);
  if (anchor === undefined) throw new Error('a key has no place');
  const offset = lineEnd(text, anchor.end);
  return { start: offset, end: offset, text: newline + indentation(text, anchor.start) + line };
}

interface NewTable {
  readonly path: TomlPath;
  readonly line: string;
  readonly after: TomlPath | undefined;
}

function newTable(tree: SyntaxTree, { path, line, after }: NewTable): Splice {
  const { text, newline } = tree;
  const block = `[${formatPath(path)}]${newline}${line}`;
  const neighbour = after === undefined ? undefined : findHeader(tree, after);
  if (neighbour !== undefined && neighbour !== tree.tables.at(-1)) {
    const offset = endOfTable(text, neighbour);
    const gap = nextLine(text, offset) < text.length && !isBlankLine(text, nextLine(text, offset)) ? newline : '';
    return { start: offset, end: offset, text: newline + newline + block + gap };
  }
  const end = text.length;
  if (text.trim() === '') return { start: end, end, text: block + newline };
  if (!text.endsWith('\n')) return { start: end, end, text: newline + newline + block };
  const gap = isBlankLine(text, text.length - 1) ? '' : newline;
  return { start: end, end, text: gap + block + newline };
}

/** Behind a table's last key and the comments that follow it without a blank line, unless those belong to the next header. */
function endOfTable(text: string, table: TableNode): number {
  const last = lineEnd(text, (table.body.at(-1) ?? table.header).end);
  let end = last;
  for (;;) {
    const next = nextLine(text, end);
    const line = text.slice(next, lineEnd(text, next)).trim();
    if (line.startsWith('#')) end = lineEnd(text, next);
    else return line === '' ? end : last;
  }
}

/** Deletes whole lines and, between two blank lines or at the end, one of the blanks. */
function deleteLines(text: string, start: number, end: number): Splice {
  let from = lineStart(text, start);
  let to = nextLine(text, end);
  if (to === text.length) {
    while (from > 0 && isBlankLine(text, from - 1)) from = lineStart(text, from - 1);
    if (!text.endsWith('\n')) from = from === 0 ? 0 : lineEnd(text, from - 1);
  } else if (from === 0 || isBlankLine(text, from - 1)) {
    while (to < text.length && isBlankLine(text, to)) to = nextLine(text, to);
  }
  return { start: from, end: to, text: '' };
}

function formatValue(value: NewValue, layout: 'line' | 'block', newline: string): string {
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return formatBasicString(value);
  const items = value.map((item) => formatBasicString(item));
  if (layout === 'line' || items.length === 0) return `[${items.join(', ')}]`;
  return ['[', ...items.map((item) => `    ${item},`), ']'].join(newline);
}

function allKeys(tree: SyntaxTree): FoundKey[] {
  return tree.tables.flatMap((table) =>
    table.path.every((key) => typeof key === 'string')
      ? keysIn(table.body, { path: table.path, table, inline: undefined })
      : [],
  );
}

function keysIn(
  body: readonly KeyValueNode[],
  context: { readonly path: TomlPath; readonly table: TableNode; readonly inline: InlineTableNode | undefined },
): FoundKey[] {
  return body.flatMap((node) => {
    const found = { path: [...context.path, ...node.keys], node, table: context.table, inline: context.inline };
    return [found, ...nestedKeys(node.value, found)];
  });
}

function nestedKeys(value: ValueNode, found: FoundKey): FoundKey[] {
  if (value.kind !== 'inline') return [];
  return keysIn(value.elements, { path: found.path, table: found.table, inline: value });
}

function findHeader(tree: SyntaxTree, path: TomlPath): TableNode | undefined {
  return tree.tables.find((node) => node.kind === 'standard' && samePath(node.path, path));
}

function startsWith(path: readonly (string | number)[], prefix: TomlPath): boolean {
  return path.length > prefix.length && prefix.every((key, index) => path[index] === key);
}

function samePath(a: readonly (string | number)[], b: TomlPath): boolean {
  return a.length === b.length && b.every((key, index) => a[index] === key);
}
