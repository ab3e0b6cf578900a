import { resolve } from 'node:path';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { createProject } from './init.ts';

/** `tspm new PATH`: `init` in a folder that is made for it. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const [first = '', second] = input.args;
  const path = second ?? first;
  const root = resolve(context.cwd, path);
  await createProject(context, input, { root, template: second === undefined ? undefined : first });
  return 0;
}
