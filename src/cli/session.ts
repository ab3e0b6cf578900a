import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Session } from '../app/session.ts';
import { isTspmError, TspmError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { configText } from '../project/config.ts';
import { parsePyproject, type Pyproject } from '../project/pyproject.ts';
import type { ParsedCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { buildOptions, resolutionOptions } from './flags.ts';
import { hasOption } from './options.ts';
import { loginPrompt } from './login-prompt.ts';
import { callHook } from './run-project.ts';
import { VERSION } from './version.ts';

/** The system's time. */
const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    await wait(milliseconds, undefined, signal === undefined ? {} : { signal });
  },
};

/** Runs `work` with a session on the command's project and ends the session's connections afterwards. */
export async function withSession<T>(
  context: CommandContext,
  input: ParsedCommand,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return await withProject(context, input, { pyproject: await context.pyproject(), work });
}

/** The same where there may be no project: one without requirements and settings stands for it. */
export async function withAnyProject<T>(
  context: CommandContext,
  input: ParsedCommand,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const root = await context.root();
  const pyproject = await context.pyproject().catch((error: unknown) => {
    if (isTspmError(error) && error.code === 'TSPM_PROJECT_MISSING') return parsePyproject('[project]', root);
    throw error;
  });
  return await withProject(context, input, { pyproject, work });
}

async function withProject<T>(
  context: CommandContext,
  input: ParsedCommand,
  { pyproject, work }: { readonly pyproject: Pyproject; readonly work: (session: Session) => Promise<T> },
): Promise<T> {
  const config = await context.config();
  const session = new Session({
    env: context.env,
    config,
    cacheDir: configText(config, 'cache_dir') ?? join(pyproject.root, '__pypackages__', '.cache'),
    noCache: input.has('no-cache'),
    offline: input.has('offline'),
    pyproject,
    interpreter: () => context.interpreter(),
    reporter: context.reporter,
    clock: systemClock,
    signal: context.signal,
    userAgent: `tspm/${VERSION}`,
    prompt: context.interactive ? loginPrompt(context) : undefined,
    hook: (name) => callHook(context, input, name),
    resolution: resolutionOptions(input, context.cwd),
    build: buildOptions(input, config),
    compile: hasOption(input, 'compile') && input.has('compile'),
  });
  try {
    return await work(session);
  } catch (error) {
    if (context.signal.aborted && !isTspmError(error))
      throw new TspmError('TSPM_INTERRUPTED', 'interrupted', { cause: error });
    throw error;
  } finally {
    await session.close();
  }
}
