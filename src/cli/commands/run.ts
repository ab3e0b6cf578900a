import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isTspmError } from '../../errors.ts';
import { lostDistributions } from '../../installer/missing.ts';
import { runCommand } from '../../run/runner.ts';
import { describeBody, parseScripts, type Script, type ScriptOptions, type ScriptTable } from '../../run/scripts.ts';
import { sortedBy } from '../../util/collections.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { renderTable } from '../render.ts';
import { openProject } from '../run-project.ts';

/** `tspm run`: a script or any command, with the packages of the project. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const [word, ...args] = input.args;
  const scripts = await readScripts(context, word);
  if (input.has('list')) return printList(context, scripts);
  if (input.has('json')) return printJson(context, scripts);
  if (word === undefined) context.note('warning', 'No command is given, default to the Python REPL');
  if (word !== undefined && !scripts.scripts.has(word)) noteScriptMetadata(context, word);
  const project = await openProject(context, input, scripts);
  noteLost(context, lostDistributions(project.packages));
  context.reporter.pause();
  return await runCommand(project, word ?? 'python', args);
}

/** The command may do without them, so it runs. */
function noteLost(context: CommandContext, [first, ...others]: readonly string[]): void {
  if (first === undefined) return;
  const more = others.length === 0 ? ' is' : ` and ${others.length} more packages are`;
  context.note('warning', `${first}${more} not in the cache any more: run \`tspm sync\``);
}

/** A single file may run where there is no project. */
async function readScripts(context: CommandContext, word: string | undefined): Promise<ScriptTable> {
  try {
    return parseScripts((await context.pyproject()).scripts);
  } catch (error) {
    const isMissing = isTspmError(error) && error.code === 'TSPM_PROJECT_MISSING';
    if (isMissing && word?.endsWith('.py') === true) return { scripts: new Map(), shared: {} };
    throw error;
  }
}

/** Inline script metadata asks for packages of its own, which tspm does not provide. */
function noteScriptMetadata(context: CommandContext, word: string): void {
  if (!word.endsWith('.py')) return;
  try {
    const text = readFileSync(resolve(context.cwd, word), 'utf8');
    if (!/^# \/\/\/ script\s*$/m.test(text)) return;
  } catch {
    return;
  }
  context.note('warning', `the script metadata of ${word} is ignored: it runs with the packages of the project`);
}

function printList({ output, paint }: CommandContext, { scripts }: ScriptTable): number {
  const shown = sortedBy(scripts.values(), ({ name }) => name).filter(({ name }) => !name.startsWith('_'));
  const rows = shown.map((script) => [script.name, script.body.kind, helpOf(script)]);
  output.write(renderTable(['Name', 'Type', 'Description'], rows, paint));
  return 0;
}

function printJson({ output }: CommandContext, { scripts, shared }: ScriptTable): number {
  const entries = sortedBy(scripts.values(), ({ name }) => name).map(
    (script) => [script.name, scriptData(script)] as const,
  );
  const options = optionData(shared);
  const sharedEntry = ['_', { name: '_', kind: 'shared', help: 'Shared options', ...options }] as const;
  const hasShared = Object.keys(options).length > 0;
  output.write(`${JSON.stringify(Object.fromEntries(hasShared ? [sharedEntry, ...entries] : entries), null, 2)}\n`);
  return 0;
}

function scriptData(script: Script): Readonly<Record<string, unknown>> {
  const { name, body, options } = script;
  return { name, kind: body.kind, help: helpOf(script), args: bodyData(body), ...optionData(options) };
}

function bodyData(body: Script['body']): string | readonly string[] {
  return body.kind === 'composite' ? body.parts : body.kind === 'cmd' ? body.command : describeBody(body);
}

function optionData(options: ScriptOptions): Readonly<Record<string, unknown>> {
  const { env, envFile, workingDir, sitePackages, keepGoing } = options;
  return {
    ...(env !== undefined && { env }),
    ...(envFile !== undefined && { [envFile.override ? 'env_file.override' : 'env_file']: envFile.path }),
    ...(workingDir !== undefined && { working_dir: workingDir }),
    ...(sitePackages !== undefined && { site_packages: sitePackages }),
    ...(keepGoing !== undefined && { keep_going: keepGoing }),
  };
}

/** The script's own description, else what it runs: the first line of several. */
function helpOf({ body, options }: Script): string {
  if (options.help !== undefined) return options.help;
  const [first = '', ...rest] = describeBody(body).trim().split('\n');
  return rest.length === 0 ? first : `${first}…`;
}
