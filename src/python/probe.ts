import { closeSync, openSync, readSync } from 'node:fs';
import { TspmError } from '../errors.ts';
import { readElf, readMuslVersion, type ElfFacts } from './elf.ts';
import { readFacts, type InterpreterFacts } from './facts.ts';
import { PROBE_PROGRAM, PROBE_SENTINEL } from './probe-program.ts';
import { type QuietOutcome, runQuietly } from './run-quietly.ts';

/** Runs the interpreter at `path` once and returns its facts. Throws TSPM_PYTHON_BROKEN when it is none, fails or takes longer than 10 s. */
export async function runProbe(path: string, env?: NodeJS.ProcessEnv): Promise<InterpreterFacts> {
  const result = await runQuietly(path, ['-I', '-c', PROBE_PROGRAM], { env });
  const answer = parseAnswer(result.stdout);
  if (answer === undefined) throw broken(path, result);
  const elf = readExecutable(answer.executable);
  return {
    ...answer,
    loader: elf?.loader,
    glibc: elf !== undefined && isSoftFloatArm(answer, elf) ? undefined : answer.glibc,
    musl: await muslVersion(elf?.loader),
  };
}

function parseAnswer(stdout: string): InterpreterFacts | undefined {
  const json = stdout.split(PROBE_SENTINEL)[1];
  if (json === undefined) return undefined;
  try {
    return readFacts(JSON.parse(json));
  } catch {
    return undefined;
  }
}

function broken(path: string, outcome: QuietOutcome): TspmError {
  const lastLine = outcome.stderr.trim().split('\n').at(-1)?.trim();
  const reason = [outcome.failure ?? 'its answer is not readable', lastLine].filter(Boolean).join(', ');
  return new TspmError('TSPM_PYTHON_BROKEN', `${path} does not work as a Python interpreter: ${reason.slice(0, 300)}`, {
    context: { path },
  });
}

function readExecutable(path: string): ElfFacts | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    return readElf((offset, length) => {
      const buffer = Buffer.alloc(Math.min(length, 1 << 16));
      return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, offset));
    });
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** The manylinux policies for 32-bit ARM hold for hardware floating point alone. */
function isSoftFloatArm(facts: InterpreterFacts, elf: ElfFacts): boolean {
  return facts.platform === 'linux-armv7l' && !elf.hardFloatArm;
}

async function muslVersion(loader: string | undefined): Promise<readonly [number, number] | undefined> {
  if (loader === undefined || !loader.includes('musl')) return undefined;
  const { stderr } = await runQuietly(loader, []);
  return readMuslVersion(stderr);
}
