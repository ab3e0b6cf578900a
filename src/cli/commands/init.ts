import { execFileSync } from 'node:child_process';
import { existsSync, fstatSync } from 'node:fs';
import { basename, join } from 'node:path';
import { hasPyproject, initProject, isBuilt } from '../../app/init.ts';
import { TspmError } from '../../errors.ts';
import { parseName } from '../../packaging/name.ts';
import { parseSpecifierSet } from '../../packaging/specifier.ts';
import { parseVersion } from '../../packaging/version.ts';
import { nameFromFolder, type BuildBackend, type InitAnswers } from '../../project/init-template.ts';
import type { Interpreter } from '../../python/interpreter.ts';
import { findInterpreters, notFound } from '../../python/search.ts';
import { makeFolders } from '../../util/file-system.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { openPipedPrompter, openPrompter, type Prompter } from '../prompt.ts';
import { pythonLabel, pythonSearch } from '../python-search.ts';
import { callHook } from '../run-project.ts';

const BACKENDS: readonly BuildBackend[] = ['pdm-backend', 'setuptools', 'flit-core', 'hatchling'];

const DISTRIBUTION_QUESTION = `Do you want to build this project for distribution(such as wheel)?
If yes, it will be installed by default when running \`tspm install\`.`;

/** Answers questions: from the terminal, or with the defaults when nobody may be asked. */
interface Asker {
  text(message: string, fallback: string, option: string): Promise<string>;
  confirm(message: string, fallback: boolean): Promise<boolean>;
  choose(message: string, choices: readonly string[], title: string): Promise<number>;
}

/** `tspm init`. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  if (input.has('copier') || input.has('cookiecutter')) throw noTemplates('a generator');
  await createProject(context, input, { root: await context.root(), template: input.args[0] });
  await callHook(context, input, 'post_init');
  return 0;
}

/** No template is known but the two that PDM carries. Throws TSPM_UNSUPPORTED. */
function checkTemplate(template: string | undefined): void {
  if (template !== undefined && template !== 'default' && template !== 'minimal') throw noTemplates(template);
}

function isScaffold(template: string | undefined, backend: BuildBackend | undefined): boolean {
  return template === undefined ? backend !== undefined : template === 'default';
}

function noTemplates(name: string): TspmError {
  return new TspmError('TSPM_UNSUPPORTED', `tspm makes no projects from templates (${name})`, {
    hint: 'copy the template, or run copier or cookiecutter themselves, then `tspm init` completes pyproject.toml',
  });
}

/** Where a project is made, and from which of PDM's two templates; by default `default` for a library, else `minimal`. */
interface NewProject {
  readonly root: string;
  readonly template: string | undefined;
}

/** Asks what is to be known of a project and makes it in `root`. Options are those of `init`. */
export async function createProject(
  context: CommandContext,
  input: ParsedCommand,
  { root, template }: NewProject,
): Promise<void> {
  checkTemplate(template);
  context.output.write(
    hasPyproject(root) ? 'pyproject.toml already exists, update it now.\n' : 'Creating a pyproject.toml for PDM...\n',
  );
  const prompter = await prompterFor(context, input);
  try {
    const ask = askerOf(prompter);
    const interpreter = await chooseInterpreter(context, input, ask);
    context.note('info', 'You are using the PEP 582 mode, no virtualenv is created.');
    const answers = await gatherAnswers(input, ask, { root, interpreter, template });
    const wantsGit =
      !input.has('no-git') &&
      !existsSync(join(root, '.git')) &&
      (await ask.confirm('Do you want to initialize a git repository?', true));
    makeFolders(root);
    await initProject({
      root,
      answers,
      interpreter,
      overwrite: input.has('overwrite'),
      scaffold: isScaffold(template, answers.backend),
    });
    if (wantsGit) startRepository(context, root);
  } finally {
    prompter?.close();
  }
  context.output.write('Project is initialized successfully\n');
}

