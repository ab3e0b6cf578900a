/** The user's `keyring` program, asked as pip and PDM ask it. */
import { spawn } from 'node:child_process';
import type { Credentials } from './credentials.ts';
import type { Env } from './proxy.ts';

/** Passwords by service and user name. Whatever goes wrong counts as "not there". */
export interface Keyring {
  /** What is stored for a service: of this user, else of any user the program finds, else of PDM's `__token__`. */
  credentials(service: string, username: string | undefined): Promise<Credentials | undefined>;
  password(service: string, username: string): Promise<string | undefined>;
  /** False once the program was looked for and is not there. */
  readonly isThere: boolean;
  /** Whether it was stored. */
  save(service: string, credentials: Credentials): Promise<boolean>;
}

/** The keyring of the user; each call starts the program, which has `timeoutSeconds` to answer. */
export function createKeyring(env: Env, timeoutSeconds: number): Keyring {
  let isThere = true;
  const run = (args: readonly string[], input?: string): Promise<string | undefined> => {
    const onMissing = (): void => {
      isThere = false;
    };
    return runKeyring(args, { env, milliseconds: timeoutSeconds * 1000, input, onMissing });
  };
  const password = async (service: string, username: string): Promise<string | undefined> =>
    (await run(['get', service, username]))?.replace(/\r?\n$/, '');
  return {
    password,
    get isThere() {
      return isThere;
    },
    async credentials(service, username) {
      if (username === undefined) {
        const stored = parseCredentials(await run(['--mode', 'creds', '--output', 'json', 'get', service]));
        if (stored !== undefined) return stored;
      }
      const user = username ?? '__token__';
      const found = await password(service, user);
      return found === undefined ? undefined : { username: user, password: found };
    },
    save: async (service, { username, password: secret }) =>
      (await run(['set', service, username], secret)) !== undefined,
  };
}

interface Run {
  readonly env: Env;
  readonly milliseconds: number;
  readonly input: string | undefined;
  readonly onMissing: () => void;
}

/** What the program prints; undefined when there is none, it fails, or takes too long. */
function runKeyring(
  args: readonly string[],
  { env, milliseconds, input, onMissing }: Run,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn('keyring', args, {
      // A relative folder of PATH must not be one of the project's.
      cwd: '/',
      env: { ...env, PYTHONIOENCODING: 'utf-8' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    // Not the option `timeout` of spawn: its timer outlives a program that could not be started.
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      // What the program started may still hold its output open.
      child.stdout.destroy();
    }, milliseconds);
    const end = (output: string | undefined): void => {
      clearTimeout(timer);
      resolve(output);
    };
    const printed: Buffer[] = [];
    child.on('error', () => {
      onMissing();
      end(undefined);
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    child.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
    child.on('close', (status) => end(status === 0 ? Buffer.concat(printed).toString('utf8') : undefined));
  });
}

/** `{"username": …, "password": …}`, as the program prints it from version 25.2 on. */
function parseCredentials(text: string | undefined): Credentials | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value !== 'object' || value === null || !('username' in value) || !('password' in value))
      return undefined;
    const { username, password } = value;
    return typeof username === 'string' && typeof password === 'string' ? { username, password } : undefined;
  } catch {
    return undefined;
  }
}
