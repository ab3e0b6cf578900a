import { removePackages } from '../../app/remove.ts';
import { readLockIfAny } from '../../lockfile/read.ts';
import { removeRequirements, targetGroup } from '../../project/edit-dependencies.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { extentOf, lockFile, targetFlags } from '../flags.ts';
import { printPlan, syncReport } from '../print-plan.ts';
import { withSession } from '../session.ts';

/** `tspm remove`. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  return withSession(context, input, async (session) => {
    const target = targetGroup(session.pyproject, targetFlags(input));
    const text = removeRequirements(session.pyproject, target, input.args);
    const kind = target.species === 'dev' ? 'dev-dependencies' : 'dependencies';
    context.output.write(`Removing packages from ${target.group} ${kind}: ${input.args.join(', ')}\n`);
    const path = await lockFile(context, input);
    const current = { path, old: readLockIfAny(path, session.root) };
    const extent = extentOf(input);
    const result = await removePackages(session, { target, text, current }, extent);
    if (extent.dryRun) printPlan(context, result);
    context.report(syncReport(result));
    return 0;
  });
}
