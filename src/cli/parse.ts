import { Command, CommanderError, Option } from 'commander';
import { isTspmError, TspmError } from '../errors.ts';
import { nearestName } from '../util/nearest.ts';
import type { Environment } from '../util/search-path.ts';
import type { CommandSpec, OptionSpec, ParsedCommand } from './command.ts';
import { GLOBAL, optionsOf, ROOT_ONLY } from './options.ts';
import { COMMANDS, findCommand } from './table.ts';
import { cutAtFirstWord, expandAbbreviations, longNames } from './tokens.ts';

/** What a command line asks for. `help` without a command is that of tspm itself. */
export type Request =
  | { readonly kind: 'version' }
  | { readonly kind: 'help'; readonly spec: CommandSpec | undefined }
  | { readonly kind: 'pep582'; readonly shell: string | undefined }
  | { readonly kind: 'command'; readonly input: ParsedCommand };

/** What parsing has to know of the world. */
export interface ParseHooks {
  readonly env: Environment;
  readonly projects: ProjectWords;
}

/** The words a project adds to command lines. */
export interface ProjectWords {
  /** `[tool.pdm.options]` of the project the command is for: words put right behind the command. */
  optionsFor(input: ParsedCommand): Promise<readonly string[]>;
  /** Names of the project's scripts: a first word that is no command may be one of them. */
  scriptNames(input: ParsedCommand): Promise<readonly string[]>;
}

const ROOT: CommandSpec = {
  name: '',
  summary: '',
  options: ROOT_ONLY,
  arguments: [],
  examples: [],
  load: undefined,
};

/**
 * Reads a command line. Long options may be cut to a beginning that only one of them has. Throws TSPM_CLI_SYNTAX, naming the
 * nearest option or command.
 */
export async function parseCommandLine(argv: readonly string[], hooks: ParseHooks): Promise<Request> {
  const rootOptions = [...ROOT.options, ...GLOBAL];
  const { head, word, tail } = cutAtFirstWord(argv, rootOptions);
  if (word === undefined || isAnsweredAtOnce(head)) return parseRoot(head, hooks.env);
  const spec = findCommand(word);
  if (spec === undefined) return await parseScript({ argv, head, word }, hooks);
  const first = parseTokens(spec, [...head, ...tail], hooks.env);
  const early = helpOrVersion(first);
  if (early !== undefined) return early;
  const injected = await hooks.projects.optionsFor(first);
  if (injected.length === 0) return { kind: 'command', input: first };
  return { kind: 'command', input: parseInjected(spec, { head, injected, tail }, hooks.env) };
}

function isAnsweredAtOnce(head: readonly string[]): boolean {
  return head.some((token) => ['--version', '-V', '--help', '-h'].includes(token) || token.startsWith('--pep582'));
}

function parseRoot(tokens: readonly string[], env: Environment): Request {
  const input = parseTokens(ROOT, tokens, env);
  const early = helpOrVersion(input);
  if (early !== undefined) return early;
  if (input.has('pep582')) return { kind: 'pep582', shell: input.value('pep582') || undefined };
  return { kind: 'help', spec: undefined };
}

function helpOrVersion(input: ParsedCommand): Request | undefined {
  const isRoot = input.spec === ROOT;
  if (isRoot && input.has('version')) return { kind: 'version' };
  if (input.has('help')) return { kind: 'help', spec: isRoot ? undefined : input.spec };
  return undefined;
}

/** `tspm NAME …` is `tspm run NAME …` when NAME is a script. */
async function parseScript(
  { argv, head, word }: { readonly argv: readonly string[]; readonly head: readonly string[]; readonly word: string },
  hooks: ParseHooks,
): Promise<Request> {
  const run = findCommand('run');
  if (run === undefined) throw new Error('the table has no command run');
  const scripts = await hooks.projects.scriptNames(parseTokens(run, head, hooks.env));
  if (scripts.includes(word)) return { kind: 'command', input: parseTokens(run, argv, hooks.env) };
  const near = nearestName(word, [...COMMANDS.map(({ name }) => name), ...scripts]);
  throw new TspmError('TSPM_CLI_SYNTAX', `Command not found: ${word}`, {
    hint: near === undefined ? 'see `tspm --help`' : `did you mean ${near}?`,
    context: { command: word },
  });
}

function parseInjected(
  spec: CommandSpec,
  words: { readonly head: readonly string[]; readonly injected: readonly string[]; readonly tail: readonly string[] },
  env: Environment,
): ParsedCommand {
  try {
    return parseTokens(spec, [...words.head, ...words.injected, ...words.tail], env);
  } catch (error) {
    if (!isTspmError(error)) throw error;
    const hint = `[tool.pdm.options].${spec.name} adds ${words.injected.join(' ')}`;
    throw new TspmError(error.code, error.message, {
      hint: [error.hint, hint].filter(Boolean).join('; '),
      cause: error,
    });
  }
}

