import { finishRemoval, removePackages } from '../../app/remove.ts';
import { readLockIfAny } from '../../lockfile/read.ts';
import { keyOf, removeRequirements, targetGroup } from '../../project/edit-dependencies.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { extentOf, lockFile, targetFlags } from '../flags.ts';
import { printPlan, syncReport } from '../print-plan.ts';
import { withSession } from '../session.ts';

/** `tspm remove`. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  return withSession(context, input, async (session) => {
    const target = targetGroup(session.pyproject, targetFlags(input));
    const gone = input.has('dry-run') ? [] : await finishRemoval(session, target, input.args);
    const names = input.args.filter((name) => !gone.some(({ key }) => key === keyOf(name)));
    if (names.length === 0) {
      context.report(syncReport({ add: [], update: [], remove: gone, unchanged: 0 }));
      return 0;
    }
    const text = removeRequirements(session.pyproject, target, names);
    const kind = target.species === 'dev' ? 'dev-dependencies' : 'dependencies';
    context.output.write(`Removing packages from ${target.group} ${kind}: ${names.join(', ')}\n`);
    const path = await lockFile(context, input);
    const current = { path, old: readLockIfAny(path, session.root) };
    const extent = extentOf(input);
    const result = await removePackages(session, { target, text, current }, extent);
    if (extent.dryRun) printPlan(context, result);
    context.report(syncReport(result));
    return 0;
  });
}
