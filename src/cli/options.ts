import type { CommandSpec, OptionSpec, ParsedCommand } from './command.ts';

/** `-p`. */
export const PROJECT: OptionSpec = {
  name: 'project',
  short: 'p',
  value: { label: 'PATH' },
  summary: 'Folder of the project',
  env: { names: ['PDM_PROJECT'], rule: 'value' },
};

/** Options that every command has, before or after its name. */
export const GLOBAL: readonly OptionSpec[] = [
  { name: 'help', short: 'h', summary: 'Show this text' },
  { name: 'verbose', short: 'v', summary: 'Say more; twice for the most', exclusive: 'verbosity' },
  { name: 'quiet', short: 'q', summary: 'Leave out notes and warnings', exclusive: 'verbosity' },
  {
    name: 'config',
    short: 'c',
    value: { label: 'PATH' },
    summary: 'Settings file to use in place of the one of the user',
    env: { names: ['PDM_CONFIG_FILE'], rule: 'value' },
  },
  PROJECT,
  { name: 'no-cache', summary: 'Do not use the cache', env: { names: ['PDM_NO_CACHE'], rule: 'filled' } },
  {
    name: 'offline',
    summary: 'Ask nothing of the network: what the cache has is enough',
    env: { names: ['TSPM_OFFLINE'], rule: 'true' },
  },
  {
    name: 'ignore-python',
    short: 'I',
    summary: 'Ignore the Python saved in .pdm-python',
    env: { names: ['PDM_IGNORE_SAVED_PYTHON'], rule: 'filled' },
  },
  {
    name: 'non-interactive',
    short: 'n',
    summary: 'Never ask; take the defaults',
    env: { names: ['PDM_NON_INTERACTIVE'], rule: 'present' },
  },
];

/** Options that stand in place of a command. */
export const ROOT_ONLY: readonly OptionSpec[] = [
  { name: 'version', short: 'V', summary: 'Show the version' },
  {
    name: 'pep582',
    value: { label: 'SHELL', optional: true },
    summary: 'Print the shell lines that let plain python find the packages of a project',
  },
];

const GLOBAL_PROJECT: OptionSpec = {
  name: 'global',
  short: 'g',
  summary: 'Use the project of global_project.path, or with -p the one named, where [tool.pdm.options] do not count',
};

/** The project a command is about. */
export const WHICH_PROJECT: readonly OptionSpec[] = [GLOBAL_PROJECT, PROJECT];

/** The lock file a command reads or writes. */
export const LOCK_FILE: readonly OptionSpec[] = [
  {
    name: 'lockfile',
    short: 'L',
    value: { label: 'PATH' },
    summary: 'Lock file to use in place of pdm.lock',
    env: { names: ['PDM_LOCKFILE'], rule: 'value' },
  },
];

/** Whether the lock file may be written. */
export const FROZEN: readonly OptionSpec[] = [
  {
    name: 'frozen-lockfile',
    aliases: ['no-lock'],
    summary: 'Never write the lock file',
    env: { names: ['PDM_FROZEN_LOCKFILE', 'PDM_NO_LOCK'], rule: 'true' },
  },
];

/** The groups a command works on. */
export const GROUPS: readonly OptionSpec[] = [
  {
    name: 'group',
    short: 'G',
    aliases: ['with'],
    value: { label: 'GROUP', list: 'comma' },
    summary: 'Groups to take; :all for every optional one',
  },
  { name: 'without', value: { label: 'GROUP', list: 'comma' }, summary: 'Groups to leave out' },
  { name: 'no-default', summary: 'Leave the default group out' },
  { name: 'dev', short: 'd', summary: 'Take the development groups', exclusive: 'dev' },
  { name: 'prod', aliases: ['production'], summary: 'Leave the development groups out', exclusive: 'dev' },
];

const NO_ISOLATION: OptionSpec = {
  name: 'no-isolation',
  summary: "Build with the project's own packages instead of a fresh environment",
};

const CONFIG_SETTING: OptionSpec = {
  name: 'config-setting',
  short: 'C',
  value: { label: 'KEY[=VALUE]', list: 'each' },
  summary: 'Setting for build backends',
};

/** Options of commands that build. */
export const BUILD: readonly OptionSpec[] = [NO_ISOLATION, CONFIG_SETTING];

/** How packages are installed. */
export const INSTALL: readonly OptionSpec[] = [
  {
    name: 'no-editable',
    summary: 'Install editable packages as ordinary ones',
    env: { names: ['PDM_NO_EDITABLE'], rule: 'filled' },
  },
  { name: 'no-self', summary: 'Do not install the project itself', env: { names: ['PDM_NO_SELF'], rule: 'filled' } },
  { name: 'fail-fast', short: 'x', summary: 'Stop at the first package that fails' },
  { name: 'compile', summary: 'Compile the modules of all packages to byte code ahead of time' },
  ...BUILD,
];

