import type { Session } from '../../app/session.ts';
import { namedScope, updatePackages, wholeScope, type UpdateScope } from '../../app/update.ts';
import { TspmError } from '../../errors.ts';
import type { SyncResult } from '../../installer/sync.ts';
import type { Lockfile } from '../../lockfile/model.ts';
import { readLockIfAny } from '../../lockfile/read.ts';
import { normalizeName } from '../../packaging/name.ts';
import { targetGroup } from '../../project/edit-dependencies.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { chosenGroups, extentOf, lockFile, targetFlags } from '../flags.ts';
import { printPlan, syncReport } from '../print-plan.ts';
import { withSession } from '../session.ts';
import { versionChoices } from '../strategies.ts';

/** `tspm update`. pyproject.toml changes only with `-u`. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  refuseMixtures(input);
  return withSession(context, input, async (session) => {
    const path = await lockFile(context, input);
    const current = { path, old: readLockIfAny(path, session.root) };
    const scope = scopeOf(session, context, { input, old: current.old });
    if (input.args.length > 0) context.output.write(`Updating packages: ${input.args.join(', ')}.\n`);
    const choices = versionChoices(input, await context.config());
    const extent = extentOf(input);
    const request = { scope, current, choices, unconstrained: input.has('unconstrained') };
    // A dry run tells what an update would install, also with --no-sync.
    const result = await updatePackages(session, request, { ...extent, sync: extent.sync || extent.dryRun });
    if (extent.dryRun && result !== undefined) {
      printPlan(context, input.has('top') ? onlyNamed(result, scope.keys) : result);
    }
    context.report(syncReport(result));
    return 0;
  });
}

function refuseMixtures(input: ParsedCommand): void {
  const isNamed = input.args.length > 0;
  if (!isNamed && (input.has('pre') || input.has('stable'))) {
    throw new TspmError('TSPM_USAGE', '--pre and --stable need the names of packages');
  }
  if (isNamed && (input.list('group').length > 1 || input.has('no-default') || input.has('top'))) {
    throw new TspmError('TSPM_USAGE', 'named packages go with at most one -G, and without --no-default and --top');
  }
}

function scopeOf(
  session: Session,
  context: CommandContext,
  { input, old }: { readonly input: ParsedCommand; readonly old: Lockfile | undefined },
): UpdateScope {
  if (input.args.length === 0) {
    const groups = chosenGroups(context, input, { project: session.pyproject, locked: old?.groups });
    return wholeScope(session, groups, old);
  }
  return namedScope(session, input.args, { target: targetGroup(session.pyproject, targetFlags(input)), old });
}

function onlyNamed({ add, update, remove, unchanged }: SyncResult, keys: readonly string[]): SyncResult {
  const isNamed = ({ name }: { readonly name: string }) => keys.includes(normalizeName(name));
  return { add: add.filter(isNamed), update: update.filter(isNamed), remove: remove.filter(isNamed), unchanged };
}
