import { closeSync, existsSync, openSync, readSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { controlPaths, packagesPaths, type PackagesPaths } from '../installer/environment.ts';
import { bootId } from '../util/machine.ts';
import { mayBeUnwritten, readState, type DistributionState } from '../installer/state.ts';
import type { TreeNotes } from '../installer/tree-notes.ts';
import { PENDING_RECORD } from '../project/pending-record.ts';
import type { Pyproject } from '../project/pyproject.ts';
import { readSavedPython } from '../python/saved.ts';
import { formatStamp, hasPlainVariables, stampPath, writeStamp, type FrontStamp } from '../run/front-stamp.ts';
import { hookFolder } from '../run/hook-folder.ts';
import type { Account } from './account.ts';
import type { ParsedCommand } from './command.ts';
import { inputsOf, readOrder } from './commands/sync.ts';
import { createContext, type CommandContext, type World } from './context.ts';
import { lockFile } from './flags.ts';
import { openProjectFiles } from './project-files.ts';
import { leaveRecipe, type RecipeWish } from './recipe.ts';
import { VERSION } from './version.ts';

/** Hooks around `run`, and options for all programs: only Node knows them. */
const RUN_HOOKS = ['pre_invoke', 'pre_run', 'post_run', '_'] as const;
/** Options of `sync` that mean the same in every start. */
const PLAIN_OPTIONS = ['no-self', 'no-editable', 'no-default', 'dev', 'prod', 'group', 'without', 'clean', 'only-keep'];

/** What both kinds of stamps say of a project. */
export interface FrontPlace {
  readonly project: Pyproject;
  readonly root: string;
  readonly ident: string;
  /** The packages folder. */
  readonly base: string;
  readonly paths: PackagesPaths;
  /** Whether no folder above has a project. */
  readonly isAlone: boolean;
  /** The interpreter behind all links. */
  readonly real: string;
  readonly lines: FrontStamp['lines'];
  readonly unchanged: readonly string[];
  readonly distributions: readonly DistributionState[];
}

/**
 * After a command that installed: leaves the stamps by which the shell front can do the next start alone. Everything is read anew, because
 * the command may have taken long, and looked at once more after the digests were taken. A project that cannot be written to, or in which
 * something is wrong, stays without stamps.
 */
export async function leaveStamps(input: ParsedCommand, { env, cwd }: World, account: Account): Promise<void> {
  if (process.platform === 'win32' || !hasPlainVariables(env) || !isUsual(input)) return;
  let isSilent = true;
  const deaf = { isTerminal: false, isClosed: false, write: () => void (isSilent = false) };
  const context = createContext(input, { env, cwd, output: deaf, errors: deaf, files: openProjectFiles(cwd, env) });
  try {
    if ((await context.files.place(input)).isGlobal) return;
    const place = await findPlace(context);
    if (place === undefined) return;
    const run = runStamp(place);
    await writeStamp(stampPath(place.base, 'run'), run, place.real);
    if (input.spec.name !== 'sync') return;
    const text = await syncStamp(context, input, place);
    // Asked only now, when everything has had its say.
    const sync = isSilent ? text : undefined;
    await writeStamp(stampPath(place.base, 'sync'), sync, place.real);
    const { notes } = account;
    if (sync === undefined || notes === undefined) return;
    await leaveRecipe(context, await recipeWish(context, input, { place, run, sync, notes, account }));
  } catch {
    // Without a stamp Node is asked, which costs time and nothing else.
  }
}

/** Whether something was installed, and the next start finds the same settings and the same Python. */
function isUsual(input: ParsedCommand): boolean {
  return !input.has('config') && !input.has('ignore-python') && !input.has('dry-run');
}

function runStamp({ project, paths, lines, unchanged, distributions }: FrontPlace): string | undefined {
  const names = Object.keys(project.scripts);
  if (project.options.has('run') || RUN_HOOKS.some((name) => names.includes(name))) return undefined;
  const linked = distributions.filter(({ method }) => method === 'symlink' || method === 'pth');
  return formatStamp({
    root: project.root,
    lines: [...lines, ...names.map((name) => ['script', name] as const)],
    present: linked.flatMap((item) => [...filesOf(paths, item), ...namesOf(paths, item)]),
    unchanged: [...unchanged, controlPaths(paths.base).journal],
    known: new Map(),
  });
}

async function syncStamp(
  context: CommandContext,
  input: ParsedCommand,
  { project, paths, lines, unchanged, distributions }: FrontPlace,
): Promise<string | undefined> {
  const hasHook = 'pre_invoke' in project.scripts;
  const isPlain = input.spec.options.every(({ name }) => PLAIN_OPTIONS.includes(name) || !input.has(name));
  if (
    hasHook ||
    !isPlain ||
    input.count('verbose') > 0 ||
    process.argv.slice(2).some((word) => /\s/.test(word)) ||
    bootId() === ''
  )
    return undefined;
  const control = controlPaths(paths.base);
  const text = formatStamp({
    root: project.root,
    lines: [...lines, wordsLine(), ['boot', bootId()], ['distributions', String(distributions.length)]],
    present: distributions.flatMap((item) => [...filesOf(paths, item), ...namesOf(paths, item)]),
    unchanged: [
      ...unchanged,
      ...builtFrom(project.root),
      control.journal,
      control.staging,
      control.trash,
      control.state,
      await lockFile(context, input),
    ],
    known: new Map(distributions.map(({ distInfo, record }) => [join(paths.lib, distInfo, 'RECORD'), record.sha256])),
  });
  // That the packages are still there, and no others, the front finds out by itself.
  const inputs = await inputsOf(context, await readOrder(context, input));
  const state = readState(control);
  return inputs !== undefined && state.inputs === inputs && !mayBeUnwritten(state) ? text : undefined;
}

interface Left {
  readonly place: FrontPlace;
  readonly run: string | undefined;
  readonly sync: string;
  readonly notes: TreeNotes;
  readonly account: Account;
}

/** A recipe serves any project of the same content: of the place it says nothing. */
async function recipeWish(
  context: CommandContext,
  input: ParsedCommand,
  { place, run, sync, notes, account }: Left,
): Promise<RecipeWish> {
  const cache = context.env['PDM_CACHE_DIR'];
  const lock = await lockFile(context, input);
  return {
    place,
    lines: [
      ...place.lines.filter(([name]) => name !== 'root'),
      wordsLine(),
      cache === undefined ? ['no-cache', '-'] : ['cache', cache],
      ['caches', `${context.env['HOME'] ?? ''}:${context.env['XDG_CACHE_HOME'] ?? ''}`],
    ],
    unchanged: [...place.unchanged, ...builtFrom(place.root), lock],
    stamps: new Map([...(run === undefined ? [] : [['run', run] as const]), ['sync', sync]]),
    lock,
    notes,
    account,
  };
}

function wordsLine(): readonly [string, string] {
  const words = process.argv.slice(2);
  return ['words', `${words.length} ${words.join(' ')}`];
}

/** What decides, beside pyproject.toml, how the project itself is built. */
function builtFrom(root: string): string[] {
  return ['setup.py', 'setup.cfg'].map((name) => join(root, name));
}

/** Undefined where it may be another Python the next time. */
async function findPlace(context: CommandContext): Promise<FrontPlace | undefined> {
  const hook = hookFolder();
  const project = await context.pyproject();
  // The first part of PATH would not be the folder of the project's commands.
  if (project.root.includes(':')) return undefined;
  const { executable, ident } = await context.interpreter();
  const python = context.env['PDM_PYTHON'] || readSavedPython(project.root);
  if (python === undefined || !python.startsWith('/') || isScript(python)) return undefined;
  const real = realpathSync(python);
  if (realpathSync(executable) !== real) return undefined;
  const { files } = await context.config();
  const paths = packagesPaths(project.root, ident);
  const above = foldersUp(dirname(project.root)).map((folder) => join(folder, 'pyproject.toml'));
  const isAlone = !above.some((file) => existsSync(file));
  const homeFolder = process.platform === 'darwin' ? 'Library/Application Support' : '.config';
  return {
    project,
    root: project.root,
    ident,
    base: paths.base,
    paths,
    isAlone,
    real,
    lines: [
      ['version', VERSION],
      ['root', project.root],
      ['python', python],
      ['executable', executable],
      ['real', real],
      ['hook', hook],
      ['suffix', homeFolder],
      settingsLine('home', files.home),
      settingsLine('site', files.site),
      ...(isAlone ? [['alone', '-'] as const] : []),
    ],
    unchanged: [
      // One above may be that of a workspace with this project in it.
      ...(isAlone ? [] : above),
      ...['pyproject.toml', 'pdm.toml', '.pdm.toml', PENDING_RECORD].map((name) => join(project.root, name)),
      ...[files.home, files.site].filter((file): file is string => file !== undefined && existsSync(file)),
    ],
    distributions: [...readState(controlPaths(paths.base)).distributions.values()],
  };
}

/** The folder and all above it. */
function foldersUp(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersUp(parent)];
}

/** Where there is no file, none may appear, wherever the next start looks for it. */
function settingsLine(name: 'home' | 'site', file: string | undefined): readonly [string, string] {
  return file !== undefined && existsSync(file) ? [name, file] : [`no-${name}`, '-'];
}

/** What shows that a distribution is still there, as in `resolves` of the installer. */
function filesOf({ lib }: PackagesPaths, { distInfo, onPath }: DistributionState): readonly string[] {
  return [join(lib, distInfo, 'METADATA'), ...(onPath === undefined ? [] : [onPath])];
}

/** What a sync would miss in lib and bin, and `run` where it is a link that leads nowhere. */
function namesOf({ base }: PackagesPaths, { names = [] }: DistributionState): readonly string[] {
  return names.map((name) => join(base, name));
}

/** A wrapper may lead to another Python the next time. */
function isScript(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(2);
    readSync(file, start, 0, 2, 0);
    return start.toString('latin1') === '#!';
  } finally {
    closeSync(file);
  }
}
