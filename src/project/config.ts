import { join } from 'node:path';
import { TspmError } from '../errors.ts';
import { sortedBy } from '../util/collections.ts';
import { readConfigFile, splitKey, type ConfigValue, type ConfigValues } from './config-file.ts';
import { CONFIG_KEYS, findConfigKey, requireKey, type ConfigKey } from './config-keys.ts';
import { expandHome, homeFolder, type Environment } from './variables.ts';

/** Where a value may be stored. */
export type ConfigScope = 'home' | 'project';

/** The configuration files that apply, and what they hold. */
export interface Config {
  readonly env: Environment;
  readonly files: { readonly site: string; readonly home: string | undefined; readonly project: string | undefined };
  readonly site: ConfigValues;
  readonly home: ConfigValues;
  readonly project: ConfigValues;
}

/** Which files to read: `homeFile` is `-c` or `PDM_CONFIG_FILE`, `root` the project's folder. */
export interface ConfigPlace {
  readonly env: Environment;
  readonly root?: string | undefined;
  readonly homeFile?: string | undefined;
}

/** Reads PDM's configuration files: site, home, project. Throws TSPM_CONFIG_INVALID. */
export function readConfig({ env, root, homeFile }: ConfigPlace): Config {
  const files = {
    site: join(firstFolder(env['XDG_CONFIG_DIRS']) ?? '/etc/xdg', 'pdm', 'config.toml'),
    home: homeFile ?? nonEmpty(env['PDM_CONFIG_FILE']) ?? defaultHomeFile(env),
    project: root === undefined ? undefined : join(root, 'pdm.toml'),
  };
  const legacy = root === undefined ? new Map<string, ConfigValue>() : readConfigFile(join(root, '.pdm.toml'));
  return {
    env,
    files,
    site: withCurrentNames(readConfigFile(files.site)),
    home: files.home === undefined ? new Map() : withCurrentNames(readConfigFile(files.home)),
    project: new Map([
      ...withCurrentNames(legacy),
      ...(files.project === undefined ? [] : withCurrentNames(readConfigFile(files.project))),
    ]),
  };
}

/**
 * The effective text of a key: environment, project, home, site, built-in; undefined when it has no value. Also reads
 * `pypi.NAME.ATTRIBUTE`. Throws TSPM_CONFIG_UNKNOWN_KEY.
 */
export function configText(config: Config, name: string): string | undefined {
  const stored = storedValue(config, name);
  if (stored !== undefined) return textOf(stored);
  const key = requireKey(name);
  const found = configured(config, key);
  if (found === undefined) return key.default(config.env);
  const text = textOf(found);
  return /_dir$|\.path$|_root$|\.location$/.test(key.key) ? expandHome(text, config.env) : text;
}

/** The effective truth of a key. */
export function configFlag(config: Config, name: string): boolean {
  const key = requireKey(name);
  return parseFlag(configured(config, key) ?? key.default(config.env) ?? '');
}

/** The effective integer of a key; throws TSPM_CONFIG_INVALID for another text. */
export function configInteger(config: Config, name: string): number {
  const text = configText(config, name) ?? '';
  if (/^\s*[+-]?\d+\s*$/.test(text)) return Number(text);
  const { key, env } = requireKey(name);
  const file = (['project', 'home', 'site'] as const).find((scope) => config[scope].has(key));
  const isVariable = env !== undefined && config.env[env] !== undefined;
  throw new TspmError('TSPM_CONFIG_INVALID', `${isVariable ? env : key}: expected a whole number, got "${text}"`, {
    context: isVariable || file === undefined ? {} : { file: config.files[file], place: key },
  });
}

/** What `config KEY` prints: booleans as `True` and `False`, everything else as text. Throws TSPM_CONFIG_UNKNOWN_KEY. */
export function configDisplay(config: Config, name: string): string {
  if (isSecret(name)) return HIDDEN;
  const stored = storedValue(config, name);
  if (stored !== undefined) return showValue(stored);
  const key = requireKey(name);
  if (key.type === 'flag') return configFlag(config, name) ? 'True' : 'False';
  const value = configured(config, key) ?? key.default(config.env);
  if (value !== undefined) return key.key === 'python.providers' ? providerNames(value) : textOf(value);
  throw new TspmError('TSPM_CONFIG_UNKNOWN_KEY', `No such config key: '${name}'`, { hint: 'it has no value' });
}

