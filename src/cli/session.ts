import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Session } from '../app/session.ts';
import { isTspmError, TspmError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { configText } from '../project/config.ts';
import type { ParsedCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { buildOptions, resolutionOptions } from './flags.ts';
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
  const config = await context.config();
  const pyproject = await context.pyproject();
  const session = new Session({
    env: context.env,
    config,
    cacheDir: configText(config, 'cache_dir') ?? join(pyproject.root, '__pypackages__', '.cache'),
    noCache: input.has('no-cache'),
    pyproject,
    interpreter: () => context.interpreter(),
    reporter: context.reporter,
    clock: systemClock,
    signal: context.signal,
    userAgent: `tspm/${VERSION}`,
    hook: (name) => callHook(context, input, name),
    resolution: resolutionOptions(input, context.cwd),
    build: buildOptions(input, config),
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
