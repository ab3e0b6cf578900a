import {
  builtWheels,
  CACHE_KINDS,
  cacheRows,
  clearCache,
  forgetBuiltWheels,
  repairDamage,
  type CacheKind,
} from '../../app/cache.ts';
import { verifyStore } from '../../cache/damage.ts';
import { pruneStore } from '../../cache/prune.ts';
import { sweepGone } from '../../cache/staging.ts';
import { TspmError } from '../../errors.ts';
import { configText } from '../../project/config.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { formatSize, oneLine, renderTable } from '../render.ts';
import { withAnyProject } from '../session.ts';

/** `tspm cache`: `info` (also without a word), `verify`, `prune` and `clear`; `list` and `remove` of wheels that were built. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const cacheDir = configText(await context.config(), 'cache_dir');
  if (cacheDir === undefined) {
    throw new TspmError('TSPM_USAGE', 'there is no cache directory', {
      hint: 'set HOME, or `tspm config cache_dir PATH`',
    });
  }
  const [action = 'info', kind] = input.args;
  if (action === 'info') return info(context, cacheDir);
  if (action === 'clear') return clear(context, cacheDir, kind);
  if (action === 'verify') return verify(context, input, cacheDir);
  if (action === 'prune') return prune(context, input, cacheDir);
  if (action === 'list') return list(context, cacheDir, kind);
  return remove(context, cacheDir, kind);
}

function list(context: CommandContext, cacheDir: string, pattern: string | undefined): number {
  const rows = builtWheels(cacheDir, pattern).map(({ filename, bytes }) => [formatSize(bytes), filename]);
  context.output.write(renderTable(['Size', 'Filename'], rows, context.paint));
  return 0;
}

function remove(context: CommandContext, cacheDir: string, pattern: string | undefined): number {
  if (pattern === undefined) {
    throw new TspmError('TSPM_CLI_SYNTAX', 'the following arguments are required: pattern', {
      hint: 'the file name of a built wheel, or a pattern such as "demo-*"',
    });
  }
  const names = forgetBuiltWheels(cacheDir, pattern);
  for (const name of names) context.note('detail', `removed ${name}`);
  if (names.length === 0)
    throw new TspmError('TSPM_USAGE', 'No matching files found', { hint: '`tspm cache list` shows built wheels' });
  context.output.write(`${counted(names.length, 'file')} removed\n`);
  return 0;
}

/** Ends with status 1 while something damaged is there. */
async function verify(context: CommandContext, input: ParsedCommand, cacheDir: string): Promise<number> {
  if (input.has('repair')) await sweepGone(cacheDir);
  const { checked, damaged } = await verifyStore(cacheDir);
  for (const { path, filename, problems } of damaged) {
    const label = filename === undefined ? path : `${oneLine(filename)} (${path})`;
    const more = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
    context.output.write(`Damaged ${label}: ${oneLine(problems[0] ?? '')}${more}\n`);
  }
  const outcome = damaged.length === 0 ? 'all whole' : `${damaged.length} damaged`;
  context.output.write(`${checked} wheels read: ${outcome}\n`);
  if (damaged.length === 0 || !input.has('repair')) return damaged.length === 0 ? 0 : 1;
  const repaired = await withAnyProject(context, input, (session) => repairDamage(session, damaged));
  for (const { path, filename, obstacle } of repaired) {
    const label = oneLine(filename ?? path);
    context.output.write(
      obstacle === undefined ? `Fetched ${label} again\n` : `Removed ${label}: ${oneLine(obstacle)}\n`,
    );
  }
  if (repaired.some(({ obstacle }) => obstacle !== undefined))
    context.note('info', 'run `tspm sync` in the projects that used what was removed');
  return 0;
}

async function prune(context: CommandContext, input: ParsedCommand, cacheDir: string): Promise<number> {
  const isDryRun = input.has('dry-run');
  const { removed, forgotten, left } = await pruneStore(cacheDir, {
    age: quantity(input, 'older-than', DAY) ?? 0,
    bytes: quantity(input, 'max-size', 1),
    inodes: quantity(input, 'max-inodes', 1),
    forgetMissing: input.has('forget-missing'),
    dryRun: isDryRun,
    now: Date.now(),
  });
  for (const { path, bytes } of removed) context.note('detail', `${path} ${formatSize(bytes)}`);
  for (const base of forgotten) context.note('info', `${base} is gone and no longer counts`);
  const bytes = removed.reduce((sum, one) => sum + one.bytes, 0);
  const inodes = removed.reduce((sum, one) => sum + one.inodes, 0);
  const verb = isDryRun ? 'would be removed' : 'removed';
  context.output.write(
    `${removed.length} wheels that no project uses ${verb}: ${formatSize(bytes)} in ${inodes} inodes; ` +
      `${left.count} stay: ${formatSize(left.bytes)} in ${left.inodes} inodes\n`,
  );
  return 0;
}

const DAY = 24 * 60 * 60 * 1000;
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** A number of an option, with K, M, G or T for powers of 1024. Throws TSPM_USAGE. */
function quantity(input: ParsedCommand, option: string, unit: number): number | undefined {
  const text = input.value(option);
  if (text === undefined) return undefined;
  const [, digits, letter = ''] = /^([0-9]+(?:\.[0-9]+)?)([KMGT]?)(?:i?B)?$/iu.exec(text) ?? [];
  if (digits !== undefined) return Number(digits) * (UNITS[letter.toUpperCase()] ?? 1) * unit;
  throw new TspmError('TSPM_USAGE', `--${option}: expected a number such as 30 or 20G, not "${text}"`);
}

function info(context: CommandContext, cacheDir: string): number {
  const rows = cacheRows(cacheDir);
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  context.output.write(`Cache Root: ${cacheDir}, Total size: ${formatSize(bytes)}\n`);
  for (const { kind, folder, count, bytes: size, inodes } of rows) {
    // PDM has no such kind: it is told once there is something.
    if (kind === 'repositories' && count === 0) continue;
    const { title, items } = TITLES[kind];
    context.output.write(
      `  ${title}: ${folder}\n    ${items}: ${count}, Size: ${formatSize(size)}, Inodes: ${inodes}\n`,
    );
  }
  return 0;
}

const TITLES: Readonly<Record<CacheKind, { readonly title: string; readonly items: string }>> = {
  http: { title: 'HTTP Cache', items: 'Files' },
  wheels: { title: 'Wheels Cache', items: 'Files' },
  metadata: { title: 'Metadata Cache', items: 'Files' },
  packages: { title: 'Package Cache', items: 'Packages' },
  repositories: { title: 'Repository Cache', items: 'Files' },
};

/** tspm keeps no file of digests of its own, which PDM calls `hashes`. */
async function clear(context: CommandContext, cacheDir: string, kind: string | undefined): Promise<number> {
  const kinds = kind === undefined ? CACHE_KINDS : CACHE_KINDS.filter((known) => known === kind);
  if (kinds.length === 0 && kind !== 'hashes') {
    const choices = ['hashes', ...CACHE_KINDS].join(', ');
    throw new TspmError('TSPM_CLI_SYNTAX', `tspm cache clear: type cannot be '${kind}'; it is one of ${choices}`);
  }
  const { packages, files } = await clearCache(cacheDir, kinds);
  const went = [packages > 0 ? counted(packages, 'package') : '', files > 0 ? counted(files, 'file') : ''];
  const text = went.filter((part) => part !== '').join(' and ');
  context.output.write(text === '' ? 'No files need to be removed\n' : `${text} are removed\n`);
  return 0;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
