import { stripVTControlCharacters, styleText } from 'node:util';
import type { Environment } from '../util/search-path.ts';
import type { Output } from './output.ts';

/** Names of styles as `util.styleText` has them. */
type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan' | 'magenta';

/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Colours for a stream: FORCE_COLOR decides, else NO_COLOR, else whether it is a terminal that knows them. */
export function createPaint(env: Environment, output: Pick<Output, 'isTerminal'>): Paint {
  return hasColour(env, output.isTerminal)
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_, text) => text;
}

/** A table with a rounded frame, columns as wide as their widest cell. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  const widths = header.map((cell, column) =>
    Math.max(...[cell, ...rows.map((row) => row[column] ?? '')].map(textWidth)),
  );
  const line = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  const cells = (row: readonly string[], style?: Style): string => {
    const padded = widths.map((width, column) => {
      const text = row[column] ?? '';
      const space = ' '.repeat(width - textWidth(text));
      return ` ${style === undefined ? text : paint(style, text)}${space} `;
    });
    return `│${padded.join('│')}│`;
  };
  const body = rows.map((row) => cells(row));
  return [line('╭', '┬', '╮'), cells(header, 'bold'), line('├', '┼', '┤'), ...body, line('╰', '┴', '╯'), ''].join('\n');
}

/** A node of a tree: one line and what hangs below it. */
export interface TreeNode {
  readonly text: string;
  readonly children: readonly TreeNode[];
}

/** Trees one below the other, branches drawn with `├──` and `└──`. */
export function renderTrees(roots: readonly TreeNode[]): string {
  return roots.map((root) => `${root.text}\n${renderChildren(root.children, '')}`).join('');
}

/** `0:01:05`, as PDM prints the time a step has taken. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** `1.2 MB`, decimal units. */
export function formatSize(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes > 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  if (bytes > 1e4) return `${Math.round(bytes / 1e3)} kB`;
  return bytes > 1e3 ? `${(bytes / 1e3).toFixed(1)} kB` : `${bytes} bytes`;
}

/** One line broken at blanks to fit a terminal; further lines are indented by two. A word longer than a line stays whole. */
export function wrapLine(line: string, width: number): string {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current.trim() !== '' && textWidth(longer) > width) {
      lines.push(current);
      current = `  ${word}`;
    } else {
      current = longer;
    }
  }
  return [...lines, current].join('\n');
}

/** Text of others made safe for a terminal: one line, no control characters, and what turns the direction of writing or cannot be seen as `\u{…}`. */
export function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return stripVTControlCharacters(text)
    .replaceAll(/\s*[\r\n]+\s*/g, ' ')
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?')
    .replaceAll(/[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, escaped);
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function renderChildren(children: readonly TreeNode[], indent: string): string {
  return children
    .map((child, index) => {
      const isLast = index === children.length - 1;
      const below = renderChildren(child.children, `${indent}${isLast ? '    ' : '│   '}`);
      return `${indent}${isLast ? '└──' : '├──'} ${child.text}\n${below}`;
    })
    .join('');
}

function hasColour(env: Environment, isTerminal: boolean): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;

/** Columns a text takes in a terminal; enough for names, versions and the signs tspm prints. */
function textWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) width += WIDE.test(character) ? 2 : 1;
  return width;
}
