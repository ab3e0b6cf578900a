import {
  finishedTexts,
  keysToUpdate,
  requirementKeys,
  typedRequirements,
  unconstrained,
  withSavedVersions,
} from '../../app/dependencies.ts';
import { installedVersions } from '../../app/installed.ts';
import { defaultStrategy } from '../../app/lock.ts';
import { lockPath } from '../../app/lock-file.ts';
import { readLockIfAny } from '../../lockfile/read.ts';
import type { Session } from '../../app/session.ts';
import { fetchFiles } from '../../app/sync.ts';
import { TspmError } from '../../errors.ts';
import { formatLockfile } from '../../lockfile/format.ts';
import type { Lockfile } from '../../lockfile/model.ts';
import { normalizeName } from '../../packaging/name.ts';
import { putRequirements, targetGroup, type TargetGroup } from '../../project/edit-dependencies.ts';
import { expandGroup } from '../../project/group-lines.ts';
import { groupNames, requireLockedGroups, selectGroups, sortGroups } from '../../project/groups.ts';
import { requirementKey, type ProjectRequirement } from '../../project/requirement-line.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { groupFlags } from '../group-flags.ts';
import { warnAboutSelf } from '../self.ts';
import { withSession } from '../session.ts';
import { installLock, makeLock, refuseLater, saveTexts } from '../steps.ts';
import { prereleaseChoice, saveStrategy, updateStrategy } from '../strategies.ts';

/** What an update is about: the groups to install, the direct requirements in them, and the keys asked for. */
interface Scope {
  readonly groups: readonly string[];
  readonly target: TargetGroup;
  readonly requirements: readonly ProjectRequirement[];
  readonly keys: readonly string[];
}

/** `tspm update`. pyproject.toml changes only with `-u`. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  refuseLater(input, ['override']);
  return withSession(context, input, async (session, task) => {
    const original = session.pyproject;
    const path = lockPath(session.root, await context.config(), { named: input.value('lockfile'), cwd: context.cwd });
    const old = readLockIfAny(path);
    const scope = input.args.length > 0 ? namedScope(session, input, old) : wholeScope(session, input, old);
    if (input.args.length > 0) context.output.write(`Updating packages: ${input.args.join(', ')}.\n`);
    const config = await context.config();
    const strategy = updateStrategy(input, config);
    const rewritten = input.has('unconstrained') ? unconstrained(scope.requirements) : [];
    if (rewritten.length > 0) session.adoptPyproject(putRequirements(original, scope.target, rewritten));
    const made = await makeLock(task, {
      groups: sortGroups([...(old?.groups ?? ['default']), ...scope.groups]),
      old,
      update: keysToUpdate(strategy, scope.keys, old),
      strategy: defaultStrategy(old),
      ...(strategy === 'reuse-installed' ? { installed: await installedVersions(session) } : {}),
      ...prereleaseChoice(input),
    });
    const requirements = withSavedVersions(rewritten, made.versions, saveStrategy(input, config));
    const unchanged = { text: original.text, lock: made.lock };
    const { text, lock } =
      requirements.length === 0
        ? unchanged
        : finishedTexts(original, scope.target, { requirements, made, adopt: (next) => session.adoptPyproject(next) });
    const [dryRun, frozen] = [input.has('dry-run'), input.has('frozen-lockfile')];
    const options = {
      groups: scope.groups,
      clean: 'nothing',
      reinstall: false,
      dryRun,
      signal: context.signal,
    } as const;
    if (!input.has('no-sync')) await fetchFiles(session, lock, options);
    if (!dryRun) {
      const pyproject = { path: original.path, text, expected: original.text };
      await saveTexts(task, { pyproject, ...(frozen ? {} : { lock: { path, lock } }) });
      if (!frozen) made.tell();
    }
    if (input.has('no-sync') && !dryRun) return 0;
    warnAboutSelf(context, input, { project: session.pyproject, groups: scope.groups });
    await installLock(task, {
      lock,
      text: dryRun || frozen ? undefined : formatLockfile(lock),
      options,
      ...(input.has('top') ? { shown: scope.keys } : {}),
    });
    return 0;
  });
}

/** Everything: all direct dependencies of the groups may move. */
function wholeScope(session: Session, input: ParsedCommand, old: Lockfile | undefined): Scope {
  if (input.has('pre') || input.has('stable')) {
    throw new TspmError('TSPM_USAGE', '--pre and --stable need the names of packages');
  }
  const { groups } = selectGroups(groupFlags(input), groupNames(session.pyproject), old?.groups);
  requireLockedGroups(groups, old?.groups);
  const target = targetGroup(session.pyproject, {});
  const requirements = groups.flatMap((group) => directRequirements(session, group));
  return { groups, target, requirements: directRequirements(session, 'default'), keys: requirementKeys(requirements) };
}

/** Named packages of one group, or ones that others depend on. */
function namedScope(session: Session, input: ParsedCommand, old: Lockfile | undefined): Scope {
  const named = input.list('group');
  if (named.length > 1 || input.has('no-default') || input.has('top')) {
    throw new TspmError('TSPM_USAGE', 'named packages go with at most one -G, and without --no-default and --top');
  }
  const [group] = named;
  const target = targetGroup(session.pyproject, { ...(group === undefined ? {} : { group }), dev: input.has('dev') });
  const direct = directRequirements(session, target.group);
  const keys = input.args.map((name) => normalizeName(name.replace(/\[.*\]$/, '')));
  for (const [position, key] of keys.entries())
    requireKnown(session, { key, name: input.args[position] ?? key, target, direct, old });
  const requirements = direct.filter((found) => keys.includes(requirementKey(found) ?? ''));
  return { groups: [target.group], target, requirements, keys };
}

interface Wanted {
  readonly key: string;
  readonly name: string;
  readonly target: TargetGroup;
  readonly direct: readonly ProjectRequirement[];
  readonly old: Lockfile | undefined;
}

function requireKnown(session: Session, { key, name, target, direct, old }: Wanted): void {
  if (direct.some((found) => requirementKey(found) === key)) return;
  const names = groupNames(session.pyproject);
  const others = ['default', ...names.optional, ...names.dev].filter((group) => group !== target.group);
  const holder = others.find((group) =>
    directRequirements(session, group).some((found) => requirementKey(found) === key),
  );
  if (holder !== undefined) {
    throw new TspmError('TSPM_USAGE', `${name} is not in ${target.group} but in ${holder} dependencies`, {
      hint: `add -G ${holder}`,
    });
  }
  if (old?.packages.some((locked) => locked.name === key) === true) return;
  throw new TspmError(
    'TSPM_USAGE',
    `${name} does not exist in ${target.group} dependencies nor is a transitive dependency`,
  );
}

function directRequirements(session: Session, group: string): ProjectRequirement[] {
  const { pyproject, root, settings } = session;
  const known = groupNames(pyproject);
  if (group !== 'default' && !known.optional.includes(group) && !known.dev.includes(group)) return [];
  return typedRequirements(pyproject, expandGroup(pyproject, group).lines, { cwd: root, env: settings.env });
}
