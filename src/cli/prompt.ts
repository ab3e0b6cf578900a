import { createInterface } from 'node:readline';
import { TspmError } from '../errors.ts';

/** One question. The answer `''` means the default. */
interface Question {
  readonly message: string;
  readonly default: string | undefined;
  /** What to give on the command line instead, for the error when nobody answers: `--name`. */
  readonly option: string;
}

/** Asks questions one after the other; answers may also come from a pipe. `close` must be called at the end. */
export interface Prompter {
  /** The answer, trimmed. When input has ended: the default, else TSPM_USAGE naming the option. */
  text(question: Question): Promise<string>;
  confirm(question: { readonly message: string; readonly default: boolean }): Promise<boolean>;
  /** Shows a line above the questions that follow. */
  tell(line: string): void;
  /** Position of the choice. */
  choose(message: string, choices: readonly string[]): Promise<number>;
  close(): void;
}

/** Opens a prompter on a pair of streams. Lines that arrive before their question are kept for it. */
export function openPrompter(input: NodeJS.ReadableStream, write: (text: string) => void): Prompter {
  return prompterOf(openLines(input), write);
}

/** How long a pipe may take to give a line, in milliseconds, before nobody is thought to be there. */
const PATIENCE = 1000;

/**
 * A prompter on answers that were piped in, which are shown behind their questions; undefined when none comes: a pipe that is open and
 * silent must not hold anything up.
 */
export async function openPipedPrompter(
  input: NodeJS.ReadableStream,
  write: (text: string) => void,
): Promise<Prompter | undefined> {
  const lines = openLines(input);
  const next = async (): Promise<string | undefined> => {
    const silence = setTimeout(() => lines.close(), PATIENCE);
    const line = await lines.next();
    clearTimeout(silence);
    return line;
  };
  let first = await next();
  if (first === undefined) {
    lines.close();
    return undefined;
  }
  const shown = async (): Promise<string | undefined> => {
    const line = first ?? (await next());
    first = undefined;
    if (line !== undefined) write(`${line}\n`);
    return line;
  };
  return prompterOf({ next: shown, close: () => lines.close() }, write);
}

function prompterOf(lines: Lines, write: (text: string) => void): Prompter {
  const ask = async (message: string, fallback: string | undefined): Promise<string | undefined> => {
    write(`${message}${fallback === undefined || fallback === '' ? '' : ` (${fallback})`}: `);
    const line = await lines.next();
    if (line === undefined) write('\n');
    return line?.trim() || undefined;
  };
  return {
    text: async (question) => {
      const answer = (await ask(question.message, question.default)) ?? question.default;
      if (answer !== undefined) return answer;
      throw new TspmError('TSPM_USAGE', `${question.message} is not answered`, { hint: `give ${question.option}` });
    },
    confirm: async ({ message, default: fallback }) => {
      for (;;) {
        const answer = (await ask(`${message} [y/n]`, fallback ? 'y' : 'n'))?.toLowerCase();
        if (answer === undefined) return fallback;
        if (['y', 'yes'].includes(answer)) return true;
        if (['n', 'no'].includes(answer)) return false;
        write('Please answer y or n\n');
      }
    },
    tell: (line) => write(`${line}\n`),
    choose: async (message, choices) => {
      for (const [index, choice] of choices.entries()) write(`${index}. ${choice}\n`);
      for (;;) {
        const answer = await ask(message, '0');
        if (answer === undefined) return 0;
        if (/^\d+$/.test(answer) && Number(answer) < choices.length) return Number(answer);
        write(`Please give a number from 0 to ${choices.length - 1}\n`);
      }
    },
    close: () => lines.close(),
  };
}

interface Lines {
  /** The next line; undefined at the end of input. */
  next(): Promise<string | undefined>;
  close(): void;
}

function openLines(input: NodeJS.ReadableStream): Lines {
  const reader = createInterface({ input, terminal: false });
  const kept: string[] = [];
  const waiting: ((line: string | undefined) => void)[] = [];
  let ended = false;
  reader.on('line', (line) => {
    const first = waiting.shift();
    if (first === undefined) kept.push(line);
    else first(line);
  });
  reader.on('close', () => {
    ended = true;
    for (const resolve of waiting.splice(0)) resolve(undefined);
  });
  return {
    next: async () => {
      const line = kept.shift();
      if (line !== undefined || ended) return line;
      return await new Promise((resolve) => waiting.push(resolve));
    },
    close: () => reader.close(),
  };
}
