/** The concrete shape of a TOML text, offsets in UTF-16 units: what splices are computed from. */

export interface Span {
  readonly start: number;
  readonly end: number;
}

interface StringNode extends Span {
  readonly kind: 'string';
  readonly style: 'basic' | 'literal';
  readonly multiline: boolean;
}

export interface ArrayNode extends Span {
  readonly kind: 'array';
  readonly elements: readonly ValueNode[];
}

export interface InlineTableNode extends Span {
  readonly kind: 'inline';
  readonly elements: readonly KeyValueNode[];
}

/** Numbers, booleans and dates: nothing edits inside them. */
interface ScalarNode extends Span {
  readonly kind: 'scalar';
}

export type ValueNode = StringNode | ArrayNode | InlineTableNode | ScalarNode;

export interface KeyValueNode extends Span {
  /** The keys as written, relative to the table or inline table they are in. */
  readonly keys: readonly string[];
  readonly value: ValueNode;
}

/** A header with its body; the first one of a document is the root, whose header is empty. */
export interface TableNode {
  readonly kind: 'root' | 'standard' | 'array';
  /** Keys from the root; a number is the index in an array of tables. */
  readonly path: readonly (string | number)[];
  readonly header: Span;
  readonly body: readonly KeyValueNode[];
}

interface CommentNode extends Span {
  readonly text: string;
}

export interface SyntaxTree {
  readonly text: string;
  readonly newline: '\n' | '\r\n';
  readonly tables: readonly TableNode[];
  readonly comments: readonly CommentNode[];
}

/** Replace the text of a span. */
export interface Splice extends Span {
  readonly text: string;
}

/** The text with all splices made; they must not overlap. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const ordered = [...splices].sort((a, b) => a.start - b.start || a.end - b.end);
  let result = '';
  let position = 0;
  for (const splice of ordered) {
    if (splice.start < position) throw new Error(`splices overlap at ${splice.start}`);
    result += text.slice(position, splice.start) + splice.text;
    position = splice.end;
  }
  return result + text.slice(position);
}

/** Offset of the first character of the line `offset` is in. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Offset behind the last character of the line `offset` is in, before its line end. */
export function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  if (newline === -1) return text.length;
  return text[newline - 1] === '\r' ? newline - 1 : newline;
}

/** Offset of the first character of the next line, or the end of the text. */
export function nextLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  return newline === -1 ? text.length : newline + 1;
}

/** The blanks a line begins with, given any offset in it. */
export function indentation(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? '';
}

/** Whether only blanks stand before `offset` in its line. */
export function isFirstOnLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === '';
}

/** Whether the line of `offset` holds nothing but blanks. */
export function isBlankLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), lineEnd(text, offset)).trim() === '';
}

/** Offset of the next character that is neither blank, line end nor comment. */
export function skipTrivia(text: string, offset: number): number {
  let position = offset;
  for (;;) {
    while (position < text.length && ' \t\r\n'.includes(text.charAt(position))) position++;
    if (text[position] !== '#') return position;
    position = lineEnd(text, position);
  }
}
