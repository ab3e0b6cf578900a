import type { Pyproject } from '../project/pyproject.ts';
import type { ParsedCommand } from './command.ts';
import type { CommandContext } from './context.ts';

/** Says what happens to a project that would itself be installed. */
export function warnAboutSelf(
  context: CommandContext,
  input: ParsedCommand,
  { project, groups }: { readonly project: Pyproject; readonly groups: readonly string[] },
): void {
  if (!project.distribution || input.has('no-self') || !groups.includes('default')) return;
  context.note(
    'warning',
    'the project itself is not installed, because tspm cannot build yet; --no-self or distribution = false in [tool.pdm] says that this is meant',
  );
}
