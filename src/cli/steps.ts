/** Steps that several commands share: lock with PDM's lines, write, sync. */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isTspmError, TspmError } from '../errors.ts';
import { formatLockfile } from '../lockfile/format.ts';
import { resolveLock, type LockRequest, type NewLock } from '../app/lock.ts';
import type { Session } from '../app/session.ts';
import { syncLock } from '../app/sync.ts';
import { syncInputs, type SyncOptions } from '../app/sync-inputs.ts';
import type { SyncResult } from '../installer/sync.ts';
import { checkFreshness } from '../lockfile/freshness.ts';
import type { Lockfile } from '../lockfile/model.ts';
import { normalizeName } from '../packaging/name.ts';
import { replaceTogether } from '../project/replace-together.ts';
import type { ParsedCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { callHook } from './hooks.ts';
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

/** No solution, or none because a source lacks a package. */
const FAILED_RESOLUTIONS: ReadonlySet<string> = new Set(['TSPM_RESOLUTION_FAILED', 'TSPM_PACKAGE_NOT_FOUND']);

/** A command at work on a project. */
export interface Task {
  readonly context: CommandContext;
  readonly input: ParsedCommand;
  readonly session: Session;
}

/** Resolves and tells how long it took; nothing is written. Prints "Lock failed" before it throws. */
export async function makeLock(task: Task, request: LockRequest): Promise<NewLock & { readonly tell: () => void }> {
  const { context, session } = task;
  await callHook(task, 'pre_lock');
  const started = performance.now();
  const tell = (outcome: string) => {
    context.reporter.pause();
    context.output.write(`  ${formatElapsed(performance.now() - started)} 🔒 ${outcome}.\n`);
  };
  try {
    const made = await resolveLock(session, request);
    context.reporter.pause();
    return { ...made, tell: () => tell('Lock successful') };
  } catch (error) {
    if (isTspmError(error) && FAILED_RESOLUTIONS.has(error.code)) tell('Lock failed');
    throw error;
  }
}

/** New texts of the project file (with the text it was made from) and of the lock; either may stay as it is. */
export interface ProjectTexts {
  readonly pyproject?: { readonly path: string; readonly text: string; readonly expected: string };
  readonly lock?: { readonly path: string; readonly lock: Lockfile };
}

/** Writes what changed, both files as one change, and says which. Throws TSPM_IO, TSPM_BUSY. */
export async function saveTexts(task: Task, { pyproject, lock }: ProjectTexts): Promise<void> {
  const { context, session } = task;
  const { path, text } = session.pyproject;
  // A project file that stays is named too: whoever changes it meanwhile must not get a lock made for the old one.
  const changes = [
    pyproject ?? { path, text, expected: text },
    ...(lock === undefined ? [] : [{ path: lock.path, text: formatLockfile(lock.lock) }]),
  ];
  const written = changes.filter(
    (change) => !existsSync(change.path) || readFileSync(change.path, 'utf8') !== change.text,
  );
  await replaceTogether(session.root, changes);
  for (const change of written) tellWritten(context, basename(change.path));
  if (lock !== undefined) await callHook(task, 'post_lock');
}

/** The line that scripts look for after a file was written. */
function tellWritten(context: CommandContext, file: string): void {
  if (context.verbosity >= 0) context.output.write(`Changes are written to ${file}.\n`);
}

/** A lock to install from. `text`: what the lock file holds, when that is this lock: the next sync may rely on having seen it. */
export interface LockToInstall {
  readonly lock: Lockfile;
  readonly text: string | undefined;
  readonly options: SyncOptions;
  /** Keys that a dry run tells about; all unless given. */
  readonly shown?: readonly string[];
}

/** Installs, between the hooks `pre_install` and `post_install`; for a dry run only tells what would change. */
export async function installLock(task: Task, { lock, text, options, shown }: LockToInstall): Promise<void> {
  const { context, session } = task;
  await callHook(task, 'pre_install');
  const inputs = text === undefined ? undefined : await stampFor(session, { lock, text, options });
  const result = await syncLock(session, lock, options, inputs);
  if (options.dryRun) tellPlan(context, shown === undefined ? result : onlyShown(result, shown));
  await callHook(task, 'post_install');
}

/** What the next sync compares with; undefined when it must look at everything again. */
async function stampFor(
  session: Session,
  { lock, text, options }: LockToInstall & { readonly text: string },
): Promise<string | undefined> {
  const { pyproject, settings } = session;
  if (options.dryRun || options.reinstall || checkFreshness(lock, pyproject.document).kind === 'stale')
    return undefined;
  const interpreter = await session.interpreter();
  return syncInputs({
    lockText: text,
    pyprojectText: pyproject.text,
    interpreter,
    config: settings.config,
    options,
  });
}

function onlyShown(result: SyncResult, shown: readonly string[]): SyncResult {
  const isShown = ({ name }: { readonly name: string }) => shown.includes(normalizeName(name));
  const { add, update, remove, unchanged } = result;
  return { add: add.filter(isShown), update: update.filter(isShown), remove: remove.filter(isShown), unchanged };
}

/** The three lists of a dry run, or that there is nothing to do. */
function tellPlan(context: CommandContext, plan: SyncResult): void {
  const sections = [
    ['Packages to add:', plan.add.map(({ name, version }) => `${name} ${version}`)],
    ['Packages to update:', plan.update.map(({ name, version, from }) => `${name} ${from} -> ${version}`)],
    ['Packages to remove:', plan.remove.map(({ name, version }) => `${name} ${version}`)],
  ] as const;
  const shown = sections.filter(([, lines]) => lines.length > 0);
  if (shown.length === 0) context.output.write('All packages are synced to date, nothing to do.\n');
  for (const [title, lines] of shown)
    context.output.write(`${title}\n${lines.map((line) => `  - ${line}\n`).join('')}`);
}
