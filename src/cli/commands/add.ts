import {
  finishedTexts,
  keysToUpdate,
  requirementKeys,
  syncedGroups,
  typedRequirements,
  unconstrained,
  withSavedVersions,
} from '../../app/dependencies.ts';
import { defaultStrategy, type LockRequest } from '../../app/lock.ts';
import { lockPath } from '../../app/lock-file.ts';
import { readLockIfAny } from '../../lockfile/read.ts';
import { installedVersions } from '../../app/installed.ts';
import type { Session } from '../../app/session.ts';
import { fetchFiles } from '../../app/sync.ts';
import { TspmError } from '../../errors.ts';
import { formatLockfile } from '../../lockfile/format.ts';
import type { Lockfile } from '../../lockfile/model.ts';
import { normalizeName } from '../../packaging/name.ts';
import { putRequirements, targetGroup, type TargetGroup } from '../../project/edit-dependencies.ts';
import { expandGroup } from '../../project/group-lines.ts';
import { sortGroups } from '../../project/groups.ts';
import type { ProjectRequirement } from '../../project/requirement-line.ts';
import { requirementKey } from '../../project/requirement-line.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { warnAboutSelf } from '../self.ts';
import { withSession } from '../session.ts';
import { installLock, makeLock, refuseLater, saveTexts, type Task } from '../steps.ts';
import { prereleaseChoice, saveStrategy, updateStrategy } from '../strategies.ts';

/** `tspm add`: nothing is written before a resolution was found. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  refuseLater(input, ['override']);
  const typed = [...input.args, ...input.list('editable').map((place) => `-e ${place}`)];
  if (typed.length === 0 && input.has('unconstrained')) {
    throw new TspmError('TSPM_USAGE', '`tspm add -u` needs at least one package');
  }
  return withSession(context, input, async (session, task) => {
    const original = session.pyproject;
    const group = input.value('group');
    const target = targetGroup(original, { ...(group === undefined ? {} : { group }), dev: input.has('dev') });
    const requirements = withoutSelf(session, typedRequirements(original, typed, context));
    if (requirements.length > 0) tellAdding(context, input, target, typed);
    const path = lockPath(session.root, await context.config(), { named: input.value('lockfile'), cwd: context.cwd });
    const old = readLockIfAny(path);
    if (input.has('no-sync') && input.has('frozen-lockfile')) {
      const pyproject = {
        path: original.path,
        text: putRequirements(original, target, requirements),
        expected: original.text,
      };
      await saveTexts(task, { pyproject });
      return 0;
    }
    const affected = input.has('unconstrained') ? mergedWithGroup(session, target, requirements) : requirements;
    session.adoptPyproject(putRequirements(original, target, affected));
    const made = await makeLock(task, await requestOf(task, { target, old, requirements: affected }));
    const saved = withSavedVersions(affected, made.versions, saveStrategy(input, await context.config()));
    const { text, lock } = finishedTexts(original, target, {
      requirements: saved,
      made,
      adopt: (next) => session.adoptPyproject(next),
    });
    const groups = syncedGroups(session.pyproject, target, lock.groups ?? []);
    const [dryRun, frozen] = [input.has('dry-run'), input.has('frozen-lockfile')];
    const options = { groups, clean: 'nothing', reinstall: false, dryRun, signal: context.signal } as const;
    if (!input.has('no-sync')) await fetchFiles(session, lock, options);
    if (!dryRun) {
      const pyproject = { path: original.path, text, expected: original.text };
      await saveTexts(task, { pyproject, ...(frozen ? {} : { lock: { path, lock } }) });
      if (!frozen) made.tell();
    }
    if (input.has('no-sync')) return 0;
    warnAboutSelf(context, input, { project: session.pyproject, groups });
    await installLock(task, { lock, text: dryRun || frozen ? undefined : formatLockfile(lock), options });
    return 0;
  });
}

interface Request {
  readonly target: TargetGroup;
  readonly old: Lockfile | undefined;
  readonly requirements: readonly ProjectRequirement[];
}

async function requestOf(task: Task, { target, old, requirements }: Request): Promise<LockRequest> {
  const { context, input, session } = task;
  const strategy = updateStrategy(input, await context.config());
  const recorded = old?.groups ?? ['default'];
  if (old?.groups !== undefined && !recorded.includes(target.group))
    context.note('info', `Adding group ${target.group} to lockfile`);
  return {
    groups: sortGroups([...recorded, target.group]),
    old,
    update: keysToUpdate(strategy, requirementKeys(requirements), old),
    strategy: defaultStrategy(old),
    ...(strategy === 'reuse-installed' ? { installed: await installedVersions(session) } : {}),
    ...prereleaseChoice(input),
  };
}

/** The requirements of the whole group without their versions, the typed ones in the place of older lines for the same name. */
function mergedWithGroup(
  session: Session,
  target: TargetGroup,
  requirements: readonly ProjectRequirement[],
): ProjectRequirement[] {
  const lines = target.exists ? expandGroup(session.pyproject, target.group).lines : [];
  const { root, env } = { root: session.root, env: session.settings.env };
  const there = unconstrained(typedRequirements(session.pyproject, lines, { cwd: root, env }));
  const keys = new Set(requirementKeys(requirements));
  return [...there.filter((found) => !keys.has(requirementKey(found) ?? '')), ...requirements];
}

function withoutSelf(session: Session, requirements: readonly ProjectRequirement[]): ProjectRequirement[] {
  const own = session.pyproject.name === undefined ? undefined : normalizeName(session.pyproject.name);
  return requirements.filter((found) => {
    const isSelf = found.kind === 'named' && found.requirement.key === own && found.requirement.extras.length === 0;
    if (isSelf) session.note('warning', `the requirement ${own} is the project itself, ignored`);
    return !isSelf;
  });
}

function tellAdding(
  context: CommandContext,
  input: ParsedCommand,
  target: TargetGroup,
  typed: readonly string[],
): void {
  const kind = input.has('dev') ? 'dev-dependencies' : 'dependencies';
  context.output.write(`Adding packages to ${target.group} ${kind}: ${typed.join(', ')}\n`);
}
