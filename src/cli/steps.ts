/** Steps that several commands share: lock with PDM's lines, write, sync. */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isTspmError, TspmError } from '../errors.ts';
import { formatLockfile } from '../lockfile/format.ts';
import { resolveLock, type LockRequest, type NewLock } from '../app/lock.ts';
import type { Session } from '../app/session.ts';
import { isSynced, syncInputs, syncLock, type SyncOptions } from '../app/sync.ts';
import type { SyncResult } from '../installer/sync.ts';
import { checkFreshness } from '../lockfile/freshness.ts';
import type { Lockfile } from '../lockfile/model.ts';
import { parseLockfile } from '../lockfile/read.ts';
import { replaceTogether } from '../project/replace-together.ts';
import type { ParsedCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { formatElapsed } from './render.ts';

/** Options that change what PDM's resolver does and that tspm does not know yet: refused, never ignored. */
export function refuseLater(input: ParsedCommand, names: readonly string[]): void {
  for (const name of names) {
    if (!input.spec.options.some((option) => option.name === name) || !input.has(name)) continue;
    throw new TspmError('TSPM_UNSUPPORTED', `--${name} of \`tspm ${input.spec.name}\` is not supported yet`, {
      hint: 'see docs/compatibility.md for what is',
    });
  }
}

/** Resolves and tells how long it took; nothing is written. Prints "Lock failed" before it throws. */
export async function makeLock(context: CommandContext, session: Session, request: LockRequest): Promise<NewLock & { readonly tell: () => void }> {
  const started = performance.now();
  try {
    const made = await resolveLock(session, request);
    context.reporter.pause();
    return { ...made, tell: () => context.output.write(`  ${formatElapsed(performance.now() - started)} 🔒 Lock successful.\n`) };
  } catch (error) {
    context.reporter.pause();
    if (isTspmError(error) && error.code === 'TSPM_RESOLUTION_FAILED') context.output.write(`  ${formatElapsed(performance.now() - started)} 🔒 Lock failed.\n`);
    throw error;
  }
}

/** New texts of the project file (with the text it was made from) and of the lock; either may stay as it is. */
export interface ProjectTexts {
  readonly pyproject?: { readonly path: string; readonly text: string; readonly expected: string };
  readonly lock?: { readonly path: string; readonly lock: Lockfile };
}

/** Writes what changed, both files as one change, and says which. Throws TSPM_IO, TSPM_BUSY. */
export async function saveTexts(context: CommandContext, root: string, { pyproject, lock }: ProjectTexts): Promise<void> {
  const changes = [
    ...(pyproject === undefined ? [] : [pyproject]),
    ...(lock === undefined ? [] : [{ path: lock.path, text: formatLockfile(lock.lock) }]),
  ];
  const written = changes.filter(({ path, text }) => !existsSync(path) || readFileSync(path, 'utf8') !== text);
  await replaceTogether(root, written);
  for (const { path } of written) tellWritten(context, basename(path));
}

/** The line that scripts look for after a file was written. */
function tellWritten(context: CommandContext, file: string): void {
  if (context.verbosity >= 0) context.output.write(`Changes are written to ${file}.\n`);
}

/** Installs from the text of a lock file, warning about a stale one; a lock that was installed before is recognised by its text. */
export async function syncFromText(session: Session, place: { readonly text: string; readonly path: string }, options: SyncOptions): Promise<SyncResult> {
  const inputs = options.reinstall || options.dryRun ? undefined : await syncInputs(session, place.text, options);
  if (inputs !== undefined) {
    const installed = await isSynced(session, inputs);
    if (installed !== undefined) {
      session.reporter.emit({ kind: 'sync:plan', add: 0, update: 0, remove: 0 });
      session.reporter.emit({ kind: 'sync:done', done: 0, total: 0, milliseconds: 0 });
      return { add: [], update: [], remove: [], unchanged: installed };
    }
  }
  const lock = parseLockfile(place.text, basename(place.path));
  const freshness = checkFreshness(lock, session.pyproject.document);
  for (const warning of freshness.warnings) session.note('warning', warning);
  return syncLock(session, lock, options, freshness.kind === 'fresh' ? inputs : undefined);
}

/** The three lists of a dry run, or that there is nothing to do. */
export function tellPlan(context: CommandContext, plan: SyncResult): void {
  const sections = [
    ['Packages to add:', plan.add.map(({ name, version }) => `${name} ${version}`)],
    ['Packages to update:', plan.update.map(({ name, version, from }) => `${name} ${from} -> ${version}`)],
    ['Packages to remove:', plan.remove.map(({ name, version }) => `${name} ${version}`)],
  ] as const;
  const shown = sections.filter(([, lines]) => lines.length > 0);
  if (shown.length === 0) context.output.write('All packages are synced to date, nothing to do.\n');
  for (const [title, lines] of shown) context.output.write(`${title}\n${lines.map((line) => `  - ${line}\n`).join('')}`);
}

/** Says what happens to a project that would itself be installed. */
export function warnAboutSelf(session: Session, input: ParsedCommand, groups: readonly string[]): void {
  if (!session.pyproject.distribution || input.has('no-self') || !groups.includes('default')) return;
  session.note('warning', 'the project itself is not installed, because tspm cannot build yet; --no-self or distribution = false in [tool.pdm] says that this is meant');
}
