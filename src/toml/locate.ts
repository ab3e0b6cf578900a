import { readSyntax } from './edit.ts';
import type { KeyValueNode, TableNode, ValueNode } from './syntax.ts';

/**
 * The line (from 1) of what a place such as `[tool.pdm.source][1].url` or `install.cache` names, or of the innermost table or array
 * around it that is written; undefined when nothing of it is. Expects a text that is TOML.
 */
export function lineOf(text: string, place: string): number | undefined {
  const wanted = place.replace(/^\[([^\]]*)\]/, '$1');
  let best = { length: 0, offset: -1 };
  const meet = (name: string, offset: number): void => {
    const rest = wanted.startsWith(name) ? wanted.charAt(name.length) : 'elsewhere';
    if (name.length > best.length && ['', '.', '['].includes(rest)) best = { length: name.length, offset };
  };
  for (const table of readSyntax(text).tables) walkTable(table, meet);
  return best.offset < 0 ? undefined : text.slice(0, best.offset).split('\n').length;
}

type Meet = (name: string, offset: number) => void;

function walkTable({ path, header, body }: TableNode, meet: Meet): void {
  const name = path.reduce<string>(below, '');
  meet(name, header.start);
  for (const row of body) walkRow(row, name, meet);
}

function walkRow({ keys, value, start }: KeyValueNode, around: string, meet: Meet): void {
  const name = keys.reduce(below, around);
  meet(name, start);
  walkValue(value, name, meet);
}

function walkValue(value: ValueNode, name: string, meet: Meet): void {
  if (value.kind === 'inline') for (const row of value.elements) walkRow(row, name, meet);
  if (value.kind !== 'array') return;
  for (const [index, element] of value.elements.entries()) {
    meet(below(name, index), element.start);
    walkValue(element, below(name, index), meet);
  }
}

function below(around: string, key: string | number): string {
  if (typeof key === 'number') return `${around}[${key}]`;
  return around === '' ? key : `${around}.${key}`;
}
