import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';

/** `tspm search`: PyPI has no search for programs any more; says where people find one and ends with 0, as PDM means to. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const words = input.args.join(' ');
  context.note(
    'warning',
    `PyPI cannot be searched by programs: look for ${words} on https://pypi.org/search/, or \`tspm show NAME\``,
  );
  return 0;
}
