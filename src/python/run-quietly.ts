import { spawn } from 'node:child_process';

/** How a program is run. */
export interface QuietRun {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string;
  /** After so long it is killed. */
  readonly milliseconds?: number;
}

/** What a program printed and how it ended; `failure` is undefined for success. */
export interface QuietOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly failure: string | undefined;
}

const TIMEOUT_MILLISECONDS = 10_000;
const OUTPUT_LIMIT = 1 << 20;

/** Runs a program without input and never throws: what went wrong is in `failure`. */
export function runQuietly(path: string, args: readonly string[], run: QuietRun = {}): Promise<QuietOutcome> {
  const { env, cwd, milliseconds = TIMEOUT_MILLISECONDS } = run;
  return new Promise((resolve) => {
    const child = spawn(path, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(env && { env }),
      ...(cwd === undefined ? {} : { cwd }),
    });
    // Node's own time limit goes on for a program that could not be started, and with it the process.
    const limit = setTimeout(() => child.kill('SIGKILL'), milliseconds);
    let stdout = '';
    let stderr = '';
    let failure: string | undefined;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.length > OUTPUT_LIMIT) child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < OUTPUT_LIMIT) stderr += text;
    });
    child.on('error', (error) => {
      clearTimeout(limit);
      failure = error.message;
      resolve({ stdout, stderr, failure });
    });
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      failure ??= signal === null ? (code === 0 ? undefined : `exit status ${code}`) : `stopped by ${signal}`;
      resolve({ stdout, stderr, failure });
    });
  });
}
