import { resolve } from 'node:path';
import { exportPylock } from '../../app/export-pylock.ts';
import { exportLock, exportProject, type ExportOptions } from '../../app/export-requirements.ts';
import type { Session } from '../../app/session.ts';
import { TspmError } from '../../errors.ts';
import type { Lockfile } from '../../lockfile/model.ts';
import { readLockIfAny } from '../../lockfile/read.ts';
import { replaceFile } from '../../util/replace-file.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { chosenGroups, lockFile } from '../flags.ts';
import { withSession } from '../session.ts';

const GROUP_OPTIONS: readonly string[] = ['group', 'without', 'no-default', 'dev', 'prod'];

/** `tspm export`: prints, or writes to `-o`; the lock stays as it is. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const format = input.value('format') ?? 'requirements';
  return withSession(context, input, async (session) => {
    const lock = readLockIfAny(await lockFile(context, input), session.root);
    const groups = chosenGroups(context, input, { project: session.pyproject, locked: lock?.groups });
    const text = await textOf(context, input, { session, lock, groups, format });
    const output = input.value('output');
    if (output === undefined) context.output.write(`${text}\n`);
    else await replaceFile(resolve(context.cwd, output), text);
    return 0;
  });
}

interface Source {
  readonly session: Session;
  readonly lock: Lockfile | undefined;
  readonly groups: readonly string[];
  readonly format: string;
}

async function textOf(
  context: CommandContext,
  input: ParsedCommand,
  { session, lock, groups, format }: Source,
): Promise<string> {
  const isPylock = format === 'pylock';
  if (input.has('pyproject')) {
    if (isPylock) throw new TspmError('TSPM_USAGE', '--pyproject goes with the format requirements alone');
    return exportProject(session, await optionsOf(context, input, groups));
  }
  if (lock === undefined) {
    throw new TspmError('TSPM_LOCK_MISSING', 'No lockfile found, please run `tspm lock` first.', {
      hint: 'or export the requirements of the project with --pyproject',
    });
  }
  const missing = groups.filter((group) => lock.groups?.includes(group) === false);
  if (missing.length > 0) context.note('warning', `Requested groups not in lockfile: ${missing.join(', ')}`);
  if (!isPylock) return exportLock(session, lock, await optionsOf(context, input, groups));
  const isChosen = GROUP_OPTIONS.some((name) => input.has(name));
  return exportPylock(session, lock, isChosen ? groups : undefined);
}

async function optionsOf(
  context: CommandContext,
  input: ParsedCommand,
  groups: readonly string[],
): Promise<ExportOptions> {
  const isForHere = input.has('no-markers');
  if (isForHere) {
    context.note(
      'warning',
      'The --no-markers option is on, the exported requirements can only work on the current platform',
    );
  }
  return {
    groups,
    hashes: !input.has('no-hashes'),
    extras: !input.has('no-extras'),
    only: isForHere ? (await context.interpreter()).markers : undefined,
    expand: input.has('expandvars'),
    self: input.has('editable-self') ? 'editable' : input.has('self') ? 'plain' : 'no',
  };
}
