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

const NAMES = COMMANDS.map(({ name }) => name);

function shownOptions(spec: CommandSpec | undefined): readonly OptionSpec[] {
  return optionsOf(spec ?? { options: ROOT_ONLY }).filter(({ hidden }) => hidden !== true);
}

/** Options as they are typed, long and short. */
function optionWords(spec: CommandSpec | undefined): readonly string[] {
  return shownOptions(spec).flatMap(({ name, short, aliases }) => [
    ...[name, ...(aliases ?? [])].map((long) => `--${long}`),
    ...(short === undefined ? [] : [`-${short}`]),
  ]);
}

function choicesOf({ arguments: args }: CommandSpec): readonly string[] {
  return args[0]?.choices ?? [];
}

function bashScript(): string {
  const cases = COMMANDS.map(
    (spec) => `        ${spec.name}) words="${[...choicesOf(spec), ...optionWords(spec)].join(' ')}" ;;`,
  );
  return `# bash completion for tspm
_tspm() {
    local current="\${COMP_WORDS[COMP_CWORD]}" command="" word words
    for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "$word" in -*) ;; *) command="$word"; break ;; esac
    done
    case "$command" in
        "") words="${[...NAMES, ...optionWords(undefined)].join(' ')}" ;;
${cases.join('\n')}
        *) words="" ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o bashdefault -o default -F _tspm tspm
`;
}

function zshScript(): string {
  const cases = COMMANDS.map((spec) => {
    const words = shownOptions(spec).flatMap(zshOption);
    const choices = choicesOf(spec);
    const values = choices.length === 0 ? `'*:file:_files'` : `'1:choice:(${choices.join(' ')})'`;
    return `        ${spec.name}) _arguments ${[...words, values].join(' ')} ;;`;
  });
  const commands = COMMANDS.map(({ name, summary }) => `    '${name}:${zshText(summary)}'`);
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

function zshOption({ name, short, aliases, value, summary }: OptionSpec): readonly string[] {
  const words = [
    ...[name, ...(aliases ?? [])].map((long) => `--${long}`),
    ...(short === undefined ? [] : [`-${short}`]),
  ];
  const label = value === undefined ? '' : `${value.optional === true ? '::' : ':'}${zshText(value.label)}:_files`;
  return words.map((word) => `'*${word}[${zshText(summary)}]${label}'`);
}

function zshText(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, String.raw`\$&`).replaceAll("'", String.raw`'\''`);
}

function fishScript(): string {
  const commands = COMMANDS.map(
    ({ name, summary }) => `complete -c tspm -n __fish_use_subcommand -f -a ${name} -d ${fishText(summary)}`,
  );
  const root = shownOptions(undefined).flatMap((option) => fishOption(option, '__fish_use_subcommand'));
  const rest = COMMANDS.flatMap((spec) => {
    const condition = `'__fish_seen_subcommand_from ${spec.name}'`;
    const choices = choicesOf(spec);
    const values = choices.length === 0 ? [] : [`complete -c tspm -n ${condition} -f -a '${choices.join(' ')}'`];
    return [...values, ...shownOptions(spec).flatMap((option) => fishOption(option, condition))];
  });
  return `# fish completion for tspm\n${[...commands, ...root, ...rest].join('\n')}\n`;
}

function fishOption({ name, short, aliases, value, summary }: OptionSpec, condition: string): readonly string[] {
  const needsValue = value !== undefined && value.optional !== true ? ' -r' : '';
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
  const rows = COMMANDS.map(
    (spec) => `        '${spec.name}' = @(${quote([...choicesOf(spec), ...optionWords(spec)])})`,
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
