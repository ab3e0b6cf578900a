import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TspmError, unreachable } from '../errors.ts';
import type { Environment } from '../util/search-path.ts';
import { expandTable, readDotenv } from './dotenv.ts';
import type { Process } from './exec.ts';
import { expandVariables, fillPlaceholders, type PlaceholderValues } from './placeholders.ts';
import { hidesSitePackages, resolveProgram, type CommandPlace } from './resolve.ts';
import { mergeOptions, type Script, type ScriptOptions, type ScriptTable } from './scripts.ts';
import { quoteWords, splitWords } from './shell-words.ts';

/** A project as `run` sees it. */
export interface RunProject {
  readonly root: string;
  /** The folder `run` was called in. */
  readonly runCwd: string;
  readonly scripts: ScriptTable;
  /** The environment of every program, from {@link childEnvironment}. */
  readonly env: Environment;
  /** `<root>/__pypackages__/X.Y`. */
  readonly packages: string;
  readonly python: CommandPlace['python'];
  /** The words that start tspm again, for `{pdm}`. */
  readonly reinvoke: readonly string[];
  /** Names of scripts that are not run, also `:all`, `:pre` and `:post` (`-k`). */
  readonly skip: ReadonlySet<string>;
  /** `-s`, `--env`, `--env-file` and `--working-dir`, which overrule all others. */
  readonly options: ScriptOptions;
  readonly windows: boolean;
  readonly execute: (program: Process) => Promise<number>;
  /** Told before each script. */
  readonly announce: (script: Script) => void;
}

/**
 * Runs a command or script between the hooks `pre_run` and `post_run` and returns the exit status. A failing hook ends
 * everything with its own status. Throws TSPM_COMMAND_NOT_FOUND and TSPM_SCRIPT_INVALID.
 */
export async function runCommand(project: RunProject, word: string, args: readonly string[]): Promise<number> {
  const before = await runHook(project, 'pre_run');
  if (before !== 0) return before;
  const last = !hasHook(project, 'post_run');
  const outcome = await runWord(project, [word, ...args], { options: project.options, callers: [], last });
  if (outcome.stopped) return outcome.status;
  const after = await runHook(project, 'post_run');
  return after === 0 ? outcome.status : after;
}

/** Runs the script of this name if there is one and it is not skipped, as other commands do at certain points (`post_install`, …). */
export async function runHook(project: RunProject, name: string): Promise<number> {
  const script = project.scripts.scripts.get(name);
  if (script === undefined || !isAllowed(project, name)) return 0;
  const outcome = await runBody(project, script, [], { options: {}, callers: [], last: false });
  return outcome.status;
}

/** How a step ended; `stopped` when a hook has failed and nothing else may run. */
interface Outcome {
  readonly status: number;
  readonly stopped: boolean;
}

interface Call {
  /** Options of the composite scripts above. */
  readonly options: ScriptOptions;
  /** Names of the composite scripts above, outermost first. */
  readonly callers: readonly string[];
  /** Nothing will run after this step. */
  readonly last: boolean;
}

async function runWord(project: RunProject, words: readonly string[], call: Call): Promise<Outcome> {
  const [word = '', ...args] = words;
  if (project.skip.has(word)) return ended(0);
  const script = project.scripts.scripts.get(word);
  if (script !== undefined) return await runScript(project, script, args, call);
  const options = mergeOptions(project.scripts.shared, call.options);
  const isPart = call.callers.length > 0 || options.workingDir !== undefined;
  const cwd = isPart ? workingFolder(project, options) : project.runCwd;
  return ended(await runProgram(project, words, { ...call, options, cwd }));
}

async function runScript(project: RunProject, script: Script, args: readonly string[], call: Call): Promise<Outcome> {
  const { name } = script;
  const hook = await runHook(project, 'pre_script');
  if (hook !== 0) return { status: hook, stopped: true };
  const before = await runNeighbour(project, `pre_${name}`, call);
  if (before.status !== 0) return before;
  const last = call.last && !hasHook(project, `post_${name}`) && !hasHook(project, 'post_script');
  const outcome = await runBody(project, script, args, { ...call, last });
  if (outcome.status !== 0) return outcome;
  const after = await runNeighbour(project, `post_${name}`, call);
  const done = await runHook(project, 'post_script');
  return done === 0 ? after : { status: done, stopped: true };
}

/** `pre_NAME` and `post_NAME` get no arguments. */
async function runNeighbour(project: RunProject, name: string, call: Call): Promise<Outcome> {
  const script = project.scripts.scripts.get(name);
  if (script === undefined || !isAllowed(project, name)) return ended(0);
  return await runBody(project, script, [], { ...call, last: false });
}

async function runBody(project: RunProject, script: Script, args: readonly string[], call: Call): Promise<Outcome> {
  const { name, body } = script;
  if (call.callers.includes(name)) {
    throw invalid(name, `runs itself (${[...call.callers, name].join(' ➤ ')})`);
  }
  project.announce(script);
  const options = mergeOptions(mergeOptions(project.scripts.shared, script.options), call.options);
  const values: PlaceholderValues = { args, reinvoke: project.reinvoke, runCwd: project.runCwd };
  const place = { options, cwd: workingFolder(project, options), last: call.last };
  switch (body.kind) {
    case 'cmd':
      return ended(await runProgram(project, commandWords(name, body.command, values), place));
    case 'shell': {
      const { text, usedArgs } = fillPlaceholders(body.text, values);
      const line = usedArgs || args.length === 0 ? text : `${text.trimEnd()} ${quoteWords(args)}`;
      return ended(await runShell(project, line, place));
    }
    case 'call':
      return ended(await runProgram(project, ['python', '-c', callProgram(body.target), ...args], place));
    case 'composite': {
      const passedOn = inherited(mergeOptions(script.options, call.options));
      return await runParts(project, script, body.parts, {
        ...call,
        options: passedOn,
        callers: [...call.callers, name],
        values,
      });
    }
    default:
      return unreachable(body);
  }
}

