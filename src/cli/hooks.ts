import { runHook } from '../run/runner.ts';
import { parseScripts } from '../run/scripts.ts';
import { openProject } from './commands/run.ts';
import type { ParsedCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { ExitStatus } from './exit-status.ts';

/** Runs the script `name` of `[tool.pdm.scripts]` if there is one and `-k` does not skip it. Throws {@link ExitStatus} when it fails. */
export async function callHook(context: CommandContext, input: ParsedCommand, name: string): Promise<void> {
  const { scripts } = await context.pyproject();
  if (!(name in scripts)) return;
  context.reporter.pause();
  const status = await runHook(await openProject(context, input, parseScripts(scripts)), name);
  if (status !== 0) throw new ExitStatus(status);
}