/** Python's way to write a list, empty for all of them. */
function providerNames(value: ConfigValue): string {
  const text = textOf(value);
  if (text !== '') return text;
  return "['venv', 'path', 'asdf', 'pyenv', 'rye', 'uv', 'winreg', 'macos']";
}

/** Whether the values of a key must not be shown. */
export function isSecret(name: string): boolean {
  return name.endsWith('password');
}

/** What is shown in the place of a secret. */
export const HIDDEN = '<hidden>';

/** The attributes stored for an index or repository in all files, `pypi.NAME`; the project's win. */
export function storedAttributes(config: Config, table: 'pypi' | 'repository'): Map<string, Map<string, ConfigValue>> {
  const stored = new Map<string, Map<string, ConfigValue>>();
  for (const values of [config.project, config.home, config.site]) {
    for (const [key, value] of values) {
      const [first, name, attribute] = splitKey(key);
      if (first !== table || name === undefined || attribute === undefined) continue;
      const attributes = stored.get(name) ?? new Map<string, ConfigValue>();
      if (!attributes.has(attribute)) attributes.set(attribute, value);
      stored.set(name, attributes);
    }
  }
  return stored;
}

/** Rows of `config`: `secret` values must not be shown. */
export interface ConfigRow {
  readonly key: string;
  readonly value: string;
  readonly secret: boolean;
  readonly description: string | undefined;
}

/** The values of one listing section: site and defaults, home, or project. */
export function configRows(config: Config, section: 'site' | ConfigScope): ConfigRow[] {
  const values = new Map<string, string>();
  if (section === 'site') {
    for (const key of CONFIG_KEYS) {
      const value = key.default(config.env);
      if (value !== undefined) values.set(key.key, key.key === 'python.providers' ? providerNames(value) : value);
    }
  }
  for (const [key, value] of config[section]) values.set(key, showValue(value));
  return sortedBy(values, ([key]) => key).map(([key, value]) => rowOf(key, value));
}

/** The variable that hides a stored value at the moment; undefined when none does. */
export function shadowingVariable(config: Config, name: string): string | undefined {
  const variable = findConfigKey(name)?.env;
  return variable !== undefined && config.env[variable] !== undefined ? variable : undefined;
}

/** Python's idea of truth for settings; `off`, `n` and `f` are false as well. */
export function parseFlag(value: ConfigValue): boolean {
  if (typeof value === 'string') return !['', 'false', 'no', '0', 'off', 'n', 'f'].includes(value.trim().toLowerCase());
  return typeof value === 'object' ? value.length > 0 : Boolean(value);
}

function configured(config: Config, key: ConfigKey): ConfigValue | undefined {
  const fromEnv = key.env === undefined ? undefined : config.env[key.env];
  return fromEnv ?? config.project.get(key.key) ?? config.home.get(key.key) ?? config.site.get(key.key);
}

function withCurrentNames(values: ConfigValues): ConfigValues {
  const renamed = new Map<string, ConfigValue>();
  for (const [name, value] of values) {
    const key = findConfigKey(name)?.key ?? name;
    if (key === name || !values.has(key)) renamed.set(key, value);
  }
  return renamed;
}

function defaultHomeFile(env: Environment): string | undefined {
  const local = nonEmpty(env['LOCALAPPDATA']);
  if (process.platform === 'win32' && local !== undefined) return join(local, 'pdm', 'pdm', 'config.toml');
  const base = nonEmpty(env['XDG_CONFIG_HOME']);
  if (base !== undefined) return join(base, 'pdm', 'config.toml');
  const home = homeFolder(env);
  if (home === undefined) return undefined;
  const folders = process.platform === 'darwin' ? ['Library', 'Application Support'] : ['.config'];
  return join(home, ...folders, 'pdm', 'config.toml');
}

function firstFolder(list: string | undefined): string | undefined {
  return nonEmpty(list?.split(':')[0]);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}

function rowOf(key: string, value: string): ConfigRow {
  return { key, value, secret: isSecret(key), description: findConfigKey(key)?.description };
}

function storedValue(config: Config, name: string): ConfigValue | undefined {
  if (findConfigKey(name) !== undefined) return undefined;
  const [table, index, attribute] = splitKey(name);
  if (index === undefined || attribute === undefined || (table !== 'pypi' && table !== 'repository')) return undefined;
  return storedAttributes(config, table).get(index)?.get(attribute);
}

function showValue(value: ConfigValue): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return textOf(value);
}

function textOf(value: ConfigValue): string {
  return typeof value === 'object' ? value.join(',') : String(value);
}
