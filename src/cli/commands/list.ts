import { frozenLine, listInstalled, type InstalledPackage } from '../../app/list.ts';
import { TspmError } from '../../errors.ts';
import { compareText } from '../../util/collections.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { dependencyData, dependencyTrees, matchesPatterns } from '../dependency-tree.ts';
import { renderTable, renderTrees } from '../render.ts';
import { withSession } from '../session.ts';

const FIELDS: readonly string[] = ['name', 'version', 'location', 'groups', 'homepage', 'licenses'];

/** `tspm list`. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  refuseMixtures(input);
  return withSession(context, input, async (session) => {
    const all = await listInstalled(session);
    if (input.has('tree')) {
      context.output.write(treeText(input, all));
      return 0;
    }
    const shown = all.filter((one) => isWanted(one, input));
    context.output.write(input.has('freeze') ? freezeText(shown) : fieldsText(context, input, shown));
    return 0;
  });
}

function refuseMixtures(input: ParsedCommand): void {
  if (input.has('resolve')) throw new TspmError('TSPM_UNSUPPORTED', '--resolve of `tspm list` is not supported yet');
  if (input.has('reverse') && !input.has('tree'))
    throw new TspmError('TSPM_USAGE', '--reverse must be used with --tree');
  const withTree = ['csv', 'markdown', 'sort'].find((name) => input.has(name));
  if (input.has('tree') && withTree !== undefined)
    throw new TspmError('TSPM_USAGE', `--${withTree} cannot be used with --tree`);
  const withFreeze = ['tree', 'reverse', 'json', 'csv', 'markdown', 'fields', 'sort'].find((name) => input.has(name));
  if (input.has('freeze') && withFreeze !== undefined)
    throw new TspmError('TSPM_USAGE', `--${withFreeze} cannot be used with --freeze`);
}

function isWanted(one: InstalledPackage, input: ParsedCommand): boolean {
  const [include, exclude] = [input.list('include'), input.list('exclude')];
  if (include.length > 0 && !one.groups.some((group) => include.includes(group))) return false;
  if (exclude.length > 0 && one.groups.every((group) => exclude.includes(group))) return false;
  return matchesPatterns(one, input.args);
}

function treeText(input: ParsedCommand, packages: readonly InstalledPackage[]): string {
  const request = { packages, patterns: input.args, reverse: input.has('reverse') };
  if (input.has('json')) return `${JSON.stringify(dependencyData(request), null, 2)}\n`;
  return renderTrees(dependencyTrees(request));
}

function freezeText(packages: readonly InstalledPackage[]): string {
  return linesText(packages.map(frozenLine).sort((a, b) => compareText(a.toLowerCase(), b.toLowerCase())));
}

function fieldsText(context: CommandContext, input: ParsedCommand, packages: readonly InstalledPackage[]): string {
  const fields = fieldsOf(input.value('fields') ?? 'name,version,location');
  const sort = fieldsOf(input.value('sort') ?? 'name')[0] ?? 'name';
  const rows = packages
    .map((one) => recordOf(one))
    .sort((a, b) => compareText((a[sort] ?? '').toLowerCase(), (b[sort] ?? '').toLowerCase()));
  if (input.has('json')) {
    const chosen = rows.map((row) => Object.fromEntries(fields.map((field) => [field, row[field] ?? ''])));
    return `${JSON.stringify(chosen, null, 4)}\n`;
  }
  const cells = rows.map((row) => fields.map((field) => row[field] ?? ''));
  if (input.has('csv')) return linesText([fields, ...cells].map((row) => row.map(csvCell).join(',')));
  if (input.has('markdown')) return linesText(markdownLines(fields, cells));
  return renderTable(fields, cells, context.paint);
}

function recordOf(one: InstalledPackage): Readonly<Record<string, string>> {
  return { ...one, groups: one.groups.join('|'), directUrl: '', requires: '' };
}

function fieldsOf(text: string): readonly string[] {
  if (text === '*') return FIELDS;
  const fields = text.split(',').map((field) => field.trim());
  const unknown = fields.find((field) => !FIELDS.includes(field));
  if (unknown === undefined) return fields;
  throw new TspmError('TSPM_USAGE', `"${unknown}" is no field of \`tspm list\``, {
    hint: `choose from ${FIELDS.join(', ')}`,
  });
}

function csvCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function markdownLines(fields: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(fields), line(fields.map(() => '---')), ...rows.map(line)];
}

function linesText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