async function runParts(
  project: RunProject,
  script: Script,
  parts: readonly string[],
  call: Call & { readonly values: PlaceholderValues },
): Promise<Outcome> {
  const lines = parts.map((part) => fillPlaceholders(part, call.values));
  const rest = lines.some((line) => line.usedArgs) ? [] : call.values.args;
  let outcome = ended(0);
  for (const { text } of lines) {
    const words = [...splitWords(text, `[tool.pdm.scripts].${script.name}`), ...rest];
    const step = await runWord(project, words, { options: call.options, callers: call.callers, last: false });
    if (step.stopped) return step;
    if (step.status === 0) continue;
    outcome = step;
    if (script.options.keepGoing !== true) return outcome;
  }
  return outcome;
}

interface ProgramPlace {
  readonly options: ScriptOptions;
  readonly cwd: string;
  readonly last: boolean;
}

async function runProgram(project: RunProject, words: readonly string[], place: ProgramPlace): Promise<number> {
  const env = scriptEnvironment(project, place.options);
  const [word = '', ...args] = words.map((text) => expandVariables(text, env));
  const scripts = project.scripts.scripts.keys();
  const commandPlace = {
    env,
    cwd: place.cwd,
    packages: project.packages,
    python: project.python,
    scripts,
    windows: project.windows,
  };
  const program = resolveProgram(word, commandPlace);
  const hidden = place.options.sitePackages !== true && hidesSitePackages(program.file, commandPlace);
  return await project.execute({
    file: program.file,
    args: [...program.args, ...args],
    cwd: place.cwd,
    env: hidden ? { ...env, NO_SITE_PACKAGES: '1' } : env,
    last: place.last,
  });
}

async function runShell(project: RunProject, line: string, place: ProgramPlace): Promise<number> {
  const env = scriptEnvironment(project, place.options);
  const shell = project.windows
    ? { file: env['ComSpec'] ?? 'cmd.exe', args: ['/d', '/s', '/c', line] }
    : { file: '/bin/sh', args: ['-c', line] };
  return await project.execute({ ...shell, cwd: place.cwd, env, last: place.last });
}

/** The environment of a script: what was there, then missing variables of `env_file`, then `env`. A file that is not there has none. */
function scriptEnvironment(project: RunProject, options: ScriptOptions): Environment {
  let env = project.env;
  if (options.envFile !== undefined) {
    const file = resolve(project.root, options.envFile.path);
    const { override } = options.envFile;
    const values = existsSync(file) ? readDotenv(readFileSync(file, 'utf8'), env, override) : {};
    env = override ? { ...env, ...values } : { ...values, ...definedOnly(env) };
  }
  return options.env === undefined ? env : { ...env, ...expandTable(options.env, env) };
}

function definedOnly(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

/** A script line as words. An array is taken word by word; only words that a placeholder changed are split again. */
function commandWords(name: string, command: string | readonly string[], values: PlaceholderValues): readonly string[] {
  const where = `[tool.pdm.scripts].${name}`;
  const lines = typeof command === 'string' ? [command] : command;
  let usedArgs = false;
  const words = lines.flatMap((line) => {
    const filled = fillPlaceholders(line, values);
    usedArgs ||= filled.usedArgs;
    return typeof command !== 'string' && filled.text === line ? [line] : splitWords(filled.text, where);
  });
  if (words.length === 0) throw invalid(name, 'is empty');
  return usedArgs ? words : [...words, ...values.args];
}

/** The result of the function becomes the exit status: none is 0, a number itself, a text is printed and is 1. */
function callProgram(target: string): string {
  const colon = target.indexOf(':');
  const module = target.slice(0, colon);
  const call = target.slice(colon + 1);
  return `import sys, ${module} as _1;sys.exit(_1.${call.endsWith(')') ? call : `${call}()`})`;
}

function workingFolder(project: RunProject, options: ScriptOptions): string {
  return resolve(project.root, options.workingDir ?? '');
}

function inherited({ help: _help, keepGoing: _keepGoing, ...options }: ScriptOptions): ScriptOptions {
  return options;
}

function hasHook(project: RunProject, name: string): boolean {
  return project.scripts.scripts.has(name) && isAllowed(project, name);
}

function isAllowed({ skip }: RunProject, name: string): boolean {
  if (skip.has(name) || skip.has(':all')) return false;
  return !(skip.has(':pre') && name.startsWith('pre_')) && !(skip.has(':post') && name.startsWith('post_'));
}

function ended(status: number): Outcome {
  return { status, stopped: false };
}

function invalid(name: string, problem: string): TspmError {
  return new TspmError('TSPM_SCRIPT_INVALID', `script "${name}" ${problem}`, { context: { script: name } });
}