/** Answers come from a terminal, or were piped in; undefined where nobody is asked. */
async function prompterFor(context: CommandContext, input: ParsedCommand): Promise<Prompter | undefined> {
  const write = (text: string): void => context.output.write(text);
  if (context.interactive) return openPrompter(process.stdin, write);
  if (input.has('non-interactive') || !isPiped(0)) return undefined;
  return await openPipedPrompter(process.stdin, write);
}

function isPiped(descriptor: number): boolean {
  try {
    const facts = fstatSync(descriptor);
    return facts.isFIFO() || facts.isFile() || facts.isSocket();
  } catch {
    return false;
  }
}

function askerOf(prompter: Prompter | undefined): Asker {
  if (prompter === undefined) {
    return { text: async (_, fallback) => fallback, confirm: async (_, fallback) => fallback, choose: async () => 0 };
  }
  return {
    text: (message, fallback, option) => prompter.text({ message, default: fallback, option }),
    confirm: (message, fallback) => prompter.confirm({ message, default: fallback }),
    choose: (message, choices, title) => {
      prompter.tell(title);
      return prompter.choose(message, choices);
    },
  };
}

async function chooseInterpreter(context: CommandContext, input: ParsedCommand, ask: Asker): Promise<Interpreter> {
  const search = await pythonSearch(context);
  const wanted = input.value('python') ?? (context.env['PDM_PYTHON'] || undefined);
  const found = await findInterpreters(wanted, search);
  const [first] = found;
  if (first === undefined) throw notFound(wanted ?? '', await findInterpreters(undefined, search));
  if (found.length === 1 || wanted !== undefined) return first;
  const chosen = await ask.choose(
    'Please select',
    found.map(pythonLabel),
    'Please enter the Python interpreter to use',
  );
  return found[chosen] ?? first;
}

async function gatherAnswers(
  input: ParsedCommand,
  ask: Asker,
  { root, interpreter, template }: NewProject & { readonly interpreter: Interpreter },
): Promise<InitAnswers> {
  const name =
    input.value('name') ?? (await ask.text('Project name', nameFromFolder(basename(root)) ?? 'project', '--name'));
  parseName(name);
  const version = parseVersion(
    input.value('project-version') ?? (await ask.text('Project version', '0.1.0', '--project-version')),
  ).text;
  const given = backendOf(input);
  const isLibrary = given !== undefined || (await ask.confirm(DISTRIBUTION_QUESTION, isBuilt(root) ?? false));
  const description = isLibrary ? await ask.text('Project description', '', '--dist') : '';
  const backend = isLibrary
    ? (given ?? BACKENDS[await ask.choose('Please select', BACKENDS, 'Which build backend to use?')] ?? 'pdm-backend')
    : undefined;
  const license = input.value('license') ?? (await ask.text('License(SPDX name)', 'MIT', '--license'));
  const author = {
    name: await ask.text('Author name', gitSetting('user.name'), '-n'),
    email: await ask.text('Author email', gitSetting('user.email'), '-n'),
  };
  const [major, minor] = interpreter.version;
  const range = isLibrary ? `>=${major}.${minor}` : `==${major}.${minor}.*`;
  const requiresPython = (await ask.text("Python requires('*' to allow any)", range, '--python')).trim();
  if (requiresPython !== '*') parseSpecifierSet(requiresPython);
  return {
    name,
    version,
    description,
    author,
    license,
    requiresPython: requiresPython === '*' ? '' : requiresPython,
    readme: isScaffold(template, backend) || existsSync(join(root, 'README.md')),
    ...(backend === undefined ? {} : { backend }),
  };
}

function backendOf(input: ParsedCommand): BuildBackend | undefined {
  const text = input.value('backend');
  if (text === undefined) return input.has('dist') ? 'pdm-backend' : undefined;
  return BACKENDS.find((backend) => backend === text);
}

function gitSetting(key: string): string {
  try {
    return execFileSync('git', ['config', '--get', key], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}

function startRepository(context: CommandContext, root: string): void {
  try {
    execFileSync('git', ['init', '--quiet', root], { stdio: 'ignore' });
  } catch {
    context.note('info', 'git is not available, no repository was made');
  }
}
