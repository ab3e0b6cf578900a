import { addPackages, requirementsToAdd } from '../../app/add.ts';
import { TspmError } from '../../errors.ts';
import { redactUrl } from '../../util/redact.ts';
import { readLockIfAny } from '../../lockfile/read.ts';
import { targetGroup } from '../../project/edit-dependencies.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { extentOf, lockFile, targetFlags } from '../flags.ts';
import { printPlan, syncReport } from '../print-plan.ts';
import { withSession } from '../session.ts';
import { versionChoices } from '../strategies.ts';

/** `tspm add`. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const typed = [...input.args, ...input.list('editable').map((place) => `-e ${place}`)];
  const unconstrained = input.has('unconstrained');
  if (typed.length === 0 && unconstrained) {
    throw new TspmError('TSPM_USAGE', '`tspm add -u` needs at least one package');
  }
  return withSession(context, input, async (session) => {
    const target = targetGroup(session.pyproject, targetFlags(input));
    const requirements = await requirementsToAdd(session, typed, context.cwd);
    if (requirements.length > 0) {
      const kind = input.has('dev') ? 'dev-dependencies' : 'dependencies';
      context.output.write(`Adding packages to ${target.group} ${kind}: ${redactUrl(typed.join(', '))}\n`);
    }
    const path = await lockFile(context, input);
    const current = { path, old: readLockIfAny(path, session.root) };
    const choices = versionChoices(input, await context.config());
    const extent = extentOf(input);
    const request = { target, requirements, current, choices, unconstrained };
    const result = await addPackages(session, request, extent);
    if (extent.dryRun) printPlan(context, result);
    context.report(syncReport(result));
    return 0;
  });
}
