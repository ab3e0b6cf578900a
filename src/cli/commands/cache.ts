import { builtWheels, CACHE_KINDS, cacheRows, clearCache, forgetBuiltWheels } from '../../app/cache.ts';
import { TspmError } from '../../errors.ts';
import { configText } from '../../project/config.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { formatSize, renderTable } from '../render.ts';

/** `tspm cache`: `info` (also without a word) and `clear`; `list` and `remove` of wheels that were built. */
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
  if (action === 'list') return list(context, cacheDir, kind);
  return remove(context, cacheDir, kind);
}

function list(context: CommandContext, cacheDir: string, pattern: string | undefined): number {
  for (const { filename } of builtWheels(cacheDir, pattern)) context.output.write(`${filename}\n`);
  return 0;
}

function remove(context: CommandContext, cacheDir: string, pattern: string | undefined): number {
  if (pattern === undefined)
    throw new TspmError('TSPM_USAGE', 'which built wheels? name them or use a pattern such as "*"');
  const names = forgetBuiltWheels(cacheDir, pattern);
  for (const name of names) context.output.write(`Removed ${name}\n`);
  if (names.length === 0)
    throw new TspmError('TSPM_USAGE', `no built wheel is called "${pattern}"`, {
      hint: '`tspm cache list` shows them',
    });
  return 0;
}

function info(context: CommandContext, cacheDir: string): number {
  const rows = cacheRows(cacheDir);
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  context.output.write(`Cache root: ${cacheDir}, total size: ${formatSize(bytes)}\n`);
  const cells = rows.map((row) => [row.kind, row.folder, String(row.count), formatSize(row.bytes), String(row.inodes)]);
  context.output.write(renderTable(['kind', 'folder', 'items', 'size', 'inodes'], cells, context.paint));
  return 0;
}

async function clear(context: CommandContext, cacheDir: string, kind: string | undefined): Promise<number> {
  const kinds = kind === undefined ? CACHE_KINDS : CACHE_KINDS.filter((known) => known === kind);
  if (kinds.length === 0 && kind !== 'hashes') {
    throw new TspmError('TSPM_USAGE', `"${kind}" is no kind of cache`, {
      hint: `choose from ${CACHE_KINDS.join(', ')}`,
    });
  }
  const { packages, files } = await clearCache(cacheDir, kinds);
  const nothing = packages + files === 0;
  context.output.write(
    nothing ? 'No files need to be removed\n' : `${packages} packages and ${files} files are removed\n`,
  );
  return 0;
}
