import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { TspmError } from '../../errors.ts';
import { redactUrl } from '../../util/redact.ts';
import {
  configDisplay,
  configRows,
  HIDDEN,
  isSecret,
  shadowingVariable,
  storedAttributes,
  type Config,
  type ConfigScope,
} from '../../project/config.ts';
import { deleteConfig, setConfig } from '../../project/config-edit.ts';
import { findProgram } from '../../python/places.ts';
import { makeFolders } from '../../util/file-system.ts';
import { sortedBy } from '../../util/collections.ts';
import type { Environment } from '../../util/search-path.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';

/** `tspm config`: shows, sets, removes or edits settings. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const config = await context.config();
  const scope: ConfigScope = input.has('local') ? 'project' : 'home';
  const [key, value] = input.args;
  if (input.has('edit')) return editFile(config, scope);
  if (input.has('delete')) {
    await deleteConfig(config, scope, requireKey(key));
    return 0;
  }
  if (key === undefined) return listSettings(context, config);
  if (value === undefined || value === '') return showSetting(context, config, key);
  const variable = shadowingVariable(config, key);
  if (variable !== undefined)
    context.note('warning', `the setting is shadowed by the environment variable ${variable}`);
  await setConfig(config, scope, { key, value });
  return 0;
}

function listSettings(context: CommandContext, config: Config): number {
  const { site, home, project } = config.files;
  const sections = [
    ['site', 'Site/default configuration', config.site.size > 0 ? site : undefined],
    ['home', 'Home configuration', home],
    ['project', 'Project configuration', project],
  ] as const;
  for (const [section, title, path] of sections) {
    const rows = configRows(config, section);
    if (section !== 'site' && rows.length === 0) continue;
    context.output.write(`${context.paint('bold', path === undefined ? title : `${title} (${path}):`)}\n`);
    for (const { key, value, secret, description } of rows) {
      if (context.verbosity > 0 && description !== undefined) context.output.write(`# ${description}\n`);
      context.output.write(`${context.paint('cyan', key)} = ${secret ? HIDDEN : redactUrl(value)}\n`);
    }
  }
  return 0;
}

function showSetting({ output }: CommandContext, config: Config, key: string): number {
  const [, table, name] = /^(pypi|repository)\.([^.]+)$/.exec(key) ?? [];
  const stored =
    table === 'pypi' || table === 'repository' ? storedAttributes(config, table).get(name ?? '') : undefined;
  if (stored === undefined) {
    const shown = isSecret(key) ? undefined : storedAttribute(config, key);
    output.write(`${shown ?? configDisplay(config, key)}\n`);
    return 0;
  }
  for (const [attribute, value] of sortedBy(stored, ([one]) => one)) {
    output.write(`${key}.${attribute} = ${isSecret(attribute) ? HIDDEN : redactUrl(showValue(value))}\n`);
  }
  return 0;
}

/** `pypi.NAME.ATTRIBUTE` of a stored index. */
function storedAttribute(config: Config, key: string): string | undefined {
  const [, table, name, attribute] = /^(pypi|repository)\.(.+)\.([^.]+)$/.exec(key) ?? [];
  if ((table !== 'pypi' && table !== 'repository') || name === undefined || attribute === undefined) return undefined;
  const value = storedAttributes(config, table).get(name)?.get(attribute);
  return value === undefined ? undefined : showValue(value);
}

function showValue(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return Array.isArray(value) ? value.join(',') : String(value);
}

function requireKey(key: string | undefined): string {
  if (key !== undefined) return key;
  throw new TspmError('TSPM_USAGE', 'config --delete needs the name of a setting', {
    hint: 'tspm config --delete KEY',
  });
}

function editFile(config: Config, scope: ConfigScope): number {
  const file = config.files[scope];
  if (file === undefined) throw new TspmError('TSPM_CONFIG_INVALID', `there is no ${scope} configuration file to edit`);
  makeFolders(dirname(file));
  const [editor = '', ...args] = findEditor(config.env);
  const { status, error } = spawnSync(editor, [...args, file], { stdio: 'inherit' });
  if (error !== undefined) {
    throw new TspmError('TSPM_COMMAND_NOT_FOUND', `the editor ${editor} cannot be started: ${error.message}`, {
      cause: error,
    });
  }
  return status ?? 1;
}

/** The editor as words: variables may hold options, as in `code --wait`. */
function findEditor(env: Environment): readonly string[] {
  const named = env['VISUAL'] || env['EDITOR'];
  if (named) return named.split(/\s+/).filter(Boolean);
  const found = ['sensible-editor', 'vim', 'nano', 'vi', 'notepad'].map((name) => findProgram(name, env)).find(Boolean);
  if (found !== undefined) return [found];
  throw new TspmError('TSPM_COMMAND_NOT_FOUND', 'no editor is found', { hint: 'set EDITOR' });
}
