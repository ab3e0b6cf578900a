import { TspmError } from '../../errors.ts';
import { hookFolder } from '../../run/hook-folder.ts';
import { parentShell } from '../../run/parent-shell.ts';
import { pep582Text } from '../../run/pep582.ts';
import type { World } from '../context.ts';

/** `tspm --pep582 [SHELL]`: prints what the shell evaluates, and nothing else. */
export function printPep582(shell: string | undefined, { env, output }: World): number {
  const name = shell === undefined || shell.toUpperCase() === 'AUTO' ? parentShell(env) : shell;
  if (name === undefined) {
    throw new TspmError('TSPM_USAGE', 'the shell tspm was started from is not known', {
      hint: 'please specify a shell via `--pep582 <SHELL>`',
    });
  }
  output.write(pep582Text(name, hookFolder()));
  return 0;
}
