import { readLockText } from '../../app/lock-file.ts';
import { ownFiles, ownInstall } from '../../app/own-install.ts';
import { syncInputs, type SyncOptions } from '../../app/sync-inputs.ts';
import { packagesPaths } from '../../installer/environment.ts';
import { syncStampHolds } from '../../installer/stamp.ts';
import { groupsOfLock } from '../../lockfile/head.ts';
import { requireLockedGroups } from '../../project/groups.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { chosenGroups, lockFile } from '../flags.ts';

/** `tspm sync`. With nothing to do neither the lock is parsed nor the installer loaded. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const [project, config] = [await context.pyproject(), await context.config()];
  const path = await lockFile(context, input);
  const text = readLockText(path);
  const locked = groupsOfLock(text, path);
  const groups = chosenGroups(context, input, { project, locked });
  requireLockedGroups(groups, locked);
  const editable = !input.has('no-editable');
  const own = ownInstall(project, groups, { self: !input.has('no-self'), editable });
  const options: SyncOptions = {
    groups,
    clean: input.has('clean') ? 'unlocked' : input.has('only-keep') ? 'unselected' : 'nothing',
    reinstall: input.has('reinstall'),
    dryRun: input.has('dry-run'),
    own,
    editable,
  };
  const hasHooks = 'pre_install' in project.scripts || 'post_install' in project.scripts;
  if (!options.reinstall && !options.dryRun && !hasHooks) {
    const interpreter = await context.interpreter();
    const inputs = syncInputs({
      lockText: text,
      pyprojectText: project.text,
      interpreter,
      config,
      options,
      ownFiles: own === 'none' ? '' : ownFiles(project.root),
    });
    if (syncStampHolds(packagesPaths(project.root, interpreter.ident), inputs) !== undefined) {
      context.reporter.emit({ kind: 'sync:plan', add: 0, update: 0, remove: 0 });
      context.reporter.emit({ kind: 'sync:done', done: 0, total: 0, milliseconds: 0 });
      return 0;
    }
  }
  const { syncChanges } = await import('../sync-changes.ts');
  return syncChanges(context, input, { path, text, options });
}
