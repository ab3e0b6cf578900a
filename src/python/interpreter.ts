import { closeSync, openSync, readSync } from 'node:fs';
import type { MarkerEnvironment } from '../packaging/marker.ts';
import type { TagTarget } from '../packaging/tags.ts';
import type { InterpreterFacts } from './facts.ts';
import { openProbeCache } from './probe-cache.ts';
import { tagTargetOf } from './tag-target.ts';

/** A working Python and what tspm needs to know of it. */
export interface Interpreter {
  /** Absolute path as the interpreter itself tells it (`sys.executable`); written into the first line of scripts. */
  readonly executable: string;
  readonly version: readonly [number, number, number];
  /** `3.11.7`, without a pre-release part. */
  readonly versionText: string;
  /** `cpython`, `pypy`, … */
  readonly implementation: string;
  readonly freeThreaded: boolean;
  /** Pointer size: 64 or 32. */
  readonly bits: number;
  /** Name of the folder in `__pypackages__`: `3.11`, `3.13t`, `3.11-32`. */
  readonly ident: string;
  readonly markers: MarkerEnvironment;
  readonly tagTarget: TagTarget;
  readonly glibc: readonly [number, number] | undefined;
  readonly musl: readonly [number, number] | undefined;
  readonly prefix: string;
  readonly basePrefix: string;
}

/** Where answers are kept, and the environment a probe runs in (the one of this process when left out). */
export interface ProbeSettings {
  readonly cacheDir: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Learns what the Python at `path` (absolute) is: from the cache without starting anything, else by one `-I -c` process.
 * A wrapper script, as pyenv's and asdf's shims are, may stand for another Python the next time: it is run each time, and the
 * answer is kept under the executable it led to. Throws TSPM_PYTHON_BROKEN.
 */
export async function probeInterpreter(path: string, settings: ProbeSettings): Promise<Interpreter> {
  const cache = openProbeCache(settings.cacheDir);
  const known = cache.read(path);
  if (known !== undefined) return interpreterOf(known);
  const { runProbe } = await import('./probe.ts');
  const facts = await runProbe(path, settings.env);
  const keptAs = isScript(path) ? facts.executable : path;
  if (!isScript(keptAs)) cache.write(keptAs, facts);
  return interpreterOf(facts);
}

/** The interpreter record of checked facts. */
export function interpreterOf(facts: InterpreterFacts): Interpreter {
  const [major, minor, patch] = facts.version;
  const bits = facts.markers['sys_platform'] === 'win32' && facts.bits === 32 ? '-32' : '';
  return {
    executable: facts.executable,
    version: facts.version,
    versionText: `${major}.${minor}.${patch}`,
    implementation: facts.implementation,
    freeThreaded: facts.freeThreaded,
    bits: facts.bits,
    ident: `${major}.${minor}${facts.freeThreaded ? 't' : ''}${bits}`,
    markers: facts.markers,
    tagTarget: tagTargetOf(facts),
    glibc: facts.glibc,
    musl: facts.musl,
    prefix: facts.prefix,
    basePrefix: facts.basePrefix,
  };
}

/** Whether the file starts with `#!`; also true when it cannot be read, as nothing may then be kept about it. */
function isScript(path: string): boolean {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const start = Buffer.alloc(2);
    readSync(file, start, 0, 2, 0);
    return start.toString('latin1') === '#!';
  } catch {
    return true;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
