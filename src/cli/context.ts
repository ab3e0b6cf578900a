import { existsSync } from 'node:fs';
import { isTspmError, TspmError } from '../errors.ts';
import { controlPaths, packagesPaths } from '../installer/environment.ts';
import { parsePythonRange } from '../packaging/python-range.ts';
import { configFlag, configText, readConfig, type Config } from '../project/config.ts';
import type { Pyproject } from '../project/pyproject.ts';
import { selectInterpreter } from '../python/discovery.ts';
import type { NoteLevel } from '../ports.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { Environment } from '../util/search-path.ts';
import { accounting, type Account } from './account.ts';
import type { ParsedCommand } from './command.ts';
import { listenForInterrupts, type Interruption } from './interrupt.ts';
import { hasOption } from './options.ts';
import type { Output } from './output.ts';
import type { ProjectFiles, ProjectPlace } from './project-files.ts';
import { pythonSearch } from './python-search.ts';
import { createPaint, type Paint } from './render.ts';
import { counting, wantsReport, writeReport, type Statistics } from './json-report.ts';
import { createReporter, type ClosableReporter, type Verbosity } from './reporter.ts';
import { monotonic } from '../util/clock.ts';
import { isTerminal } from '../util/terminal.ts';

/** What the process gives to every command. */
export interface World {
  readonly env: Environment;
  readonly cwd: string;
  readonly output: Output;
  readonly errors: Output;
  readonly files: ProjectFiles;
}

/** What a command works with. Everything costly is made on first use and then kept. */
export interface CommandContext extends World {
  readonly verbosity: Verbosity;
  /** Whether questions can be asked: there is a terminal, and no `-n`. */
  readonly interactive: boolean;
  /** Colours for standard output. */
  readonly paint: Paint;
  readonly reporter: ClosableReporter;
  readonly account: Account;
  /** Writes the report of `--json`; without that option it does nothing. */
  report(result: Readonly<Record<string, unknown>>): void;
  /** The work of the resolutions so far. */
  statistics(): Statistics;
  /** Aborted by SIGINT, SIGTERM and SIGHUP; without being asked for, those end the process at once. */
  readonly signal: AbortSignal;
  /** The exit status the signal that came asks for. */
  interruptStatus(): number | undefined;
  note(level: NoteLevel, message: string): void;
  /** Where the project is and why there. */
  place(): Promise<ProjectPlace>;
  /** Project root, absolute. */
  root(): Promise<string>;
  /** The folder whose interpreter and packages count: the root, or that of the workspace it is a member of. */
  workspace(): Promise<string>;
  /** Throws TSPM_PROJECT_MISSING and what else `readPyproject` throws. */
  pyproject(): Promise<Pyproject>;
  config(): Promise<Config>;
  /** Absolute folder of the cache; undefined with `--no-cache`, or when there is no place for one. */
  cacheDir(): Promise<string | undefined>;
  /** The project's Python. Throws TSPM_PYTHON_NOT_FOUND. */
  interpreter(): Promise<Interpreter>;
  /** `<root>/__pypackages__/X.Y` of the project's Python. */
  packages(): Promise<string>;
}

