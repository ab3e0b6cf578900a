/** TOML as lock files are laid out: `key = value` a line, lists of texts in one line or one item a line. */
import { formatBasicString } from '../toml/value.ts';
import { sortedText } from '../util/collections.ts';
import type { LockTarget } from './model.ts';

/** A table with its header; rows end with a line break, absent ones are empty texts. */
export function table(header: string, rows: readonly string[]): string {
  return `${header}\n${rows.join('')}`;
}

/** `key = value` of a value in TOML; nothing without one. */
export function row(key: string, value: string | undefined): string {
  return value === undefined ? '' : `${key} = ${value}\n`;
}

export function textRow(key: string, value: string | undefined): string {
  return row(key, value === undefined ? undefined : formatBasicString(value));
}

/** As {@link textRow}, nothing for an empty text. */
export function nonEmptyRow(key: string, value: string | undefined): string {
  return textRow(key, value === '' ? undefined : value);
}

/** Texts in one line; nothing for none. */
export function listRow(key: string, items: readonly string[]): string {
  return row(key, items.length > 0 ? inlineArray(items) : undefined);
}

/** Values in TOML, one a line; nothing for none. */
export function blockRow(key: string, items: readonly string[]): string {
  return row(key, items.length > 0 ? `[\n${items.map((item) => `    ${item},\n`).join('')}]` : undefined);
}

export function inlineArray(items: readonly string[]): string {
  return `[${items.map((item) => formatBasicString(item)).join(', ')}]`;
}

/** The rows of one target, as both kinds of lock files have them. */
export function targetRows(target: LockTarget): string[] {
  return [
    textRow('requires_python', target.requiresPython),
    textRow('platform', target.platform),
    textRow('implementation', target.implementation),
    row('gil_disabled', target.gilDisabled === undefined ? undefined : String(target.gilDisabled)),
  ];
}

/** `default` first, the others by code point, each once. */
export function sortGroups(groups: readonly string[]): string[] {
  const others = sortedText(new Set(groups.filter((group) => group !== 'default')));
  return groups.includes('default') ? ['default', ...others] : others;
}
