import { existsSync, readFileSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { importFlit } from '../../app/import-flit.ts';
import { importPipfile } from '../../app/import-pipfile.ts';
import { importPoetry } from '../../app/import-poetry.ts';
import { importIntoProject } from '../../app/import-project.ts';
import { importRequirements } from '../../app/import-requirements.ts';
import type { Imported } from '../../app/imported.ts';
import { importSetup } from '../../app/import-setup.ts';
import { TspmError, unreachable } from '../../errors.ts';
import { moduleFacts } from '../../python/module-facts.ts';
import { setupFacts } from '../../python/setup-facts.ts';
import { replaceFile } from '../../util/replace-file.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { targetFlags } from '../flags.ts';

const FORMATS = ['pipfile', 'poetry', 'flit', 'setuppy', 'requirements'] as const;
type Format = (typeof FORMATS)[number];

/** `tspm import`: takes a file of another tool over into pyproject.toml. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const [filename = ''] = input.args;
  const path = resolve(context.cwd, filename);
  const format = formatOf(input, path);
  const imported = await importFile(context, format, path);
  for (const warning of imported.warnings) context.note('warning', warning);
  const root = await context.root();
  const file = join(root, 'pyproject.toml');
  const { text, chosenPython } = await importIntoProject({
    root,
    text: existsSync(file) ? readFileSync(file, 'utf8') : undefined,
    imported,
    target: targetFlags(input),
    requiresPython: async () => `>=${(await context.interpreter()).version.slice(0, 2).join('.')}`,
    env: context.env,
  });
  await replaceFile(file, text);
  if (chosenPython !== undefined) {
    const message = `The project's requires-python has been set to ${chosenPython}. You can change it later if necessary.`;
    context.output.write(`${message}\n`);
  }
  context.reporter.emit({ kind: 'file:written', file: 'pyproject.toml' });
  return 0;
}

function formatOf(input: ParsedCommand, path: string): Format {
  const asked = input.value('format');
  const found = FORMATS.find((format) => format === (asked ?? guess(path)));
  if (found !== undefined) return found;
  throw new TspmError('TSPM_USAGE', "Can't derive the file format automatically", {
    hint: `name it with -f: one of ${FORMATS.join(', ')}`,
  });
}

/** The format that the name of the file tells, or the tables of a pyproject.toml. */
function guess(path: string): Format | undefined {
  const name = basename(path);
  if (name === 'Pipfile') return 'pipfile';
  if (name === 'setup.py') return 'setuppy';
  if (/\.(?:txt|in)$/.test(name)) return 'requirements';
  if (name !== 'pyproject.toml') return undefined;
  const text = readFileSync(path, 'utf8');
  if (/^\s*\[tool\.poetry[\].]/m.test(text)) return 'poetry';
  return /^\s*\[tool\.flit[\].]/m.test(text) ? 'flit' : undefined;
}

async function importFile(context: CommandContext, format: Format, path: string): Promise<Imported> {
  const read = (file: string): string => readFileSync(file, 'utf8');
  const python = async (): Promise<string> => (await context.interpreter()).executable;
  switch (format) {
    case 'requirements':
      return importRequirements(path, read);
    case 'pipfile':
      return importPipfile(path, read);
    case 'poetry':
      return importPoetry(path, read);
    case 'flit':
      return await importFlit(path, read, async (file) => moduleFacts(await python(), file));
    case 'setuppy':
      return importSetup(path, await setupFacts(await python(), dirname(path), await projectEnvironment(context)));
    default:
      return unreachable(format);
  }
}

/** With the packages of the project: setup.py may need some. */
async function projectEnvironment(context: CommandContext): Promise<NodeJS.ProcessEnv> {
  const lib = join(await context.packages(), 'lib');
  return { ...context.env, PYTHONPATH: [lib, context.env['PYTHONPATH']].filter(Boolean).join(delimiter) };
}
