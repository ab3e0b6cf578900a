import { TspmError } from '../errors.ts';
import { configFlag } from '../project/config.ts';
import { childEnvironment } from '../run/environment.ts';
import { execute } from '../run/exec.ts';
import { hookFolder } from '../run/hook-folder.ts';
import { runHook, type RunProject } from '../run/runner.ts';
import { describeBody, parseScripts, type ScriptOptions, type ScriptTable } from '../run/scripts.ts';
import type { ParsedCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { ExitStatus } from './exit-status.ts';
import { hasOption } from './options.ts';
import { oneLine } from './render.ts';

/** The project with everything its scripts need. */
export async function openProject(
  context: CommandContext,
  input: ParsedCommand,
  scripts: ScriptTable,
): Promise<RunProject> {
  const { executable, version } = await context.interpreter();
  const [root, packages, config] = [await context.root(), await context.packages(), await context.config()];
  const windows = process.platform === 'win32';
  const { cwd: runCwd, env } = context;
  const showHeader = configFlag(config, 'scripts.show_header');
  return {
    root,
    runCwd,
    scripts,
    packages,
    windows,
    execute,
    env: childEnvironment({ env, root, runCwd, packages, executable, windows, hookFolder: hookFolder() }),
    python: { executable, version },
    reinvoke: [process.execPath, ...process.argv.slice(1, 2)],
    skip: new Set(hasOption(input, 'skip') ? input.list('skip') : []),
    options: input.spec.name === 'run' ? runOptions(input) : {},
    announce: ({ name, body }) => {
      if (showHeader) context.errors.write(`Running <task ${name}>: ${oneLine(describeBody(body))}\n`);
    },
  };
}

/** The options of `run` in the form of those of a script. Throws TSPM_USAGE for an `--env` without name or value. */
function runOptions(input: ParsedCommand): ScriptOptions {
  const variables = input.list('env').map((text) => {
    const cut = text.indexOf('=');
    if (cut > 0) return [text.slice(0, cut), text.slice(cut + 1)] as const;
    throw new TspmError('TSPM_USAGE', `Invalid environment variable: ${text}, expected KEY=VALUE`);
  });
  const [envFile, workingDir] = [input.value('env-file'), input.value('working-dir')];
  return {
    ...(input.has('site-packages') && { sitePackages: true }),
    ...(variables.length > 0 && { env: Object.fromEntries(variables) }),
    ...(envFile !== undefined && envFile !== '' && { envFile: { path: envFile, override: false } }),
    ...(workingDir !== undefined && workingDir !== '' && { workingDir }),
  };
}

/** Runs the script `name` of `[tool.pdm.scripts]` if there is one and `-k` does not skip it. Throws {@link ExitStatus} when it fails. */
export async function callHook(context: CommandContext, input: ParsedCommand, name: string): Promise<void> {
  const { scripts } = await context.pyproject();
  if (!(name in scripts)) return;
  context.reporter.pause();
  const status = await runHook(await openProject(context, input, parseScripts(scripts)), name);
  if (status !== 0) throw new ExitStatus(status);
}