/** How versions are written into pyproject.toml. */
export const SAVE: readonly OptionSpec[] = [
  { name: 'save-compatible', summary: 'Save ~= with two numbers', exclusive: 'save' },
  { name: 'save-safe-compatible', summary: 'Save ~= with three numbers', exclusive: 'save' },
  { name: 'save-wildcard', summary: 'Save no version', exclusive: 'save' },
  { name: 'save-exact', summary: 'Save ==', exclusive: 'save' },
  { name: 'save-minimum', summary: 'Save >=', exclusive: 'save' },
];

const REUSE: OptionSpec = { name: 'update-reuse', summary: 'Keep locked versions where possible', exclusive: 'update' };
const REUSE_INSTALLED: OptionSpec = {
  name: 'update-reuse-installed',
  summary: 'Keep installed versions where possible',
  exclusive: 'update',
};

/** What of the old versions `lock` keeps. */
export const REUSES: readonly OptionSpec[] = [REUSE, REUSE_INSTALLED];

/** Which locked versions may move. */
export const UPDATE: readonly OptionSpec[] = [
  REUSE,
  { name: 'update-eager', summary: 'Update the named packages and what they depend on', exclusive: 'update' },
  { name: 'update-all', summary: 'Update everything', exclusive: 'update' },
  REUSE_INSTALLED,
];

/** Whether pre-releases are taken. */
export const PRERELEASES: readonly OptionSpec[] = [
  { name: 'pre', aliases: ['prerelease'], summary: 'Allow pre-releases of the named packages', exclusive: 'pre' },
  { name: 'stable', summary: 'Refuse pre-releases of the named packages', exclusive: 'pre' },
];

/** Whether versions in pyproject.toml count. */
export const UNCONSTRAINED: readonly OptionSpec[] = [
  { name: 'unconstrained', short: 'u', summary: 'Ignore the versions saved so far and save new ones' },
];

/** Packages that are not given as arguments. */
export const EDITABLE: readonly OptionSpec[] = [
  { name: 'editable', short: 'e', value: { label: 'PATH', list: 'each' }, summary: 'Package to install as editable' },
];

/** Whether anything is written. */
export const DRY_RUN: readonly OptionSpec[] = [
  { name: 'dry-run', summary: 'Show what would change and write nothing' },
];

/** Accepted for PDM and refused: there are no virtual environments. */
export const VIRTUAL_ENVIRONMENT: readonly OptionSpec[] = [
  {
    name: 'venv',
    value: { label: 'NAME', optional: true },
    summary: 'Virtual environment to use',
    env: { names: ['PDM_IN_VENV'], rule: 'value' },
  },
];

/** Scripts that are not run around the work. */
export const SKIP_HOOKS: readonly OptionSpec[] = [
  {
    name: 'skip',
    short: 'k',
    value: { label: 'NAMES', list: 'comma' },
    summary: 'Scripts and hooks not to run; :all, :pre, :post',
    env: { names: ['PDM_SKIP_HOOKS'], rule: 'value' },
  },
];

/** Versions from a file that overrule all others. */
export const OVERRIDE: readonly OptionSpec[] = [
  {
    name: 'override',
    value: { label: 'FILE', list: 'each' },
    summary: 'Requirements file (path or URL) whose lines overrule all others',
    env: { names: ['PDM_OVERRIDE'], rule: 'value' },
  },
];

/** What a sync removes. */
export const CLEAN: readonly OptionSpec[] = [
  { name: 'clean', summary: 'Remove packages that are not in the lock file', exclusive: 'clean' },
  {
    name: 'only-keep',
    aliases: ['clean-unselected'],
    summary: 'Remove packages that are not selected',
    exclusive: 'clean',
  },
];

/** `-d` of commands that change one group. */
export const DEV_FLAG: OptionSpec = { name: 'dev', short: 'd', summary: 'Use the development groups' };

/** `-G` of commands that change one group. */
export const ONE_GROUP: OptionSpec = {
  name: 'group',
  short: 'G',
  value: { label: 'GROUP' },
  summary: 'The group to change',
};

/** Every option of a command, those of all commands included: its own names and letters go before theirs. */
export function optionsOf(spec: Pick<CommandSpec, 'options'>): readonly OptionSpec[] {
  const own = spec.options;
  const others = GLOBAL.filter(({ name }) => own.every((option) => option.name !== name));
  return [
    ...own,
    ...others.map((option) => (own.some(({ short }) => short === option.short) ? withoutLetter(option) : option)),
  ];
}

function withoutLetter({ short: _letter, ...option }: OptionSpec): OptionSpec {
  return option;
}

/** Whether the command has an option of this name at all. */
export function hasOption({ spec }: ParsedCommand, name: string): boolean {
  return spec.options.some((option) => option.name === name);
}
