import { lockPath } from '../../app/lock-file.ts';
import { readLockText, type SyncOptions } from '../../app/sync.ts';
import { groupsOfLock } from '../../lockfile/head.ts';
import { groupNames, requireLockedGroups, selectGroups } from '../../project/groups.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { groupFlags, withSession } from '../session.ts';
import { syncFromText, tellPlan, warnAboutSelf } from '../steps.ts';

/** `tspm sync`. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  return withSession(context, input, async (session) => {
    const path = lockPath(session, input.value('lockfile'), context.cwd);
    const text = readLockText(path);
    const locked = groupsOfLock(text, path);
    const { groups, unknown } = selectGroups(groupFlags(input), groupNames(session.pyproject), locked);
    if (unknown.length > 0) context.note('info', `Ignoring non-existing groups: ${unknown.join(', ')}`);
    requireLockedGroups(groups, locked);
    warnAboutSelf(session, input, groups);
    const options: SyncOptions = {
      groups,
      clean: input.has('clean') ? 'unlocked' : input.has('only-keep') ? 'unselected' : 'nothing',
      reinstall: input.has('reinstall'),
      dryRun: input.has('dry-run'),
      signal: context.signal,
    };
    const result = await syncFromText(session, { text, path }, options);
    if (options.dryRun) tellPlan(context, result);
    return 0;
  });
}
