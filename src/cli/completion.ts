import type { CommandSpec, OptionSpec } from './command.ts';
import { optionsOf, ROOT_ONLY } from './options.ts';
import { COMMANDS } from './table.ts';

/** The completion script for a shell, made from the table of commands; undefined for a shell that has none. */
export function completionScript(shell: string): string | undefined {
  switch (shell) {
    case 'bash':
      return bashScript();
    case 'zsh':
      return zshScript();
    case 'fish':
      return fishScript();
    case 'powershell':
    case 'pwsh':
      return powershellScript();
    default:
      return undefined;
  }
}

const NAMES = COMMANDS.flatMap(wordsFor);

/** The words that call a command. */
function wordsFor({ name, aliases }: CommandSpec): readonly string[] {
  return [name, ...(aliases ?? [])];
}

function shownOptions(spec: CommandSpec | undefined): readonly OptionSpec[] {
  return optionsOf(spec ?? { options: ROOT_ONLY }).filter(({ hidden }) => hidden !== true);
}

/** Options as they are typed, long and short. */
function optionWords(spec: CommandSpec | undefined): readonly string[] {
  return shownOptions(spec).flatMap(typedForms);
}

/** An option as it is typed, long and short. */
function typedForms({ name, short, aliases }: OptionSpec): readonly string[] {
  const long = [name, ...(aliases ?? [])].map((one) => `--${one}`);
  return short === undefined ? long : [...long, `-${short}`];
}

/** The options, as typed, whose value is the next word. */
function valuedWords(spec: CommandSpec | undefined): readonly string[] {
  return shownOptions(spec)
    .filter(({ value }) => value !== undefined && value.optional !== true)
    .flatMap(typedForms);
}

function choicesOf({ arguments: args }: CommandSpec): readonly string[] {
  return args[0]?.choices ?? [];
}

function bashScript(): string {
  const cases = COMMANDS.map((spec) => {
    const words = [...choicesOf(spec), ...optionWords(spec)].join(' ');
    return `        ${wordsFor(spec).join('|')}) words="${words}" valued=" ${valuedWords(spec).join(' ')} " ;;`;
  });
  const choices = COMMANDS.flatMap((spec) =>
    shownOptions(spec).flatMap((option) => {
      if (option.value?.choices === undefined) return [];
      const patterns = typedForms(option).flatMap((typed) => wordsFor(spec).map((name) => `"${name} ${typed}"`));
      return [`        ${patterns.join('|')}) words="${option.value.choices.join(' ')}" valued="" ;;`];
    }),
  );
  return `# bash completion for tspm
_tspm() {
    local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
    local command="" skipped="" valued="" word words
    for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [ -n "$skipped" ]; then skipped=""; continue; fi
        case "$word" in
            ${valuedWords(undefined).join('|')}) skipped=yes ;;
            -*) ;;
            *) command="$word"; break ;;
        esac
    done
    case "$command" in
        "") words="${[...NAMES, ...optionWords(undefined)].join(' ')}" valued=" ${valuedWords(undefined).join(' ')} " ;;
${cases.join('\n')}
        *) words="" ;;
    esac
    case "$command $previous" in
${choices.join('\n')}
    esac
    # The value of any other option is left to the shell: a file.
    case "$valued" in *" $previous "*) words="" ;; esac
    local IFS=$'\\n'
    COMPREPLY=($(IFS=' '; compgen -W "$words" -- "$current"))
}
complete -o bashdefault -o default -F _tspm tspm
`;
}

function zshScript(): string {
  const cases = COMMANDS.map((spec) => {
    const words = shownOptions(spec).flatMap(zshOption);
    const choices = choicesOf(spec);
    const values = choices.length === 0 ? `'*:file:_files'` : `'1:choice:(${choices.join(' ')})'`;
    return `        ${wordsFor(spec).join('|')}) _arguments ${[...words, values].join(' ')} ;;`;
  });
  const commands = COMMANDS.flatMap((spec) => wordsFor(spec).map((name) => `    '${name}:${zshText(spec.summary)}'`));
  return `#compdef tspm
# zsh completion for tspm
_tspm() {
    local context state line
    local -a commands
    commands=(
${commands.join('\n')}
    )
    _arguments -C ${shownOptions(undefined).flatMap(zshOption).join(' ')} '1:command:->command' '*::argument:->argument'
    case $state in
    command) _describe command commands ;;
    argument)
        case $line[1] in
${cases.join('\n')}
        *) _files ;;
        esac ;;
    esac
}
if [ "$funcstack[1]" = "_tspm" ]; then _tspm "$@"; else compdef _tspm tspm; fi
`;
}

function zshOption(option: OptionSpec): readonly string[] {
  const { value, summary } = option;
  const action = value?.choices === undefined ? '_files' : `(${value.choices.join(' ')})`;
  const label = value === undefined ? '' : `${value.optional === true ? '::' : ':'}${zshText(value.label)}:${action}`;
  return typedForms(option).map((word) => `'*${word}[${zshText(summary)}]${label}'`);
}

function zshText(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, String.raw`\$&`).replaceAll("'", String.raw`'\''`);
}

function fishScript(): string {
  const commands = COMMANDS.flatMap((spec) =>
    wordsFor(spec).map(
      (name) => `complete -c tspm -n __fish_use_subcommand -f -a ${name} -d ${fishText(spec.summary)}`,
    ),
  );
  const root = shownOptions(undefined).flatMap((option) => fishOption(option, '__fish_use_subcommand'));
  const rest = COMMANDS.flatMap((spec) => {
    const condition = `'__fish_seen_subcommand_from ${wordsFor(spec).join(' ')}'`;
    const choices = choicesOf(spec);
    const values = choices.length === 0 ? [] : [`complete -c tspm -n ${condition} -f -a '${choices.join(' ')}'`];
    return [...values, ...shownOptions(spec).flatMap((option) => fishOption(option, condition))];
  });
  return `# fish completion for tspm\n${[...commands, ...root, ...rest].join('\n')}\n`;
}

function fishOption({ name, short, aliases, value, summary }: OptionSpec, condition: string): readonly string[] {
  const isNeeded = value !== undefined && value.optional !== true;
  const needsValue = value?.choices === undefined ? (isNeeded ? ' -r' : '') : ` -x -a '${value.choices.join(' ')}'`;
  return [name, ...(aliases ?? [])].map((long) => {
    const letter = long === name && short !== undefined ? ` -s ${short}` : '';
    return `complete -c tspm -n ${condition}${letter} -l ${long}${needsValue} -d ${fishText(summary)}`;
  });
}

function fishText(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}

function powershellScript(): string {
  const quote = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');
  const rows = COMMANDS.flatMap((spec) =>
    wordsFor(spec).map((name) => `        '${name}' = @(${quote([...choicesOf(spec), ...optionWords(spec)])})`),
  );
  return `# PowerShell completion for tspm
Register-ArgumentCompleter -Native -CommandName tspm -ScriptBlock {
    param($word, $ast, $position)
    $options = @{
${rows.join('\n')}
    }
    $command = $ast.CommandElements | Select-Object -Skip 1 |
        ForEach-Object { $_.ToString() } | Where-Object { $_ -notlike '-*' -and $_ -ne $word } | Select-Object -First 1
    $words = if ($command) { $options[$command] } else { @(${quote([...NAMES, ...optionWords(undefined)])}) }
    $words | Where-Object { $_ -like "$word*" } |
        ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}
`;
}
