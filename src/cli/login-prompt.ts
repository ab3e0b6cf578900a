import { stdin } from 'node:process';
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
    return await ask(prompter);
  } finally {
    context.signal.removeEventListener('abort', stop);
    prompter.close();
  }
}

const INTERRUPT = '\u0003';
const END_OF_INPUT = '\u0004';
const ERASE: ReadonlySet<string> = new Set(['\b', '\u007f']);

/** One line that is not shown while it is typed; undefined at the end of input and after an interrupt. */
function readSecret(context: CommandContext, label: string): Promise<string | undefined> {
  context.output.write(label);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  return new Promise((resolve) => {
    const characters: string[] = [];
    const end = (secret?: string): void => {
      stdin.off('data', read);
      stdin.setRawMode(false);
      stdin.pause();
      context.output.write('\n');
      resolve(secret);
    };
    const read = (chunk: string): void => {
      for (const character of chunk) {
        if (character === '\r' || character === '\n') return end(characters.join(''));
        if (character === END_OF_INPUT) return end();
        if (character === INTERRUPT) {
          end();
          // The terminal does not make the signal in raw mode.
          process.kill(process.pid, 'SIGINT');
          return;
        }
        if (ERASE.has(character)) characters.pop();
        else characters.push(character);
      }
    };
    stdin.on('data', read);
    stdin.resume();
  });
}
