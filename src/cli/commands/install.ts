import { existsSync, readFileSync } from 'node:fs';
import { installProject, needsLock } from '../../app/install.ts';
import { TspmError } from '../../errors.ts';
import { parseLockfile } from '../../lockfile/read.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { chosenGroups, lockFile } from '../flags.ts';
import { printPlan, syncReport } from '../print-plan.ts';
import { withSession } from '../session.ts';

/** `tspm install`: brings the lock up to date where needed, then syncs. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  if (input.has('plugins')) {
    throw new TspmError('TSPM_UNSUPPORTED', 'tspm has no plugins (--plugins)', {
      hint: 'hooks of [tool.pdm.scripts] run around lock, install and build',
    });
  }
  return withSession(context, input, async (session) => {
    const path = await lockFile(context, input);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    const old = text === undefined ? undefined : { text, lock: parseLockfile(text, path, session.root) };
    const isStale = needsLock(session, old?.lock);
    if (isStale && input.has('check')) {
      context.note('advice', 'Please run `tspm lock` to update the lock file');
      return 1;
    }
    const groups = chosenGroups(context, input, { project: session.pyproject, locked: old?.lock.groups });
    const extent = {
      dryRun: input.has('dry-run'),
      frozen: input.has('frozen-lockfile'),
      self: !input.has('no-self'),
      editable: !input.has('no-editable'),
    };
    const result = await installProject(session, { path, old, isStale, groups }, extent);
    if (extent.dryRun) printPlan(context, result);
    context.report(syncReport(result));
    return 0;
  });
}
