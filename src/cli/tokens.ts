import { TspmError } from '../errors.ts';
import type { OptionSpec } from './command.ts';

/** A command line cut at its first word that is no option. */
export interface CutTokens {
  readonly head: readonly string[];
  /** Undefined when there is no such word. */
  readonly word: string | undefined;
  readonly tail: readonly string[];
}

/** Cuts at the first word that is neither an option nor the value of one; `--` before it is dropped. */
export function cutAtFirstWord(tokens: readonly string[], options: readonly OptionSpec[]): CutTokens {
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? '';
    if (token === '--') return { head: tokens.slice(0, at), word: tokens[at + 1], tail: tokens.slice(at + 2) };
    if (!isOption(token)) return { head: tokens.slice(0, at), word: token, tail: tokens.slice(at + 1) };
    if (takesNext(token, tokens[at + 1], options)) at += 1;
  }
  return { head: tokens, word: undefined, tail: [] };
}

/** Replaces long options that are the beginning of exactly one name by that name; TSPM_CLI_SYNTAX when there are several. */
export function expandAbbreviations(tokens: readonly string[], options: readonly OptionSpec[]): readonly string[] {
  const expanded: string[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? '';
    if (token === '--') return [...expanded, ...tokens.slice(at)];
    const full = token.startsWith('--') ? expandLong(token, options) : token;
    expanded.push(full);
    if (isOption(full) && takesNext(full, tokens[at + 1], options)) {
      at += 1;
      expanded.push(tokens[at] ?? '');
    }
  }
  return expanded;
}

/** Every long name of the options, aliases included. */
export function longNames(options: readonly OptionSpec[]): string[] {
  return options.flatMap((option) => [option.name, ...(option.aliases ?? [])]);
}

function isOption(token: string): boolean {
  return token.length > 1 && token.startsWith('-');
}

function expandLong(token: string, options: readonly OptionSpec[]): string {
  const [name = '', ...value] = token.slice(2).split('=');
  const names = longNames(options);
  if (names.includes(name)) return token;
  const fitting = names.filter((one) => one.startsWith(name));
  // Names of one option (--with, --without are two) lead to the same place.
  const owners = new Set(fitting.map((one) => options.find((option) => longNames([option]).includes(one))));
  if (owners.size === 0) return token;
  if (owners.size > 1) {
    throw new TspmError('TSPM_CLI_SYNTAX', `option '--${name}' is ambiguous`, {
      hint: `it could be ${fitting.map((one) => `--${one}`).join(', ')}`,
    });
  }
  return [`--${fitting[0]}`, ...value].join('=');
}

/** Whether the option in `token` has its value in the word after it. */
function takesNext(token: string, next: string | undefined, options: readonly OptionSpec[]): boolean {
  const option = token.startsWith('--') ? findLong(token.slice(2), options) : findLastShort(token.slice(1), options);
  if (option?.value === undefined || next === undefined) return false;
  return option.value.optional === undefined || !isOption(next);
}

function findLong(text: string, options: readonly OptionSpec[]): OptionSpec | undefined {
  if (text.includes('=')) return undefined;
  const exact = options.find((option) => longNames([option]).includes(text));
  return exact ?? options.find((option) => longNames([option]).some((name) => name.startsWith(text)));
}

/** The last letter of `-vdG`, if the letters before it are flags; in `-Gtest` the value is in the word itself. */
function findLastShort(letters: string, options: readonly OptionSpec[]): OptionSpec | undefined {
  for (const [index, letter] of letters.split('').entries()) {
    const option = options.find((one) => one.short === letter);
    if (option?.value !== undefined) return index === letters.length - 1 ? option : undefined;
  }
  return undefined;
}
