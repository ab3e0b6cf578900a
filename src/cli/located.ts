import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isTspmError, TspmError } from '../errors.ts';
import type { CommandContext } from './context.ts';

/**
 * An error about a key of a TOML file (`context.place`), with the file and the line in front of its message: those of `context.file`, else
 * of the project's pyproject.toml. Other errors stay as they are.
 */
export async function located(error: unknown, context: CommandContext | undefined): Promise<unknown> {
  if (!isTspmError(error) || context === undefined) return error;
  const { place, file } = error.context;
  if (typeof place !== 'string' || (file === undefined && !place.startsWith('['))) return error;
  const path = typeof file === 'string' ? file : join(await context.root(), 'pyproject.toml');
  if (!existsSync(path)) return error;
  const { lineOf } = await import('../toml/locate.ts');
  const line = lineOf(readFileSync(path, 'utf8'), place);
  const shown = typeof file === 'string' ? file : basename(path);
  return new TspmError(error.code, `${line === undefined ? shown : `${shown}:${line}`}: ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    context: { ...error.context, ...(line === undefined ? {} : { line }) },
    cause: error,
  });
}
