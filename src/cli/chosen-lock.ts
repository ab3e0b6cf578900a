import { readLockText } from '../app/lock-file.ts';
import { groupsOfLock } from '../lockfile/head.ts';
import { requireLockedGroups } from '../project/groups.ts';
import type { Pyproject } from '../project/pyproject.ts';
import type { ParsedCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { chosenGroups, lockFile } from './flags.ts';

/** The lock a command is about, not parsed, and the groups chosen of it. */
export interface ChosenLock {
  readonly project: Pyproject;
  /** Absolute path of the lock file. */
  readonly path: string;
  readonly text: string;
  readonly groups: readonly string[];
}

/** Reads lock and options. Throws TSPM_LOCK_MISSING, and TSPM_USAGE for groups that the lock does not have. */
export async function readChosenLock(context: CommandContext, input: ParsedCommand): Promise<ChosenLock> {
  const project = await context.pyproject();
  const path = await lockFile(context, input);
  const text = readLockText(path);
  const locked = groupsOfLock(text, path);
  const groups = chosenGroups(context, input, { project, locked });
  requireLockedGroups(groups, locked);
  return { project, path, text, groups };
}
