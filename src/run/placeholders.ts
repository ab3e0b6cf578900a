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

const PLACEHOLDER = /\{(?:(args)(?::([^}]*))?|(pdm)|(run_cwd))\}/g;
const VARIABLE = /\$\{([A-Za-z_]\w*)\}/g;

/** Replaces `{args}`, `{args:default}`, `{pdm}` and `{run_cwd}`; every other brace stays. */
export function fillPlaceholders(text: string, values: PlaceholderValues): FilledText {
  let usedArgs = false;
  const filled = text.replaceAll(PLACEHOLDER, (_, args?: string, fallback?: string, pdm?: string) => {
    if (args === undefined) return pdm === undefined ? quoteWord(values.runCwd) : quoteWords(values.reinvoke);
    usedArgs = true;
    return values.args.length > 0 ? quoteWords(values.args) : (fallback ?? '');
  });
  return { text: filled, usedArgs };
}

/** Whether a text has any placeholder; such words of an array are split after they are filled. */
export function hasPlaceholder(text: string): boolean {
  return text.search(PLACEHOLDER) >= 0;
}

/** Replaces `${NAME}`; a variable that is not set is empty. */
export function expandVariables(text: string, env: Environment): string {
  return text.replaceAll(VARIABLE, (_, name: string) => env[name] ?? '');
}
