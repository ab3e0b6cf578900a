/** Splices inside arrays and inline tables: add and remove one element and leave every other byte alone. */
import {
  indentation,
  isFirstOnLine,
  lineEnd,
  lineStart,
  nextLine,
  skipTrivia,
  type Span,
  type Splice,
  type SyntaxTree,
} from './syntax.ts';

/** Something in brackets with elements between commas. */
export interface ListNode extends Span {
  readonly elements: readonly Span[];
}

const INDENT = '    ';

/** Adds `item` behind the last element, in that element's layout: own line or same line, with or without trailing comma. */
export function appendSplices(tree: SyntaxTree, list: ListNode, item: string): Splice[] {
  const { text, newline } = tree;
  const last = list.elements.at(-1);
  if (last === undefined) return [fillEmptyList(tree, list, item)];
  const comma = commaAfter(text, last.end);
  if (!isFirstOnLine(text, last.start)) {
    return comma === undefined ? [insert(last.end, `, ${item}`)] : [insert(comma + 1, ` ${item},`)];
  }
  const line = newline + indentation(text, last.start) + item;
  if (comma === undefined) {
    const place = endOfItemLine(text, last.end);
    return place === last.end ? [insert(place, `,${line}`)] : [insert(last.end, ','), insert(place, line)];
  }
  return [insert(endOfItemLine(text, comma + 1), `${line},`)];
}

/** Removes the element at `index` with its comma and, when it has its lines to itself, those lines with their comments. */
export function removeSplices(tree: SyntaxTree, list: ListNode, index: number): Splice[] {
  const { text } = tree;
  const element = list.elements[index];
  if (element === undefined) throw new Error(`no element ${index} in a list of ${list.elements.length}`);
  if (list.elements.length === 1 && !commentWithin(tree, list)) {
    return [remove(list.start + 1, list.end - 1)];
  }
  const comma = commaAfter(text, element.end);
  const end = comma === undefined ? element.end : comma + 1;
  const previous = list.elements[index - 1];
  const splices: Splice[] = [];
  if (comma === undefined && previous !== undefined) splices.push(commaSplice(text, previous));
  splices.push(ownSplice(tree, list, { index, element, end }));
  return mergeSplices(splices);
}

interface Removal {
  readonly index: number;
  readonly element: Span;
  /** Behind the element and its comma. */
  readonly end: number;
}

function ownSplice(tree: SyntaxTree, list: ListNode, { index, element, end }: Removal): Splice {
  const { text } = tree;
  const startsLine = isFirstOnLine(text, element.start);
  const endsLine = /^[ \t]*(?:#.*)?$/.test(text.slice(end, lineEnd(text, end))) && nextLine(text, end) < list.end;
  if (startsLine && endsLine) return remove(lineStart(text, element.start), nextLine(text, end));
  const next = list.elements[index + 1];
  if (next !== undefined && !endsLine && !commentBetween(tree, element.start, next.start)) {
    return remove(element.start, next.start);
  }
  const from = behindPrevious(text, list, index);
  if (commentBetween(tree, from, element.start)) return remove(element.start, end);
  return remove(from, end);
}

/** Where the blanks before an element begin: behind the comma of the one before it, or behind the bracket. */
function behindPrevious(text: string, list: ListNode, index: number): number {
  const previous = list.elements[index - 1];
  if (previous === undefined) return list.elements[index]?.start ?? list.start + 1;
  const comma = commaAfter(text, previous.end);
  return comma === undefined ? previous.end : comma + 1;
}

function fillEmptyList(tree: SyntaxTree, list: ListNode, item: string): Splice {
  const { text, newline } = tree;
  const inner = text.slice(list.start + 1, list.end - 1);
  if (!inner.includes('\n')) {
    const pad = text[list.start] === '{' ? ' ' : '';
    return { start: list.start + 1, end: list.end - 1, text: pad + item + pad };
  }
  const comment = tree.comments.find((node) => node.start > list.start && isFirstOnLine(text, node.start));
  const indent =
    comment !== undefined && comment.end < list.end
      ? indentation(text, comment.start)
      : indentation(text, list.end - 1) + INDENT;
  return insert(lineStart(text, list.end - 1), `${indent + item},${newline}`);
}

/** Behind the comment that ends an element's line; `offset` itself when something else follows in that line. */
function endOfItemLine(text: string, offset: number): number {
  const end = lineEnd(text, offset);
  return /^[ \t]*(?:#.*)?$/.test(text.slice(offset, end)) ? end : offset;
}

function commaSplice(text: string, element: Span): Splice {
  const comma = commaAfter(text, element.end);
  if (comma === undefined) throw new Error('an element before another one has no comma');
  return remove(comma, comma + 1);
}

function commaAfter(text: string, offset: number): number | undefined {
  const position = skipTrivia(text, offset);
  return text[position] === ',' ? position : undefined;
}

function commentWithin(tree: SyntaxTree, span: Span): boolean {
  return commentBetween(tree, span.start, span.end);
}

function commentBetween(tree: SyntaxTree, start: number, end: number): boolean {
  return tree.comments.some((comment) => comment.start >= start && comment.end <= end);
}

/** Removals that touch or overlap, as one. */
function mergeSplices(splices: readonly Splice[]): Splice[] {
  const merged: Splice[] = [];
  for (const splice of [...splices].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && splice.start <= last.end) {
      merged[merged.length - 1] = remove(last.start, Math.max(last.end, splice.end));
    } else {
      merged.push(splice);
    }
  }
  return merged;
}

function insert(offset: number, text: string): Splice {
  return { start: offset, end: offset, text };
}

function remove(start: number, end: number): Splice {
  return { start, end, text: '' };
}
