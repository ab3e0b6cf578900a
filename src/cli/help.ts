import type { CommandSpec, OptionSpec } from './command.ts';
import { GLOBAL, ROOT_ONLY } from './options.ts';
import { COMMANDS } from './table.ts';

/** The text of `tspm --help`. */
export function rootHelp(): string {
  const commands = COMMANDS.filter(({ load }) => load !== undefined).map(
    ({ name, summary }) => [name, summary] as const,
  );
  const missing = COMMANDS.filter(({ load }) => load === undefined).map(({ name }) => name);
  return sections([
    'Usage: tspm [options] <command> [arguments]',
    'Package manager for Python projects that keep their packages in __pypackages__ (PEP 582).',
    list('Commands', commands),
    missing.length === 0 ? '' : `Not available yet: ${missing.join(', ')}`,
    list('Options', [...ROOT_ONLY, ...GLOBAL].map(optionRow)),
    'A script of [tool.pdm.scripts] can be run as `tspm NAME`. `tspm <command> --help` tells more of a command.',
  ]);
}

/** The text of `tspm <command> --help`. */
export function commandHelp(spec: CommandSpec): string {
  const own = spec.options.filter(({ hidden, name }) => hidden !== true && !isGlobal(name));
  const args = spec.arguments.map(({ name, summary, choices }) => {
    return [name, choices === undefined ? summary : `${summary}: ${choices.join(', ')}`] as const;
  });
  return sections([
    `Usage: ${['tspm', spec.name, '[options]', ...spec.arguments.map(argumentUsage)].join(' ')}`,
    `${spec.summary}.${spec.load === undefined ? ' Not available yet.' : ''}`,
    list('Arguments', args),
    list('Options', own.map(optionRow)),
    list('Options of every command', GLOBAL.map(optionRow)),
    spec.examples.length === 0 ? '' : `Examples:\n${spec.examples.map((example) => `  ${example}`).join('\n')}`,
  ]);
}

function isGlobal(name: string): boolean {
  return GLOBAL.some((option) => option.name === name);
}

function argumentUsage({ name, required, variadic }: CommandSpec['arguments'][number]): string {
  const label = variadic === true ? `${name}...` : name;
  return required === true ? `<${label}>` : `[${label}]`;
}

function optionRow({ name, short, aliases, value, summary, env }: OptionSpec): readonly [string, string] {
  const names = [name, ...(aliases ?? [])].map((long) => `--${long}`).join(', ');
  const label = value === undefined ? '' : value.optional === true ? ` [${value.label}]` : ` ${value.label}`;
  const variables = env === undefined ? '' : ` (${env.names.join(', ')})`;
  return [`${short === undefined ? '    ' : `-${short}, `}${names}${label}`, summary + variables];
}

const WIDEST_NAME = 34;

function list(title: string, rows: readonly (readonly [string, string])[]): string {
  if (rows.length === 0) return '';
  const width = Math.min(WIDEST_NAME, Math.max(...rows.map(([name]) => name.length)));
  const lines = rows.map(([name, summary]) => {
    const separator = name.length > width ? `\n${' '.repeat(width + 4)}` : ' '.repeat(width - name.length + 2);
    return `  ${name}${separator}${summary}`;
  });
  return `${title}:\n${lines.join('\n')}`;
}

function sections(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
