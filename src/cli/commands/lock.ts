import { installedVersions } from '../../app/installed.ts';
import { sameTarget, wishedTarget } from '../../app/lock-goals.ts';
import { memberContents } from '../../app/lock-inputs.ts';
import { lockProject } from '../../app/lock-project.ts';
import { defaultStrategy, writesPylock, type LockRequest } from '../../app/lock-request.ts';
import { saveProject } from '../../app/save-project.ts';
import type { Session } from '../../app/session.ts';
import { TspmError } from '../../errors.ts';
import { checkFreshness, matchesContent } from '../../lockfile/freshness.ts';
import { lockChanges } from '../../lockfile/changes.ts';
import { formatTarget, type Lockfile, type LockTarget } from '../../lockfile/model.ts';
import { readLockIfAny } from '../../lockfile/read.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { chosenGroups, lockFile } from '../flags.ts';
import { withSession } from '../session.ts';

const FLAGS: readonly string[] = ['inherit_metadata', 'static_urls', 'direct_minimal_versions', 'cross_platform'];

/** `tspm lock`. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  requireConsistent(input);
  return withSession(context, input, async (session) => {
    const path = await lockFile(context, input);
    const old = readLockIfAny(path, session.root);
    if (input.has('check')) return check(context, session, old);
    const target = targetOf(session, input);
    if (
      target !== undefined &&
      input.has('append') &&
      old?.targets.some((known) => sameTarget(known, target)) === true
    ) {
      context.output.write(`🔒 Lock target (${formatTarget(target)}) already exists, skip locking.\n`);
      context.report({ lock: { packages: old.packages.length, ...lockChanges(old, old) } });
      return 0;
    }
    if (input.has('append') && old !== undefined) requireFresh(session, old);
    const groups = chosenGroups(context, input, { project: session.pyproject, locked: old?.groups });
    requireStrategyOfPylock(input, writesPylock(old, await context.config()));
    const { lock, milliseconds } = await lockProject(session, await requestOf(session, input, { old, groups, target }));
    await saveProject(session, { path, lock, milliseconds });
    const changes = lockChanges(old, lock);
    context.report({ lock: { packages: lock.packages.length, ...changes }, statistics: context.statistics() });
    return 0;
  });
}

async function requestOf(
  session: Session,
  input: ParsedCommand,
  { old, groups, target }: Pick<LockRequest, 'old' | 'groups'> & { readonly target: LockTarget | undefined },
): Promise<LockRequest> {
  const common = {
    groups,
    old,
    strategy: strategyOf(input, old),
    ...(target === undefined ? {} : { target }),
    ...(input.has('append') && old !== undefined ? { append: true as const } : {}),
  };
  // What was uploaded later must not stay because it was locked.
  const update = session.fileRules.cutoff === undefined && input.has('update-reuse') ? new Set<string>() : 'all';
  if (input.has('update-reuse-installed') && session.fileRules.cutoff === undefined)
    return { ...common, update: new Set(), installed: await installedVersions(session) };
  if (input.has('refresh')) return { ...common, update: new Set(), refetch: true };
  return { ...common, update };
}

function check(context: CommandContext, session: Session, lock: Lockfile | undefined): number {
  if (lock === undefined) {
    context.note('warning', 'Lockfile does not exist');
    context.report({ fresh: false });
    return 1;
  }
  const { pyproject } = session;
  const { kind, warnings } = checkFreshness(lock, pyproject.document, memberContents(pyproject));
  for (const warning of warnings) context.note('warning', warning);
  context.report({ fresh: kind === 'fresh' });
  context.note('detail', kind === 'fresh' ? '✔ Lockfile is up to date.' : '✖ Lockfile is out of date.');
  return kind === 'fresh' ? 0 : 1;
}

const TARGET_OPTIONS: readonly string[] = ['python', 'platform', 'implementation'];

/** Throws TSPM_USAGE for options that contradict each other. */
function requireConsistent(input: ParsedCommand): void {
  const hasTarget = TARGET_OPTIONS.some((name) => input.has(name));
  const problem =
    input.has('append') && !hasTarget
      ? 'Cannot use `--append` without --python/--platform/--implementation'
      : input.has('append') && input.has('strategy')
        ? 'Not allowed to change lock strategy when --append is used.'
        : input.has('refresh') && hasTarget
          ? 'Cannot pass --python/--platform/--implementation with --refresh'
          : undefined;
  if (problem !== undefined) throw new TspmError('TSPM_USAGE', problem, { hint: 'see `tspm lock --help`' });
}

/** A lock that gets another target must fit the project as it is: nobody could tell afterwards. Throws TSPM_USAGE. */
function requireFresh({ pyproject }: Session, old: Lockfile): void {
  if (matchesContent(old.contentHash, pyproject.document, memberContents(pyproject))) return;
  throw new TspmError('TSPM_USAGE', 'the lock file does not fit pyproject.toml, no target can be added to it', {
    hint: 'run `tspm lock` first',
  });
}

/** The target the options name. Throws as {@link wishedTarget}. */
function targetOf({ pyproject }: Session, input: ParsedCommand): LockTarget | undefined {
  if (!TARGET_OPTIONS.some((name) => input.has(name))) return undefined;
  const [python, platform, implementation] = TARGET_OPTIONS.map((name) => input.value(name));
  return wishedTarget({ python, platform, implementation }, pyproject.requiresPython);
}

/** A pylock.toml always has groups, markers and addresses. Throws TSPM_USAGE for a change of that. */
function requireStrategyOfPylock(input: ParsedCommand, isPylock: boolean): void {
  if (!isPylock) return;
  const refused = strategyWords(input).find((word) => word.startsWith('no_') && word !== 'no_direct_minimal_versions');
  if (refused === undefined) return;
  throw new TspmError('TSPM_USAGE', `Unsupported strategy change for pylock: ${refused}`, {
    hint: 'pylock.toml always inherits metadata and has addresses',
  });
}

/** What `-S` and its older spellings ask for, in one spelling. */
function strategyWords(input: ParsedCommand): string[] {
  const older = ['static-urls', 'no-static-urls', 'no-cross-platform'].filter((name) => input.has(name));
  return [...input.list('strategy'), ...older].map((word) => word.trim().toLowerCase().replaceAll('-', '_'));
}

/** The flags of the lock there is, changed by `-S` and its older spellings. Throws TSPM_USAGE for an unknown one. */
function strategyOf(input: ParsedCommand, old: Lockfile | undefined): string[] {
  const flags = new Set(defaultStrategy(old));
  for (const name of strategyWords(input)) {
    const flag = name.replace(/^no_/, '');
    if (!FLAGS.includes(flag)) {
      throw new TspmError('TSPM_USAGE', `"${name}" is no lock strategy`, {
        hint: `choose from ${FLAGS.join(', ')}, each also with no_`,
      });
    }
    if (flag === 'cross_platform') continue;
    if (name.startsWith('no_')) flags.delete(flag);
    else flags.add(flag);
  }
  return [...flags];
}
