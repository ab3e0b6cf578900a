import { TspmError } from '../../errors.ts';
import { parentShell } from '../../run/parent-shell.ts';
import type { ParsedCommand } from '../command.ts';
import { completionScript } from '../completion.ts';
import type { CommandContext } from '../context.ts';

/** `tspm completion [SHELL]`: prints a script that completes commands and options. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const shell = input.args[0] ?? parentShell(context.env) ?? '';
  const script = completionScript(shell);
  if (script === undefined) {
    throw new TspmError('TSPM_USAGE', `there is no completion script for the shell ${shell}`, {
      hint: 'name one of bash, zsh, fish, powershell and pwsh',
    });
  }
  context.output.write(script);
  return 0;
}
