import type { SyncResult } from '../installer/sync.ts';
import type { CommandContext } from './context.ts';

/** The three lists of a dry run, or that there is nothing to do; nothing when nothing was compared. */
export function printPlan({ output, reporter }: CommandContext, plan: SyncResult | undefined): void {
  if (plan === undefined) return;
  const { add, update, remove } = plan;
  const sections = [
    ['Packages to add:', add.map(({ name, version }) => `${name} ${version}`)],
    ['Packages to update:', update.map(({ name, version, from }) => `${name} ${from} -> ${version}`)],
    ['Packages to remove:', remove.map(({ name, version }) => `${name} ${version}`)],
  ] as const;
  const shown = sections.filter(([, lines]) => lines.length > 0);
  reporter.pause();
  if (shown.length === 0) output.write('All packages are synced to date, nothing to do.\n');
  for (const [title, lines] of shown) output.write(`${title}\n${lines.map((line) => `  - ${line}\n`).join('')}`);
}
