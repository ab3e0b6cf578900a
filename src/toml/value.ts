/** What TOML documents hold. Integers are `bigint` so that `1` and `1.0` stay apart; dates are `Date`. */
export type TomlValue = string | bigint | number | boolean | Date | readonly TomlValue[] | TomlTable;

/** A TOML table: an object without prototype. */
export interface TomlTable {
  readonly [key: string]: TomlValue;
}

/** Where a value lies: the keys from the root down. */
export type TomlPath = readonly string[];

/** Whether `value` is a table. */
export function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}

/** Whether `value` is an array. */
export function isArray(value: TomlValue | undefined): value is readonly TomlValue[] {
  return Array.isArray(value);
}

/** The value at `path`; undefined when a key is missing or something on the way is no table. */
export function valueAt(document: TomlTable, path: TomlPath): TomlValue | undefined {
  let value: TomlValue | undefined = document;
  for (const key of path) {
    if (!isTable(value)) return undefined;
    value = value[key];
  }
  return value;
}

/** The table at `path`; undefined when there is none. */
export function tableAt(document: TomlTable, path: TomlPath): TomlTable | undefined {
  const value = valueAt(document, path);
  return isTable(value) ? value : undefined;
}

/** The text at `path`; undefined when there is none. */
export function textAt(document: TomlTable, path: TomlPath): string | undefined {
  const value = valueAt(document, path);
  return typeof value === 'string' ? value : undefined;
}

/** The keys of `path` as a reader would write them: `tool.pdm."a b"`. */
export function formatPath(path: TomlPath): string {
  return path.map((key) => formatKey(key)).join('.');
}

/** A key as TOML writes it: bare where possible, else quoted. */
export function formatKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : formatBasicString(key);
}

/** A TOML basic string: quotes, backslashes and control characters escaped, everything else as it is. */
export function formatBasicString(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what has to be escaped
  return `"${text.replace(/["\\\u0000-\u001f\u007f]/g, escapeCharacter)}"`;
}

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\f', '\\f'],
  ['\r', '\\r'],
]);

function escapeCharacter(character: string): string {
  return SHORT_ESCAPES.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
