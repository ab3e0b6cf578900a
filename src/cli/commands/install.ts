import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { defaultStrategy } from '../../app/lock.ts';
import { lockPath } from '../../app/lock-file.ts';
import type { Session } from '../../app/session.ts';
import type { SyncOptions } from '../../app/sync-inputs.ts';
import { checkFreshness } from '../../lockfile/freshness.ts';
import { formatLockfile } from '../../lockfile/format.ts';
import type { Lockfile } from '../../lockfile/model.ts';
import { parseLockfile } from '../../lockfile/read.ts';
import { groupNames, requireLockedGroups, selectGroups } from '../../project/groups.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { groupFlags } from '../group-flags.ts';
import { warnAboutSelf } from '../self.ts';
import { withSession } from '../session.ts';
import { installLock, makeLock, refuseLater, saveTexts, type Task } from '../steps.ts';

/** `tspm install`: brings the lock up to date where needed, then syncs. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  refuseLater(input, ['plugins', 'override']);
  return withSession(context, input, async (session, task) => {
    const path = lockPath(session.root, await context.config(), { named: input.value('lockfile'), cwd: context.cwd });
    const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    const old = text === undefined ? undefined : parseLockfile(text, basename(path));
    const stale = isStale(context, session, old);
    if (stale && input.has('check')) {
      context.note('warning', 'Please run `tspm lock` to update the lock file');
      return 1;
    }
    const { groups, unknown } = selectGroups(groupFlags(input), groupNames(session.pyproject), old?.groups);
    if (unknown.length > 0) context.note('info', `Ignoring non-existing groups: ${unknown.join(', ')}`);
    const options: SyncOptions = {
      groups,
      clean: 'nothing',
      reinstall: false,
      dryRun: input.has('dry-run'),
      signal: context.signal,
    };
    const frozen = input.has('frozen-lockfile');
    const lock = stale ? await relock(task, { old, path, groups, frozen, dryRun: options.dryRun }) : old;
    if (lock === undefined) throw new Error('a missing lock is stale');
    requireLockedGroups(groups, lock.groups);
    warnAboutSelf(context, input, { project: session.pyproject, groups });
    const written = frozen ? undefined : formatLockfile(lock);
    await installLock(task, { lock, text: stale ? written : text, options });
    return 0;
  });
}

function isStale(context: CommandContext, session: Session, old: Lockfile | undefined): boolean {
  if (old === undefined) {
    context.note('warning', 'Lockfile does not exist');
    return true;
  }
  const { kind, warnings } = checkFreshness(old, session.pyproject.document);
  for (const warning of kind === 'stale' ? warnings : []) context.note('warning', warning);
  return kind === 'stale';
}

interface Relock {
  readonly old: Lockfile | undefined;
  readonly path: string;
  readonly groups: readonly string[];
  readonly frozen: boolean;
  readonly dryRun: boolean;
}

/** A missing lock is made anew; a stale one keeps what still fits, for the groups it records. */
async function relock(task: Task, { old, path, groups, frozen, dryRun }: Relock): Promise<Lockfile> {
  const { context, session } = task;
  if (!frozen) context.note('info', 'Updating the lock file...');
  const known = new Set(['default', ...groupNames(session.pyproject).optional, ...groupNames(session.pyproject).dev]);
  const wanted = old?.groups === undefined || frozen ? groups : old.groups.filter((group) => known.has(group));
  const update = old === undefined ? 'all' : new Set<string>();
  const made = await makeLock(task, { groups: wanted, old, update, strategy: defaultStrategy(old) });
  if (!frozen && !dryRun) {
    await saveTexts(task, { lock: { path, lock: made.lock } });
    made.tell();
  }
  return made.lock;
}
