/** Changes of configuration files; apart from reading them, which every command does. */
import { dirname } from 'node:path';
import { TspmError } from '../errors.ts';
import { makeFolders } from '../util/file-system.ts';
import { replaceFile } from '../util/replace-file.ts';
import { parseCutoff } from './exclude-newer.ts';
import { parseFlag, type Config, type ConfigScope } from './config.ts';
import { formatConfigFile, type ConfigValue, type ConfigValues } from './config-file.ts';
import { findConfigKey, requireKey, SOURCE_ATTRIBUTES, unknownKey } from './config-keys.ts';

/** Stores a value as given, after checking it. Throws TSPM_CONFIG_UNKNOWN_KEY, TSPM_CONFIG_INVALID. */
export async function setConfig(
  config: Config,
  scope: ConfigScope,
  change: { readonly key: string; readonly value: string },
): Promise<void> {
  const stored = checkedEntry(change.key, change.value, scope);
  await writeScope(config, scope, new Map([...config[scope], stored]));
}

/** Removes a key, or every attribute of an index for `pypi.NAME`. A known key without value is no error. */
export async function deleteConfig(config: Config, scope: ConfigScope, name: string): Promise<void> {
  const key = findConfigKey(name)?.key ?? name;
  const isIndex = /^(?:pypi|repository)\../.test(name) && findConfigKey(name) === undefined;
  const kept = [...config[scope]].filter(([stored]) => stored !== key && !(isIndex && stored.startsWith(`${name}.`)));
  if (kept.length === config[scope].size) {
    if (findConfigKey(name) !== undefined) return;
    throw unknownKey(name);
  }
  await writeScope(config, scope, new Map(kept));
}

function checkedEntry(name: string, value: string, scope: ConfigScope): [string, ConfigValue] {
  const stored = /^(?:pypi|repository)\.(.+)\.([^.]+)$/.exec(name);
  if (stored?.[2] !== undefined && findConfigKey(name) === undefined) {
    if (!SOURCE_ATTRIBUTES.includes(stored[2])) throw unknownKey(name);
    return [name, stored[2] === 'verify_ssl' ? parseFlag(value) : value];
  }
  if (/^(?:pypi|repository)\.[^.]+$/.test(name) && findConfigKey(name) === undefined) {
    throw new TspmError('TSPM_CONFIG_INVALID', `config ${name}: expected an attribute, as in ${name}.url`);
  }
  const key = requireKey(name);
  if (key.homeOnly === true && scope === 'project') {
    throw new TspmError('TSPM_CONFIG_INVALID', `Config item '${name}' is not allowed to set in project config`);
  }
  if (key.type === 'integer' && !/^\s*[+-]?\d+\s*$/.test(value)) {
    throw new TspmError('TSPM_CONFIG_INVALID', `config ${name}: expected a whole number, got "${value}"`);
  }
  if (key.choices !== undefined && !key.choices.includes(value.toLowerCase())) {
    throw new TspmError('TSPM_CONFIG_INVALID', `config ${name}: expected ${oneOf(key.choices)}, got "${value}"`);
  }
  if (key.type === 'flag' && !FLAG_WORDS.includes(value.trim().toLowerCase())) {
    throw new TspmError('TSPM_CONFIG_INVALID', `config ${name}: expected on or off, got "${value}"`);
  }
  if (key.type === 'cutoff') parseCutoff(value, { now: 0, place: `config ${name}`, code: 'TSPM_CONFIG_INVALID' });
  return [key.key, value];
}

/** What a flag may be set to; files may hold more, which counts as true. */
const FLAG_WORDS = ['true', 'yes', '1', 'on', 'y', 't', 'false', 'no', '0', 'off', 'n', 'f'];

function oneOf(choices: readonly string[]): string {
  return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1) ?? ''}`;
}

async function writeScope(config: Config, scope: ConfigScope, values: ConfigValues): Promise<void> {
  const path = config.files[scope];
  if (path === undefined) {
    throw new TspmError('TSPM_CONFIG_INVALID', `there is no ${scope} configuration file to write to`, {
      hint: 'set HOME, or name a file with -c',
    });
  }
  makeFolders(dirname(path));
  await replaceFile(path, formatConfigFile(values));
}
