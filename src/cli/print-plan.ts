import type { SyncResult } from '../installer/sync.ts';
import type { CommandContext } from './context.ts';

/** What was or would be installed, for `--json`; null when nothing was compared. */
export function syncReport(result: SyncResult | undefined): Readonly<Record<string, unknown>> {
  if (result === undefined) return { installed: null };
  const named = ({ name, version }: { readonly name: string; readonly version: string }) => ({ name, version });
  const update = result.update.map((one) => ({ ...named(one), from: one.from }));
  const { add, remove, unchanged } = result;
  return { installed: { add: add.map(named), update, remove: remove.map(named), unchanged } };
}

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
