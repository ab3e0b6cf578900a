import { syncedGroups } from '../../app/dependencies.ts';
import { defaultStrategy } from '../../app/lock.ts';
import { lockPath } from '../../app/lock-file.ts';
import { readLockIfAny } from '../../lockfile/read.ts';
import { removeRequirements, targetGroup } from '../../project/edit-dependencies.ts';
import { groupNames } from '../../project/groups.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { withSession } from '../session.ts';
import { installLock, makeLock, refuseLater, saveTexts } from '../steps.ts';

/** `tspm remove`: takes lines out of a group, locks what is left with the versions it has, and uninstalls what nothing needs. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  refuseLater(input, ['override']);
  return withSession(context, input, async (session, task) => {
    const original = session.pyproject;
    const group = input.value('group');
    const target = targetGroup(original, { ...(group === undefined ? {} : { group }), dev: input.has('dev') });
    const { text } = removeRequirements(original, target, input.args);
    const kind = target.species === 'dev' ? 'dev-dependencies' : 'dependencies';
    context.output.write(`Removing packages from ${target.group} ${kind}: ${input.args.join(', ')}\n`);
    const path = lockPath(session.root, await context.config(), { named: input.value('lockfile'), cwd: context.cwd });
    const old = readLockIfAny(path);
    const project = session.adoptPyproject(text);
    const dryRun = input.has('dry-run');
    const pyproject = { path: original.path, text, expected: original.text };
    if (old?.groups !== undefined && !old.groups.includes(target.group)) {
      if (!dryRun) await saveTexts(task, { pyproject });
      context.note('warning', `group ${target.group} is not in the lock file, nothing is locked or removed`);
      return 0;
    }
    const names = groupNames(project);
    const known = new Set(['default', ...names.optional, ...names.dev]);
    const groups = (old?.groups ?? ['default']).filter((name) => known.has(name));
    const made = await makeLock(task, { groups, old, update: new Set(), strategy: defaultStrategy(old) });
    if (!dryRun) {
      const frozen = input.has('frozen-lockfile');
      await saveTexts(task, { pyproject, ...(frozen ? {} : { lock: { path, lock: made.lock } }) });
      if (!frozen) made.tell();
    }
    if (input.has('no-sync')) return 0;
    const synced = syncedGroups(project, target, groups).filter((name) => groups.includes(name));
    await installLock(task, {
      lock: made.lock,
      text: undefined,
      options: { groups: synced, clean: 'unlocked', reinstall: false, dryRun, signal: context.signal },
    });
    return 0;
  });
}