/** One pass over the words of one command, root options among them. */
function parseTokens(spec: CommandSpec, tokens: readonly string[], env: Environment): ParsedCommand {
  const options = optionsOf(spec);
  const cut = spec.passThrough === true ? cutAtFirstWord(tokens, options) : undefined;
  const given = new Map<string, string[]>();
  const command = buildCommand(spec, options, given);
  try {
    command.parse(expandAbbreviations(cut?.head ?? tokens, options), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw syntaxError(error, spec, options);
    throw error;
  }
  const args = cut === undefined ? command.args : [cut.word, ...cut.tail].filter((word) => word !== undefined);
  if (!given.has('help')) {
    checkExclusive(options, given, spec);
    checkRequired(spec, args);
    for (const [index, { name, choices }] of spec.arguments.entries())
      checkChoice(spec, { name, choices }, args[index]);
    for (const { name, value } of options) {
      for (const text of given.get(name) ?? []) checkChoice(spec, { name: `--${name}`, choices: value?.choices }, text);
    }
  }
  return createInput({ spec, options, given, args, env });
}

function buildCommand(spec: CommandSpec, options: readonly OptionSpec[], given: Map<string, string[]>): Command {
  const command = new Command(spec.name)
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .helpOption(false)
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .action(() => {});
  for (const option of options) addOption(command, option, given);
  if (spec.passThrough === true) return command;
  for (const { name, variadic } of spec.arguments) command.argument(`[${variadic === true ? `${name}...` : name}]`);
  return command;
}

function addOption(command: Command, option: OptionSpec, given: Map<string, string[]>): void {
  const { name, short, value } = option;
  const label = value === undefined ? '' : value.optional === true ? ' [value]' : ' <value>';
  for (const long of longNames([option])) {
    const letter = long === name && short !== undefined ? `-${short}, ` : '';
    command.addOption(new Option(`${letter}--${long}${label}`));
    command.on(`option:${long}`, (text: string | null | undefined) => {
      const values = given.get(name) ?? [];
      values.push(...splitValue(option, text ?? ''));
      given.set(name, values);
    });
  }
}

function splitValue({ value }: OptionSpec, text: string): readonly string[] {
  if (value?.list !== 'comma') return [text];
  return text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
}

function checkExclusive(options: readonly OptionSpec[], given: ReadonlyMap<string, unknown>, spec: CommandSpec): void {
  const first = new Map<string, string>();
  for (const { name, exclusive } of options) {
    if (exclusive === undefined || !given.has(name)) continue;
    const other = first.get(exclusive);
    if (other !== undefined) {
      throw new TspmError('TSPM_CLI_SYNTAX', `${place(spec)}: --${name} is not allowed with --${other}`);
    }
    first.set(exclusive, name);
  }
}

function checkRequired(spec: CommandSpec, args: readonly string[]): void {
  const missing = spec.arguments.find(({ required }, index) => required === true && args[index] === undefined);
  if (missing === undefined) return;
  throw new TspmError('TSPM_CLI_SYNTAX', `${place(spec)}: missing required argument '${missing.name}'`, {
    hint: `see \`tspm ${spec.name} --help\``,
  });
}

function checkChoice(
  spec: CommandSpec,
  { name, choices }: { readonly name: string; readonly choices: readonly string[] | undefined },
  text: string | undefined,
): void {
  if (choices === undefined || text === undefined || choices.includes(text)) return;
  const near = nearestName(text, choices);
  throw new TspmError('TSPM_CLI_SYNTAX', `${place(spec)}: ${name} cannot be '${text}'`, {
    hint: near === undefined ? `it is one of ${choices.join(', ')}` : `did you mean ${near}?`,
  });
}

function syntaxError(error: CommanderError, spec: CommandSpec, options: readonly OptionSpec[]): TspmError {
  const message = error.message.replace(/^error: /, '').replace(/\.$/, '');
  const unknown = /^unknown option '--([^'=]+)/.exec(message)?.[1];
  const near = unknown === undefined ? undefined : nearestName(unknown, visibleNames(options));
  const help = spec.name === '' ? 'see `tspm --help`' : `see \`tspm ${spec.name} --help\``;
  return new TspmError('TSPM_CLI_SYNTAX', `${place(spec)}: ${message}`, {
    hint: near === undefined ? help : `did you mean --${near}?`,
    cause: error,
  });
}

function visibleNames(options: readonly OptionSpec[]): readonly string[] {
  return longNames(options.filter(({ hidden }) => hidden !== true));
}

function place(spec: CommandSpec): string {
  return spec.name === '' ? 'tspm' : `tspm ${spec.name}`;
}

interface InputParts {
  readonly spec: CommandSpec;
  readonly options: readonly OptionSpec[];
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly args: readonly string[];
  readonly env: Environment;
}

function createInput({ spec, options, given, args, env }: InputParts): ParsedCommand {
  const values = (name: string): readonly string[] | undefined => {
    const option = options.find((one) => one.name === name);
    if (option === undefined) throw new Error(`${place(spec)} has no option --${name}`);
    return given.get(name) ?? fromVariables(option, env);
  };
  return {
    spec,
    args,
    has: (name) => values(name) !== undefined,
    count: (name) => values(name)?.length ?? 0,
    value: (name) => values(name)?.at(-1),
    list: (name) => values(name) ?? [],
  };
}

function fromVariables(option: OptionSpec, env: Environment): readonly string[] | undefined {
  for (const name of option.env?.names ?? []) {
    const text = env[name];
    if (text === undefined) continue;
    switch (option.env?.rule) {
      case 'present':
        return [''];
      case 'filled':
        return text === '' ? undefined : [''];
      case 'true':
        // The first variable that is set decides, also when it says no.
        return ['1', 'true'].includes(text.toLowerCase()) ? [''] : undefined;
      case 'value':
        return text === '' ? undefined : splitValue(option, text);
      case undefined:
        break;
    }
  }
  return undefined;
}
