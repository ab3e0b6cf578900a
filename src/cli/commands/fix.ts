import { projectProblems } from '../../app/fix.ts';
import { TspmError } from '../../errors.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';

/** `tspm fix`: mends what older versions of PDM left, one problem or all; `--dry-run` only names them. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const all = projectProblems(await context.root());
  const [name] = input.args;
  const problems = name === undefined ? all : all.filter((problem) => problem.name === name);
  if (name !== undefined && problems.length === 0) {
    const names = all.map((problem) => problem.name).join(', ');
    throw new TspmError('TSPM_USAGE', `The problem doesn't exist: ${name}`, {
      hint: names === '' ? 'there is nothing to fix' : `there is ${names}`,
    });
  }
  if (problems.length === 0) context.output.write('No problem is found, nothing to fix.\n');
  if (input.has('dry-run')) {
    for (const problem of problems) context.note('warning', `${problem.name}: ${problem.message}`);
    return 0;
  }
  for (const problem of problems) {
    await problem.mend();
    context.output.write(`Fixing ${problem.name}... ✔\n`);
  }
  return 0;
}
