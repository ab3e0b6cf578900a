import { outdatedPackages, type OutdatedPackage } from '../../app/outdated.ts';
import { readLockIfAny } from '../../lockfile/read.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { matchesPatterns } from '../dependency-tree.ts';
import { lockFile } from '../flags.ts';
import { renderTable } from '../render.ts';
import { withAnyProject } from '../session.ts';

/** `tspm outdated`: ends with 0 whatever it finds. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  return withAnyProject(context, input, async (session) => {
    const packages = await outdatedPackages(session, {
      lock: readLockIfAny(await lockFile(context, input), session.root),
      includeSub: input.has('include-sub'),
      isWanted: (key) => matchesPatterns(key, input.args),
    });
    context.output.write(input.has('json') ? jsonText(packages) : tableText(context, packages));
    return 0;
  });
}

/** PDM's keys, so that what reads its answer reads this one. */
function jsonText(packages: readonly OutdatedPackage[]): string {
  const rows = packages.map(({ key, groups, installed, pinned, latest }) => ({
    package: key,
    groups,
    installed_version: installed,
    pinned_version: pinned,
    latest_version: latest,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

function tableText({ paint }: CommandContext, packages: readonly OutdatedPackage[]): string {
  const rows = packages.map(({ key, groups, installed, pinned, latest }) => {
    return [key, groups.join(', '), installed, pinned, latest];
  });
  return renderTable(['Package', 'Groups', 'Installed', 'Pinned', 'Latest'], rows, paint);
}
