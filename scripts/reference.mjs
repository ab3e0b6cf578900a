import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from './setup.mjs';

/** The text of docs/commands.md, made from the table of commands that parsing, help and completion come from. */
export async function commandReference() {
  const { COMMANDS, GLOBAL } = await loadTable();
  const available = COMMANDS.filter((command) => command.load !== undefined);
  const sections = available.map((command) => section(command, GLOBAL));
  return [
    '# Commands\n',
    'Made from the table of commands by `node scripts/make-reference.mjs`; `tspm COMMAND --help` says the same. Options stand before or',
    'after the arguments; a long option may be cut short as long as it stays the only one.\n',
    '## Options of every command\n',
    optionTable(GLOBAL),
    ...sections,
  ].join('\n');
}

async function loadTable() {
  const folder = mkdtempSync(join(tmpdir(), 'tspm-reference-'));
  try {
    const outfile = join(folder, 'table.mjs');
    const contents = "export { COMMANDS } from './src/cli/table.ts'; export { GLOBAL } from './src/cli/options.ts';";
    const leaveCommands = {
      name: 'leave-commands',
      setup: ({ onResolve }) =>
        onResolve({ filter: /./ }, ({ kind, path }) =>
          kind === 'dynamic-import' ? { path, external: true } : undefined,
        ),
    };
    await build({
      stdin: { contents, resolveDir: root },
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      plugins: [leaveCommands],
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function section({ name, summary, options, arguments: args, examples }, globals) {
  const own = options.filter((option) => !option.hidden && !globals.includes(option));
  const words = args.map((argument) => {
    const word = argument.variadic ? `${argument.name}...` : argument.name;
    return argument.required ? `<${word}>` : `[${word}]`;
  });
  const lines = [`\n## \`tspm ${[name, ...words].join(' ')}\`\n`, `${summary}.\n`];
  for (const argument of args) {
    const choices = argument.choices ? ` (${argument.choices.join(', ')})` : '';
    lines.push(`- \`${argument.name}\`: ${argument.summary}${choices}`);
  }
  if (args.length > 0) lines.push('');
  if (own.length > 0) lines.push(optionTable(own));
  if (examples.length > 0) lines.push('```sh', ...examples, '```', '');
  return lines.join('\n');
}

function optionTable(options) {
  const rows = options.map((option) => {
    const names = [
      option.short ? `-${option.short}` : undefined,
      `--${option.name}`,
      ...(option.aliases ?? []).map((alias) => `--${alias}`),
    ];
    const value = option.value ? ` ${option.value.optional ? `[${option.value.label}]` : option.value.label}` : '';
    const variables = option.env ? ` (${option.env.names.join(', ')})` : '';
    return `| \`${names.filter(Boolean).join(', ')}${value}\` | ${`${option.summary}${variables}`.replaceAll('|', '\\|')} |`;
  });
  return ['| option | meaning |', '|---|---|', ...rows, ''].join('\n');
}
