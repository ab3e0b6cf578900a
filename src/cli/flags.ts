/** Options that several commands share, as what they mean. */
import { resolve } from 'node:path';
import type { Extent } from '../app/change-project.ts';
import { lockPlace } from '../app/lock-file.ts';
import type { BuildOptions, ResolutionOptions } from '../app/session.ts';
import { TspmError } from '../errors.ts';
import { isHttpUrl } from '../index/source.ts';
import { normalizeName } from '../packaging/name.ts';
import { groupNames, selectGroups, type GroupFlags } from '../project/groups.ts';
import { configFlag, type Config } from '../project/config.ts';
import type { Pyproject } from '../project/pyproject.ts';
import type { ParsedCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { hasOption } from './options.ts';

/** The group options of a command. */
function groupFlags(input: ParsedCommand): GroupFlags {
  const dev = input.has('dev') ? true : input.has('prod') ? false : undefined;
  return {
    groups: input.list('group'),
    without: input.list('without'),
    default: !input.has('no-default'),
    ...(dev === undefined ? {} : { dev }),
  };
}

/** The groups the options choose, saying which do not exist. `locked`: those the lock records. */
export function chosenGroups(
  context: CommandContext,
  input: ParsedCommand,
  { project, locked }: { readonly project: Pyproject; readonly locked: readonly string[] | undefined },
): readonly string[] {
  const { groups, unknown } = selectGroups(groupFlags(input), groupNames(project), locked);
  if (unknown.length > 0) context.note('info', `Ignoring non-existing groups: ${unknown.join(', ')}`);
  return groups;
}

/** `-G` and `-d` of a command that changes one group. */
export function targetFlags(input: ParsedCommand): { readonly group?: string; readonly dev: boolean } {
  const group = input.value('group');
  return { ...(group === undefined ? {} : { group }), dev: input.has('dev') };
}

/** How far a command goes that changes requirements. */
export function extentOf(input: ParsedCommand): Extent {
  return {
    dryRun: input.has('dry-run'),
    frozen: input.has('frozen-lockfile'),
    sync: !input.has('no-sync'),
    self: !input.has('no-self'),
    editable: !input.has('no-editable'),
  };
}

/** What the options of a command add to the project's rules of resolution. Throws TSPM_CLI_SYNTAX for an exception without a name. */
export function resolutionOptions(input: ParsedCommand, cwd: string): ResolutionOptions {
  const given = (name: string): readonly string[] => (hasOption(input, name) ? input.list(name) : []);
  return {
    overrideFiles: given('override').map((file) => (isHttpUrl(file) ? file : resolve(cwd, file))),
    excludeNewer: given('exclude-newer').at(-1),
    excludeNewerOverride: new Map(given('exclude-newer-override').map(cutoffException)),
  };
}

/** How a command builds packages: its options, else the setting `build_isolation`. A key of `-C` that is repeated gets a list. */
export function buildOptions(input: ParsedCommand, config: Config): BuildOptions {
  const settings: Record<string, string | string[]> = {};
  for (const text of hasOption(input, 'config-setting') ? input.list('config-setting') : []) {
    const [, key = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(text) ?? [];
    const known = settings[key];
    settings[key] = known === undefined ? value : [known, value].flat();
  }
  const isolation = !(hasOption(input, 'no-isolation') && input.has('no-isolation'));
  return { isolation: isolation && configFlag(config, 'build_isolation'), settings };
}

function cutoffException(text: string): readonly [string, string] {
  const [, name, when] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name !== undefined && when !== undefined) return [normalizeName(name.trim()), when.trim()];
  throw new TspmError(
    'TSPM_CLI_SYNTAX',
    `--exclude-newer-override: expected PACKAGE=DATE or PACKAGE=false, not "${text}"`,
  );
}

/** Absolute path of the lock file; says so where it is not the one the settings ask for. */
export async function lockFile(context: CommandContext, input: ParsedCommand): Promise<string> {
  const named = hasOption(input, 'lockfile') ? input.value('lockfile') : undefined;
  const { path, warning } = lockPlace(await context.root(), await context.config(), { named, cwd: context.cwd });
  if (warning !== undefined) context.note('warning', warning);
  return path;
}
