import type { CommandContext } from './context.ts';

/** One option, as data: parsing, help, completion and the reference come from it. */
export interface OptionSpec {
  /** Long name without dashes; how commands ask for it. */
  readonly name: string;
  readonly summary: string;
  readonly short?: string;
  /** Further long names with the same meaning. */
  readonly aliases?: readonly string[];
  /** Absent: a flag. `list`: may be given again; `comma` also splits each value at commas. */
  readonly value?: {
    readonly label: string;
    readonly optional?: true;
    readonly list?: 'comma' | 'each';
    /** What it may be; anything when left out. */
    readonly choices?: readonly string[];
  };
  /** At most one option with the same mark may be given. */
  readonly exclusive?: string;
  /** Variables that stand for the option when it is not given; see {@link VariableRule}. */
  readonly env?: { readonly names: readonly string[]; readonly rule: VariableRule };
  /** Accepted, but not shown. */
  readonly hidden?: true;
}

/** What makes a variable count: it exists, is not empty, is `1` or `true`, or its text is the value. */
type VariableRule = 'present' | 'filled' | 'true' | 'value';

/** One positional argument. */
export interface ArgumentSpec {
  readonly name: string;
  readonly summary: string;
  readonly required?: true;
  readonly variadic?: true;
  readonly choices?: readonly string[];
}

/** One command, as data. */
export interface CommandSpec {
  readonly name: string;
  /** Other words for it. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  readonly arguments: readonly ArgumentSpec[];
  readonly examples: readonly string[];
  /** Everything from the first argument on belongs to another program. */
  readonly passThrough?: true;
  /** The project is the current folder, never one above it. */
  readonly here?: true;
  /** In a member of a workspace: it is about the member, or has to be run at the root. Absent: it is about the root. */
  readonly inMember?: 'own' | 'refused';
  /** Where the command is; undefined for one that tspm does not have yet. */
  readonly load: (() => Promise<CommandModule>) | undefined;
}

/** What a file in `commands/` exports. */
interface CommandModule {
  /** Carries the command out and returns the exit status. Failures are thrown. */
  run(context: CommandContext, input: ParsedCommand): Promise<number>;
}

/** The options and arguments of one call. Asking for an option the command does not have is a bug and throws. */
export interface ParsedCommand {
  readonly spec: CommandSpec;
  /** Positional arguments. */
  readonly args: readonly string[];
  /** Whether the option was given, on the command line or by its variable. */
  has(option: string): boolean;
  /** How often the option was given. */
  count(option: string): number;
  /** The last value given; an empty text for an option whose value is optional and was left out. */
  value(option: string): string | undefined;
  /** All values given, in order. */
  list(option: string): readonly string[];
}
