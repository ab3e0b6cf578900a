import { ownFiles, ownInstall } from '../../app/own-install.ts';
import { syncInputs, type SyncOptions } from '../../app/sync-inputs.ts';
import { packagesPaths } from '../../installer/environment.ts';
import { syncStampHolds } from '../../installer/stamp.ts';
import { readChosenLock } from '../chosen-lock.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';

/** What a `tspm sync` shall do, and the lock it was told by. */
export interface SyncOrder {
  readonly path: string;
  readonly text: string;
  readonly options: SyncOptions;
}

/** `tspm sync`. With nothing to do neither the lock is parsed nor the installer loaded. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const order = await readOrder(context, input);
  if (!input.has('compile') && (await nothingToDo(context, order))) {
    context.reporter.emit({ kind: 'sync:plan', add: 0, update: 0, remove: 0 });
    context.reporter.emit({ kind: 'sync:done', done: 0, total: 0, milliseconds: 0 });
    return 0;
  }
  const { syncChanges } = await import('../sync-changes.ts');
  return syncChanges(context, input, order);
}

/** Reads lock and options, and says which groups do not exist. */
export async function readOrder(context: CommandContext, input: ParsedCommand): Promise<SyncOrder> {
  const { project, path, text, groups } = await readChosenLock(context, input);
  const editable = !input.has('no-editable');
  const options: SyncOptions = {
    groups,
    clean: input.has('clean') ? 'unlocked' : input.has('only-keep') ? 'unselected' : 'nothing',
    reinstall: input.has('reinstall'),
    dryRun: input.has('dry-run'),
    own: ownInstall(project, groups, { self: !input.has('no-self'), editable }),
    editable,
  };
  return { path, text, options };
}

/** Whether the last sync had the same order and all it installed is still there. */
async function nothingToDo(context: CommandContext, order: SyncOrder): Promise<boolean> {
  const inputs = await inputsOf(context, order);
  if (inputs === undefined) return false;
  const [{ root }, { ident }] = [await context.pyproject(), await context.interpreter()];
  return syncStampHolds(packagesPaths(root, ident), inputs) !== undefined;
}

/** The digest of all that a sync follows from; undefined for one that has something to do in any case. */
export async function inputsOf(context: CommandContext, { text, options }: SyncOrder): Promise<string | undefined> {
  const { root, scripts, text: pyprojectText } = await context.pyproject();
  const hasHooks = 'pre_install' in scripts || 'post_install' in scripts;
  if (options.reinstall || options.dryRun || hasHooks) return undefined;
  const interpreter = await context.interpreter();
  return syncInputs({
    lockText: text,
    pyprojectText,
    interpreter,
    config: await context.config(),
    options,
    ownFiles: options.own === 'none' ? '' : ownFiles(root),
  });
}
