import { stdin } from 'node:process';
import { TspmError } from '../errors.ts';
import type { LoginPrompt } from '../ports.ts';
import type { CommandContext } from './context.ts';
import { openPrompter, type Prompter } from './prompt.ts';

/** Asks on the terminal for user names and passwords, one source after the other; an interrupt ends the question. */
export function loginPrompt(context: CommandContext): LoginPrompt {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(() => withoutProgress(context, work));
    last = done.catch(() => undefined);
    return done;
  };
  return {
    ask: ({ url, source, username }) =>
      inTurn(async () => {
        const place = source === undefined ? url : `source "${source}" (${url})`;
        context.output.write(`${place} wants a user name and password\n`);
        const user = username ?? (await typed(context, (prompter) => prompter.text(question('User name'))));
        if (stdin.readableEnded) return undefined;
        const password = await readSecret(context, 'Password: ');
        return password === undefined || user + password === '' ? undefined : { username: user, password };
      }),
    confirmSaving: (url) =>
      inTurn(() =>
        typed(context, (prompter) =>
          prompter.confirm({ message: `Keep the password for ${url} in the keyring?`, default: false }),
        ),
      ),
  };
}

function question(message: string): { readonly message: string; readonly default: string; readonly option: string } {
  return { message, default: '', option: message };
}

async function withoutProgress<T>({ reporter }: CommandContext, work: () => Promise<T>): Promise<T> {
  const release = reporter.hold();
  try {
    return await work();
  } finally {
    release();
  }
}

async function typed<T>(context: CommandContext, ask: (prompter: Prompter) => Promise<T>): Promise<T> {
  const prompter = openPrompter(stdin, (text) => context.output.write(text));
  const stop = (): void => prompter.close();
  context.signal.addEventListener('abort', stop);
  try {
    const answer = await ask(prompter);
    if (context.signal.aborted) throw interrupted();
    return answer;
  } finally {
    context.signal.removeEventListener('abort', stop);
    prompter.close();
  }
}

const INTERRUPT = '\u0003';
const END_OF_INPUT = '\u0004';
const ERASE: ReadonlySet<string> = new Set(['\b', '\u007f']);

function interrupted(): TspmError {
  return new TspmError('TSPM_INTERRUPTED', 'interrupted');
}

/** One line that is not shown while it is typed; undefined at the end of input. Throws TSPM_INTERRUPTED. */
function readSecret(context: CommandContext, label: string): Promise<string | undefined> {
  stdin.setRawMode(true);
  context.output.write(label);
  stdin.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    const characters: string[] = [];
    const close = (): void => {
      stdin.off('data', read);
      context.signal.removeEventListener('abort', stop);
      stdin.setRawMode(false);
      stdin.pause();
      context.output.write('\n');
    };
    const stop = (): void => {
      close();
      reject(interrupted());
    };
    const end = (secret?: string): void => {
      close();
      resolve(secret);
    };
    const read = (chunk: string): void => {
      for (const character of chunk) {
        if (character === '\r' || character === '\n') return end(characters.join(''));
        if (character === END_OF_INPUT) return end();
        if (character === INTERRUPT) {
          return stop();
        }
        if (ERASE.has(character)) characters.pop();
        else characters.push(character);
      }
    };
    stdin.on('data', read);
    context.signal.addEventListener('abort', stop);
    stdin.resume();
  });
}
