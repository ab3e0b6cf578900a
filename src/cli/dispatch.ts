import { isTspmError, TspmError, unreachable } from '../errors.ts';
import type { Environment } from '../util/search-path.ts';
import type { ParsedCommand } from './command.ts';
import { createContext, type CommandContext, type World } from './context.ts';
import { errorData, reportError } from './errors.ts';
import { isExitStatus } from './exit-status.ts';
import { located } from './located.ts';
import { wantsReport, writeReport } from './json-report.ts';
import { openOutput, type Output } from './output.ts';
import { parseCommandLine, type Request } from './parse.ts';
import { openProjectFiles } from './project-files.ts';
import { VERSION } from './version.ts';

/** Commands after which the shell front can start the next one. */
const INSTALLING: readonly string[] = ['sync', 'install', 'add', 'update', 'remove'];

/** Parses a command line and runs its command; errors become text on standard error. Returns the exit status. */
export async function dispatch(argv: readonly string[], output: Output): Promise<number> {
  const errors = openOutput(2);
  const env: Environment = process.env;
  let context: CommandContext | undefined;
  let input: ParsedCommand | undefined;
  try {
    const cwd = currentFolder();
    const files = openProjectFiles(cwd, env);
    const request = await parseCommandLine(argv, { env, projects: files });
    const world: World = { env, cwd, output, errors, files };
    if (request.kind !== 'command') return await answer(request, world);
    input = request.input;
    const { spec } = input;
    if (spec.load === undefined) throw new TspmError('TSPM_UNSUPPORTED', `tspm ${spec.name} is not available yet`);
    const command = await spec.load();
    context = createContext(input, world);
    if ((await files.scriptNames(input)).includes('pre_invoke')) {
      const { callHook } = await import('./run-project.ts');
      await callHook(context, input, 'pre_invoke');
    }
    for (let run = 1; ; run++) {
      try {
        if (spec.name !== 'fix' && spec.here !== true && (await files.mayNeedFix(input))) await tellProblems(context);
        const status = await command.run(context, input);
        context.reporter.pause();
        if (status === 0 && INSTALLING.includes(spec.name)) {
          const { leaveStamps } = await import('./front.ts');
          await leaveStamps(input, world, context.account);
        }
        return context.interruptStatus() ?? status;
      } catch (error) {
        if (run === MOST_RUNS || !isChangedMeanwhile(error)) throw error;
        context.note('info', `${error.message}: starting again`);
        context.reporter.pause();
        context = createContext(input, { ...world, files: openProjectFiles(cwd, env) });
      }
    }
  } catch (thrown) {
    context?.reporter.pause();
    if (isExitStatus(thrown)) return thrown.status;
    const error = await located(thrown, context);
    if (input !== undefined && wantsReport(input)) writeReport(output, { error: errorData(error) });
    const json = input === undefined ? argv.includes('--json') : wantsJson(input);
    const detailed = input !== undefined && input.count('verbose') > 0;
    const status = reportError(error, { env, errors, detailed, json });
    return context?.interruptStatus() ?? status;
  }
}

/** So many times a command starts again because others change the same project: each time one of them has had its way. */
const MOST_RUNS = 50;

/** The project changed while the command worked from what it was before: nothing was written. */
function isChangedMeanwhile(error: unknown): error is TspmError {
  return isTspmError(error) && error.code === 'TSPM_BUSY' && error.context['changed'] === true;
}

async function tellProblems(context: CommandContext): Promise<void> {
  const { projectProblems } = await import('../app/fix.ts');
  const names = projectProblems(await context.root()).map(({ name }) => name);
  if (names.length === 0) return;
  const how = '`tspm fix` mends them, `tspm fix --dry-run` tells more';
  context.note('warning', `The following problems are found in your project: ${names.join(', ')}; ${how}`);
}

async function answer(request: Exclude<Request, { kind: 'command' }>, world: World): Promise<number> {
  switch (request.kind) {
    case 'version':
      world.output.write(`tspm, version ${VERSION}\n`);
      return 0;
    case 'help': {
      const { commandHelp, rootHelp } = await import('./help.ts');
      world.output.write(request.spec === undefined ? rootHelp() : commandHelp(request.spec));
      return 0;
    }
    case 'pep582': {
      const { printPep582 } = await import('./commands/pep582.ts');
      return printPep582(request.shell, world);
    }
    default:
      return unreachable(request);
  }
}

function wantsJson(input: ParsedCommand): boolean {
  return input.spec.options.some(({ name }) => name === 'json') && input.has('json') && !wantsReport(input);
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new TspmError('TSPM_IO', 'the current folder does not exist any more', {
      hint: 'change to another one',
      cause: error,
    });
  }
}
