import { existsSync } from 'node:fs';
import { parsePythonRange } from '../../packaging/python-range.ts';
import { configFlag } from '../../project/config.ts';
import { allows } from '../../python/discovery.ts';
import type { Interpreter } from '../../python/interpreter.ts';
import { readSavedPython, writePythonVersionFile, writeSavedPython } from '../../python/saved.ts';
import { findInterpreters, notFound } from '../../python/search.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { pythonLabel, pythonSearch } from '../python-search.ts';
import { callHook } from '../run-project.ts';

/** `tspm use`: finds Pythons that suit the project, and saves the one chosen. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const pyproject = await context.pyproject();
  const [spec] = input.args;
  const choices = await suitable(context, spec, pyproject.requiresPython);
  const chosen = await choose(context, input, choices);
  const { root } = pyproject;
  const before = readSavedPython(root);
  writeSavedPython(root, chosen.executable);
  const keepsVersion = configFlag(await context.config(), 'python.use_python_version');
  if (keepsVersion && !input.has('no-version-file')) writePythonVersionFile(root, chosen.version);
  context.output.write(`Using Python interpreter: ${chosen.executable} (${chosen.ident})\n`);
  context.note('advice', 'Using __pypackages__ because non-venv Python is used.');
  if (before !== undefined && before !== chosen.executable) await updateScripts(context, root, chosen);
  await callHook(context, input, 'post_use');
  return 0;
}

async function suitable(
  context: CommandContext,
  spec: string | undefined,
  requiresPython: string,
): Promise<readonly Interpreter[]> {
  const search = await pythonSearch(context);
  const found = await findInterpreters(spec, search);
  const range = { requiresPython: parsePythonRange(requiresPython) };
  const fitting = found.filter((one) => allows(range, one));
  if (fitting.length > 0) return fitting;
  const wanted = [spec, requiresPython === '' ? undefined : `that satisfies ${requiresPython}`]
    .filter(Boolean)
    .join(' ');
  throw notFound(wanted, found.length > 0 ? found : await findInterpreters(undefined, search));
}

async function choose(
  context: CommandContext,
  input: ParsedCommand,
  choices: readonly Interpreter[],
): Promise<Interpreter> {
  const [first] = choices;
  if (first === undefined) throw new Error('there is nothing to choose from');
  if (choices.length === 1) return first;
  if (input.has('first') || !context.interactive) {
    context.note('info', 'Using the first matched interpreter.');
    return first;
  }
  const { openPrompter } = await import('../prompt.ts');
  const prompter = openPrompter(process.stdin, (text) => context.output.write(text));
  try {
    return choices[await prompter.choose('Please select', choices.map(pythonLabel))] ?? first;
  } finally {
    prompter.close();
  }
}

/** Commands of installed packages name their Python in their first line. */
async function updateScripts(context: CommandContext, root: string, { ident, executable }: Interpreter): Promise<void> {
  const { packagesPaths } = await import('../../installer/environment.ts');
  const paths = packagesPaths(root, ident);
  if (!existsSync(paths.bin)) return;
  context.output.write('Updating executable scripts...\n');
  const { rewriteShebangs } = await import('../../installer/sync.ts');
  await rewriteShebangs({ paths, interpreter: executable, reporter: { emit: () => {} }, signal: context.signal });
}
