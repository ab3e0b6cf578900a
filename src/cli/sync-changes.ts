import { installLock } from '../app/install-lock.ts';
import { memberContents } from '../app/lock-inputs.ts';
import { TreeNotes } from '../installer/tree-notes.ts';
import { checkFreshness } from '../lockfile/freshness.ts';
import { parseLockfile } from '../lockfile/read.ts';
import type { ParsedCommand } from './command.ts';
import type { SyncOrder } from './commands/sync.ts';
import type { CommandContext } from './context.ts';
import { printPlan } from './print-plan.ts';
import { withSession } from './session.ts';

/** The part of `tspm sync` that has something to do. A stale lock is installed with a warning, as PDM does. */
export async function syncChanges(
  context: CommandContext,
  input: ParsedCommand,
  { path, text, options }: SyncOrder,
): Promise<number> {
  return withSession(context, input, async (session) => {
    const lock = parseLockfile(text, path, session.root);
    const { pyproject } = session;
    const { warnings } = checkFreshness(lock, pyproject.document, memberContents(pyproject));
    for (const warning of warnings) context.note('warning', warning);
    const notes = (context.account.notes = new TreeNotes());
    const result = await installLock(session, { lock, path, text, options, notes });
    if (options.dryRun) printPlan(context, result);
    return 0;
  });
}
