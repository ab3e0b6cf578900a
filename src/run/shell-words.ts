import { quote, split } from 'shlex';
import { TspmError } from '../errors.ts';

/** Splits a command line by POSIX shell rules, as Python's `shlex.split`. Throws TSPM_SCRIPT_INVALID for an open quote; `where` names the line. */
export function splitWords(line: string, where: string): readonly string[] {
  try {
    return split(line);
  } catch (error) {
    throw new TspmError('TSPM_SCRIPT_INVALID', `${where} has a quotation mark that is not closed: ${line}`, {
      cause: error,
    });
  }
}

/** One word in the form in which a POSIX shell reads it back. */
export function quoteWord(word: string): string {
  return quote(word);
}

/** Several words as one command line. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}
