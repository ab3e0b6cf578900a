import { resolve } from 'node:path';
import { TspmError } from '../../errors.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { createProject } from './init.ts';
import { makeFolders } from '../../util/file-system.ts';

/** `tspm new PATH`: `init` in a folder that is made for it. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const [path, more] = input.args;
  if (path === undefined || more !== undefined) {
    throw new TspmError('TSPM_UNSUPPORTED', 'templates are not supported by `tspm new`', {
      hint: 'name the folder alone: `tspm new PATH`',
    });
  }
  const root = resolve(context.cwd, path);
  makeFolders(root);
  await createProject(context, input, root);
  return 0;
}
