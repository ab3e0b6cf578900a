import { spawn } from 'node:child_process';
import { TspmError } from '../errors.ts';

/** A module to compile. */
export interface Module {
  /** Absolute path of the source. */
  readonly path: string;
  /** What the byte code calls its source; Python puts the real path in its place when it imports. */
  readonly name: string;
  /** The modification time the source gets first, in seconds since the epoch; undefined leaves it. */
  readonly time: number | undefined;
}

/** How to compile. */
export interface CompileRequest {
  readonly executable: string;
  /** The environment of this process: what configures Python in it is left out. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** What came of it. */
export interface Compiled {
  readonly written: number;
  /** Modules whose byte code was there already. */
  readonly fresh: number;
  /** Sources that this Python cannot compile, or whose folder cannot be written. */
  readonly failed: number;
}

/**
 * Compiles modules to byte code beside them (PEP 3147, checked by time and size), in one process, each file replaced as a whole. The bytes follow
 * from the sources, their names and times and the Python alone. Throws TSPM_PYTHON_BROKEN when the process fails.
 */
export async function compileModules(modules: readonly Module[], request: CompileRequest): Promise<Compiled> {
  const { executable, env, signal } = request;
  const own = Object.entries(env).filter(([name]) => !name.startsWith('PYTHON'));
  // Some constants are stored in the order of their hashes, which are random unless they are told not to be.
  const child = spawn(executable, ['-B', '-S', '-s', '-c', PROGRAM], {
    env: { ...Object.fromEntries(own), PYTHONHASHSEED: '0' },
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
  });
  let [answer, complaint] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
  const status = await new Promise<number | string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signalName) => resolve(code ?? signalName ?? undefined));
    // A Python that ends early is told by its status.
    child.stdin.on('error', () => {});
    child.stdin.end(JSON.stringify(modules.map(({ path, name, time }) => [path, name, time ?? null])));
  });
  const [written, fresh, failed] = /^(\d+) (\d+) (\d+)\s*$/u.exec(answer)?.slice(1).map(Number) ?? [];
  if (status === 0 && written !== undefined && fresh !== undefined && failed !== undefined)
    return { written, fresh, failed };
  if (signal.aborted)
    throw new TspmError('TSPM_INTERRUPTED', 'interrupted while compiling; the packages are installed');
  const reason = complaint.trim().split('\n').at(-1) ?? '';
  throw new TspmError('TSPM_PYTHON_BROKEN', `${executable} could not compile: ${reason === '' ? status : reason}`, {
    context: { path: executable },
  });
}

const PROGRAM = `
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import json, os, py_compile
from importlib.util import MAGIC_NUMBER, cache_from_source

def is_fresh(path, target):
    try:
        stats = os.stat(path)
        with open(target, "rb") as file:
            head = file.read(16)
    except OSError:
        return False
    wanted = (0, int(stats.st_mtime) & 0xFFFFFFFF, stats.st_size & 0xFFFFFFFF)
    return head == MAGIC_NUMBER + b"".join(part.to_bytes(4, "little") for part in wanted)

import warnings
warnings.simplefilter("ignore")
sys.setrecursionlimit(10000)
written = fresh = failed = 0
mode = py_compile.PycInvalidationMode.TIMESTAMP
for path, name, time in json.load(sys.stdin):
    target = cache_from_source(path, optimization="")
    try:
        if time is not None and int(os.stat(path).st_mtime) != time:
            os.utime(path, (time, time))
        if is_fresh(path, target):
            fresh += 1
            continue
        py_compile.compile(path, cfile=target, dfile=name, doraise=True, invalidation_mode=mode)
        written += 1
    except (py_compile.PyCompileError, SyntaxError, ValueError, RecursionError, OSError):
        failed += 1
print(written, fresh, failed)
`;
