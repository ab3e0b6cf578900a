import type { Environment } from '../util/search-path.ts';
import { quoteWord, quoteWords } from './shell-words.ts';

/** What the placeholders of a script stand for. */
export interface PlaceholderValues {
  /** Arguments given after the script's name. */
  readonly args: readonly string[];
  /** The words that start tspm again. */
  readonly reinvoke: readonly string[];
  readonly runCwd: string;
}

/** A script text with its placeholders replaced; `usedArgs` tells whether it said where the arguments go. */
export interface FilledText {
  readonly text: string;
  readonly usedArgs: boolean;
}

const PLACEHOLDER = /\{([^}:]+)(?::([^}]*))?\}/g;
const VARIABLE = /\$\{(.+?)\}/g;

/** Replaces `{args}`, `{args:default}`, `{pdm}` and `{run_cwd}`; every other brace stays. */
export function fillPlaceholders(text: string, values: PlaceholderValues): FilledText {
  const known = new Map([
    ['args', quoteWords(values.args)],
    ['pdm', quoteWords(values.reinvoke)],
    ['run_cwd', quoteWord(values.runCwd)],
  ]);
  let usedArgs = false;
  const filled = text.replaceAll(PLACEHOLDER, (all, name: string, fallback = '') => {
    const value = known.get(name);
    if (value === undefined) return all;
    usedArgs ||= name === 'args';
    return value === '' ? fallback : value;
  });
  return { text: filled, usedArgs };
}

/** Replaces `${NAME}`; a variable that is not set is empty. */
export function expandVariables(text: string, env: Environment): string {
  return text.replaceAll(VARIABLE, (_, name: string) => env[name] ?? '');
}
