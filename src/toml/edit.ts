import { parseTOML, type AST } from 'toml-eslint-parser';
import { unreachable } from '../errors.ts';
import { changedDocument, sameValue, type TomlChange } from './change.ts';
import { deleteSplices, findKey, isWritten, pruneSplices, setSplices } from './key-splices.ts';
import { appendSplices, removeSplices } from './list-splices.ts';
import { parseToml } from './parse.ts';
import {
  applySplices,
  type ArrayNode,
  type KeyValueNode,
  type Splice,
  type SyntaxTree,
  type TableNode,
  type ValueNode,
} from './syntax.ts';
import { formatBasicString, formatPath, type TomlPath, type TomlTable } from './value.ts';

const MARK = '\ufeff';

/**
 * Makes the changes one after the other and touches no other byte. Each result is read again and compared with the value
 * and the comments it must have: a difference is a bug and throws a plain Error, so nothing wrong is ever returned.
 */
export function editToml(text: string, changes: readonly TomlChange[], file = 'pyproject.toml'): string {
  const mark = text.startsWith(MARK) ? MARK : '';
  let result = text.slice(mark.length);
  for (const change of changes) result = editOnce(result, change, file);
  return mark + result;
}

function editOnce(text: string, change: TomlChange, file: string): string {
  const before = parseToml(text, file);
  const changed = changedDocument(before, change);
  if (sameValue(before, changed)) return text;
  const tree = readSyntax(text);
  const removes = change.kind === 'delete' || change.kind === 'prune';
  const wanted = removes ? withoutImpliedParents(tree, changed, change.path) : changed;
  const splices = splicesOf(tree, change);
  const edited = applySplices(text, splices);
  if (!sameValue(parseToml(edited, file), wanted))
    throw new Error(`edit failed: ${describe(change)} gives another value`);
  if (!sameComments(tree, splices, readSyntax(edited)))
    throw new Error(`edit failed: ${describe(change)} loses a comment`);
  return edited;
}

/** Tables that are not written themselves, only through what they hold, go with the last of it. */
function withoutImpliedParents(tree: SyntaxTree, document: TomlTable, path: TomlPath): TomlTable {
  let result = document;
  for (let depth = path.length - 1; depth > 0; depth--) {
    const parent = path.slice(0, depth);
    if (isWritten(tree, parent)) break;
    result = changedDocument(result, { kind: 'prune', path: parent });
  }
  return result;
}

function splicesOf(tree: SyntaxTree, change: TomlChange): Splice[] {
  switch (change.kind) {
    case 'append': {
      const array = arrayAt(tree, change.path);
      return appendSplices(tree, array, quoted(change.item, styleOf(array.elements)));
    }
    case 'replace': {
      const element = arrayAt(tree, change.path).elements[change.index];
      if (element === undefined) throw new Error(`${formatPath(change.path)} has no element ${change.index}`);
      return [{ start: element.start, end: element.end, text: quoted(change.item, styleOf([element])) }];
    }
    case 'remove':
      return removeSplices(tree, arrayAt(tree, change.path), change.index);
    case 'set':
      return setSplices(tree, change);
    case 'delete':
      return deleteSplices(tree, change.path);
    case 'prune':
      return pruneSplices(tree, change.path);
    default:
      return unreachable(change);
  }
}

function arrayAt(tree: SyntaxTree, path: TomlPath): ArrayNode {
  const value = findKey(tree, path)?.node.value;
  if (value?.kind !== 'array') throw new Error(`${formatPath(path)} is not written as an array`);
  return value;
}

/** The quotes of the last string among `elements`. */
function styleOf(elements: readonly ValueNode[]): 'basic' | 'literal' {
  const last = elements.findLast((element) => element.kind === 'string');
  return last?.kind === 'string' ? last.style : 'basic';
}

function quoted(text: string, style: 'basic' | 'literal'): string {
  // oxlint-disable-next-line no-control-regex -- a literal string can hold no control character
  if (style === 'literal' && !/['\u0000-\u001f\u007f]/.test(text)) return `'${text}'`;
  return formatBasicString(text);
}

/** Comments may go only with the lines a splice removes. */
function sameComments(before: SyntaxTree, splices: readonly Splice[], after: SyntaxTree): boolean {
  const kept = before.comments.filter(
    (comment) => !splices.some((splice) => splice.start <= comment.start && comment.end <= splice.end),
  );
  const texts = (tree: readonly { readonly text: string }[]) => tree.map((comment) => comment.text).join('\n');
  return texts(kept) === texts(after.comments);
}

function describe(change: TomlChange): string {
  return `${change.kind} ${formatPath(change.path)}`;
}

/** The concrete shape of a TOML text. */
export function readSyntax(text: string): SyntaxTree {
  const program = parseTOML(text, { tomlVersion: '1.1' });
  const [root] = program.body;
  const tables: TableNode[] = [
    { kind: 'root', path: [], header: { start: 0, end: 0 }, body: root.body.flatMap((node) => keyValues([node])) },
  ];
  for (const node of root.body) {
    if (node.type === 'TOMLTable') tables.push(tableNode(text, node));
  }
  const newline = /\r\n/.test(text) && text.indexOf('\r\n') < text.indexOf('\n') ? '\r\n' : '\n';
  const comments = program.comments.map((comment) => ({ ...spanOf(comment), text: comment.value }));
  return { text, newline, tables, comments };
}

function tableNode(text: string, node: AST.TOMLTable): TableNode {
  const closing = node.kind === 'array' ? ']]' : ']';
  const end = text.indexOf(closing, node.key.range[1]) + closing.length;
  return {
    kind: node.kind,
    path: node.resolvedKey,
    header: { start: node.range[0], end },
    body: keyValues(node.body),
  };
}

function keyValues(body: readonly (AST.TOMLKeyValue | AST.TOMLTable)[]): KeyValueNode[] {
  return body.flatMap((node) =>
    node.type === 'TOMLTable'
      ? []
      : [
          {
            ...spanOf(node),
            keys: node.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value)),
            value: valueNode(node.value),
          },
        ],
  );
}

function valueNode(node: AST.TOMLContentNode): ValueNode {
  const span = spanOf(node);
  switch (node.type) {
    case 'TOMLArray':
      return { ...span, kind: 'array', elements: node.elements.map((element) => valueNode(element)) };
    case 'TOMLInlineTable':
      return { ...span, kind: 'inline', elements: keyValues(node.body) };
    case 'TOMLValue':
      if (node.kind !== 'string') return { ...span, kind: 'scalar' };
      return { ...span, kind: 'string', style: node.style, multiline: node.multiline };
    default:
      return unreachable(node);
  }
}

function spanOf(node: { readonly range: readonly [number, number] }): { start: number; end: number } {
  return { start: node.range[0], end: node.range[1] };
}
