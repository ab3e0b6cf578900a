/** Configuration files: TOML tables by dotted prefix, read into flat keys and written back whole. */
import { readFileSync } from 'node:fs';
import { TspmError } from '../errors.ts';
import { decodeToml, parseToml } from '../toml/parse.ts';
import { formatBasicString, formatPath, isTable, type TomlTable, type TomlValue } from '../toml/value.ts';
import { sortedBy } from '../util/collections.ts';
import { codeOf, ioFault } from '../util/io-fault.ts';
import { repeatable } from '../util/repeatable.ts';

/** What a configuration file can hold under one dotted key. */
export type ConfigValue = string | boolean | bigint | number | readonly string[];

/** Dotted key to value. */
export type ConfigValues = ReadonlyMap<string, ConfigValue>;

/** Reads a configuration file; no file is no values. Throws TSPM_CONFIG_INVALID. */
export function readConfigFile(path: string): ConfigValues {
  const bytes = readBytes(path);
  if (bytes === undefined) return new Map();
  const document = parseToml(decodeToml(bytes, path, 'TSPM_CONFIG_INVALID'), path, 'TSPM_CONFIG_INVALID');
  const values = new Map<string, ConfigValue>();
  flatten(document, [], { path, values });
  return values;
}

/** The text of a configuration file: plain keys first, then one table a prefix, all sorted. */
export function formatConfigFile(values: ConfigValues): string {
  const tables = new Map<string, string[]>();
  for (const [key, value] of sortedBy(values, ([name]) => name)) {
    const path = splitKey(key);
    const header = path.length > 1 ? formatPath(path.slice(0, -1)) : '';
    const rows = tables.get(header) ?? [];
    rows.push(`${formatPath(path.slice(-1))} = ${formatConfigValue(value)}\n`);
    tables.set(header, rows);
  }
  return sortedBy(tables, ([header]) => header)
    .map(([header, rows]) => (header === '' ? '' : `[${header}]\n`) + rows.join(''))
    .join('\n');
}

/** `pypi.my.index.url` is the attribute of the index `my.index`; every other key is split at each dot. */
export function splitKey(key: string): string[] {
  const stored = /^(pypi|repository)\.(.+)\.([^.]+)$/.exec(key);
  if (stored?.[2] !== undefined) return stored.slice(1);
  return key.split('.');
}

function readBytes(path: string): Uint8Array | undefined {
  try {
    return repeatable(() => readFileSync(path));
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw ioFault('cannot read', path, error);
  }
}

interface Target {
  readonly path: string;
  readonly values: Map<string, ConfigValue>;
}

function flatten(table: TomlTable, prefix: readonly string[], target: Target): void {
  for (const [key, value] of Object.entries(table)) {
    const keys = [...prefix, key];
    if (isTable(value)) flatten(value, keys, target);
    else target.values.set(keys.join('.'), plainValue(value, keys, target.path));
  }
}

function plainValue(value: TomlValue, keys: readonly string[], path: string): ConfigValue {
  if (Array.isArray(value) && value.every((item: TomlValue) => typeof item === 'string')) return value;
  if (typeof value !== 'object') return value;
  const message = `${formatPath(keys)}: expected a string, a number, a boolean or an array of strings`;
  throw new TspmError('TSPM_CONFIG_INVALID', message, { context: { file: path, place: keys.join('.') } });
}

function formatConfigValue(value: ConfigValue): string {
  if (typeof value === 'string') return formatBasicString(value);
  if (typeof value === 'object') return `[${value.map((item) => formatBasicString(item)).join(', ')}]`;
  return String(value);
}
