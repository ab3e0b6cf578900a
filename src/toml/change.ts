/** What can be changed in a document, and what each change means for its value. */
import { unreachable } from '../errors.ts';
import { formatPath, isTable, type TomlPath, type TomlTable, type TomlValue } from './value.ts';

/** Values tspm writes itself. */
export type NewValue = string | boolean | readonly string[];

export type TomlChange =
  /** Adds a string at the end of an existing array. */
  | { readonly kind: 'append'; readonly path: TomlPath; readonly item: string }
  /** Puts a string in the place of an array's element. */
  | { readonly kind: 'replace'; readonly path: TomlPath; readonly index: number; readonly item: string }
  /** Removes an array's element. */
  | { readonly kind: 'remove'; readonly path: TomlPath; readonly index: number }
  /**
   * Sets a key, tables on the way are created; an existing value is replaced whole. `layout`: a new array on one line
   * (default) or one item a line. `after`: the table a new header goes behind; else the end of the document.
   */
  | {
      readonly kind: 'set';
      readonly path: TomlPath;
      readonly value: NewValue;
      readonly layout?: 'line' | 'block';
      readonly after?: TomlPath;
    }
  /** Removes a key with its value. */
  | { readonly kind: 'delete'; readonly path: TomlPath }
  /** Removes a table that holds nothing; does nothing when it holds something or is missing. */
  | { readonly kind: 'prune'; readonly path: TomlPath };

/** The document as it has to be after `change`. Throws a plain Error when the change does not apply. */
export function changedDocument(document: TomlTable, change: TomlChange): TomlTable {
  const root = copyTable(document);
  const parent = tableFor(root, change.path.slice(0, -1), change.kind === 'set');
  const key = change.path.at(-1);
  if (key === undefined) throw new Error('a change needs a key');
  if (parent === undefined) {
    if (change.kind === 'prune') return root;
    throw new Error(`${formatPath(change.path)} does not exist`);
  }
  changeKey(parent, key, change);
  return root;
}

/** Whether two documents hold the same; the order of keys does not count. */
export function sameValue(a: TomlValue | undefined, b: TomlValue | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item: TomlValue, index) => sameValue(item, b[index]));
  }
  if (a instanceof Date && b instanceof Date) return a.toISOString() === b.toISOString();
  if (isTable(a) && isTable(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameValue(a[key], b[key]));
  }
  return Object.is(a, b);
}

type MutableValue = string | bigint | number | boolean | Date | MutableValue[] | MutableTable;
interface MutableTable {
  [key: string]: MutableValue;
}

function changeKey(parent: MutableTable, key: string, change: TomlChange): void {
  switch (change.kind) {
    case 'append':
      arrayIn(parent, key).push(change.item);
      return;
    case 'replace':
      elementOf(arrayIn(parent, key), change.index);
      arrayIn(parent, key)[change.index] = change.item;
      return;
    case 'remove':
      elementOf(arrayIn(parent, key), change.index);
      arrayIn(parent, key).splice(change.index, 1);
      return;
    case 'set':
      parent[key] = typeof change.value === 'object' ? [...change.value] : change.value;
      return;
    case 'delete':
      if (!(key in parent)) throw new Error(`${formatPath(change.path)} does not exist`);
      delete parent[key];
      return;
    case 'prune':
      if (isEmptyTable(parent[key])) delete parent[key];
      return;
    default:
      unreachable(change);
  }
}

function arrayIn(parent: MutableTable, key: string): MutableValue[] {
  const value = parent[key];
  if (!Array.isArray(value)) throw new Error(`${key} is no array`);
  return value;
}

function elementOf(array: readonly MutableValue[], index: number): void {
  if (index < 0 || index >= array.length) throw new Error(`no element ${index} in an array of ${array.length}`);
}

function isEmptyTable(value: MutableValue | undefined): boolean {
  return isMutableTable(value) && Object.keys(value).length === 0;
}

function tableFor(root: MutableTable, path: TomlPath, create: boolean): MutableTable | undefined {
  let table = root;
  for (const key of path) {
    let next = table[key];
    if (next === undefined && create) {
      next = emptyTable();
      table[key] = next;
    }
    if (!isMutableTable(next)) return undefined;
    table = next;
  }
  return table;
}

function isMutableTable(value: MutableValue | undefined): value is MutableTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}

function copyTable(table: TomlTable): MutableTable {
  const copy = emptyTable();
  for (const [key, value] of Object.entries(table)) copy[key] = copyValue(value);
  return copy;
}

function copyValue(value: TomlValue): MutableValue {
  if (isTable(value)) return copyTable(value);
  if (typeof value !== 'object' || value instanceof Date) return value;
  return value.map((item) => copyValue(item));
}

function emptyTable(): MutableTable {
  return Object.create(null);
}