/** Puts the context of one command together. Throws TSPM_UNSUPPORTED for options tspm has only in name. */
export function createContext(input: ParsedCommand, place: World): CommandContext {
  const hasReport = wantsReport(input);
  const world = hasReport ? { ...place, output: place.errors } : place;
  refuseEnvironments(input);
  const verbosity = verbosityOf(input);
  const paint = createPaint(world.env, world.output);
  const { reporter: told, account } = accounting(
    createReporter({
      output: world.output,
      errors: world.errors,
      paint: createPaint(world.env, world.errors),
      verbosity,
      screen: () => ({ columns: process.stderr.columns ?? 80, rows: process.stderr.rows ?? 24 }),
      now: monotonic,
      openLive: () => import('./live.ts').then(({ openLiveRegion }) => openLiveRegion(process.stderr)),
    }),
  );
  const { reporter, statistics } = counting(told);
  let interruption: Interruption | undefined;
  const context: CommandContext = {
    ...world,
    verbosity,
    paint,
    reporter,
    account,
    statistics,
    report: (result) => {
      if (hasReport) writeReport(place.output, result);
    },
    interactive: world.output.isTerminal && isTerminal(0) && !input.has('non-interactive'),
    get signal() {
      interruption ??= listenForInterrupts();
      return interruption.signal;
    },
    interruptStatus: () => interruption?.exitStatus(),
    note: (level, message) => reporter.emit({ kind: 'note', level, message }),
    place: once(() => findPlace(context, input)),
    root: async () => (await context.place()).root,
    workspace: async () => (await context.place()).workspace,
    pyproject: once(async () => world.files.pyproject(await context.root())),
    config: once(() => loadConfig(context, input)),
    cacheDir: once(async () => (input.has('no-cache') ? undefined : await cacheFolder(context))),
    interpreter: once(() => chooseInterpreter(context, input)),
    packages: once(() => findPackages(context)),
  };
  return context;
}

async function findPlace(context: CommandContext, input: ParsedCommand): Promise<ProjectPlace> {
  const place = await context.files.place(input);
  if (place.notice !== undefined) context.note('info', place.notice);
  return place;
}

/** A change of the packages that was interrupted is finished before anybody looks at them; lib, where it comes as a whole, is waited for. */
async function findPackages(context: CommandContext): Promise<string> {
  const paths = packagesPaths(await context.workspace(), (await context.interpreter()).ident);
  const { journal, staging } = controlPaths(paths.base);
  if (existsSync(journal) || (existsSync(staging) && !existsSync(paths.lib))) {
    const { recoverEnvironment } = await import('../installer/recover.ts');
    await recoverEnvironment(paths, { reporter: context.reporter, signal: context.signal });
  }
  return paths.base;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

function refuseEnvironments(input: ParsedCommand): void {
  if (!hasOption(input, 'venv') || !input.has('venv')) return;
  throw new TspmError('TSPM_UNSUPPORTED', 'tspm does not work with virtual environments (--venv)', {
    hint: 'packages go to __pypackages__ of a project',
  });
}

function verbosityOf(input: ParsedCommand): Verbosity {
  if (input.has('quiet')) return -1;
  return input.count('verbose') >= 2 ? 2 : input.count('verbose') === 1 ? 1 : 0;
}

async function loadConfig(context: CommandContext, input: ParsedCommand): Promise<Config> {
  return readConfig({ env: context.env, root: await context.root(), homeFile: input.value('config') });
}

async function cacheFolder(context: CommandContext): Promise<string | undefined> {
  return configText(await context.config(), 'cache_dir');
}

async function chooseInterpreter(context: CommandContext, input: ParsedCommand): Promise<Interpreter> {
  const project = await projectIfAny(context);
  const requiresPython = project?.requiresPython ?? '';
  const { interpreter, origin } = await selectInterpreter({
    ...(await pythonSearch(context)),
    root: await context.workspace(),
    requiresPython: parsePythonRange(requiresPython),
    requiresPythonText: requiresPython,
    ignoreSaved: input.has('ignore-python'),
    usePythonVersion: configFlag(await context.config(), 'python.use_python_version'),
    save: project !== undefined,
    note: (message) => context.note('info', message),
  });
  if (origin === 'search')
    context.note('info', `Using Python interpreter: ${interpreter.executable} (${interpreter.ident})`);
  return interpreter;
}

/** Programs can also run, and facts be shown, in a folder without a project. */
async function projectIfAny(context: CommandContext): Promise<Pyproject | undefined> {
  try {
    return await context.pyproject();
  } catch (error) {
    if (isTspmError(error) && error.code === 'TSPM_PROJECT_MISSING') return undefined;
    throw error;
  }
}
