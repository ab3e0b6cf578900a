import { resolve } from 'node:path';
import { buildProject } from '../../app/build-project.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { withSession } from '../session.ts';

/** `tspm build`. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  return withSession(context, input, async (session) => {
    await buildProject(session, {
      sdist: !input.has('no-sdist'),
      wheel: !input.has('no-wheel'),
      dest: resolve(session.root, input.value('dest') ?? 'dist'),
      clean: !input.has('no-clean'),
      tell: (line) => context.output.write(`${line}\n`),
    });
    return 0;
  });
}
