import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { testPython } from '../../support/python.ts';
import { buildWheel, type WheelSpec } from '../../support/wheel.ts';
import { wantedOf, type TestProject } from './project.ts';
import type { SyncOrder } from './sync-child.ts';

/** Whether single system calls of a process can be made to kill it. */
export const hasStrace = spawnSync('strace', ['-V']).status === 0 && process.platform === 'linux';

/** Bundles the process that syncs once into `folder`, and gives the path of its program. */
export async function buildChild(folder: string): Promise<string> {
  const outfile = join(folder, 'sync-child.mjs');
  const entry = fileURLToPath(new URL('sync-child.ts', import.meta.url));
  // CommonJS dependencies ask for what an ES module does not have by itself.
  const banner = {
    js: [
      "import { createRequire } from 'node:module';",
      'const require = createRequire(import.meta.url);',
      'const __filename = import.meta.filename;',
    ].join(' '),
  };
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner,
    logLevel: 'error',
  });
  return outfile;
}

/** An order file for the process; the wheels are put into the store of the project, so that the process has only to install. */
export async function writeOrder(
  project: TestProject,
  name: string,
  wish: {
    readonly method: SyncOrder['method'];
    readonly specs: readonly WheelSpec[];
    readonly removals?: readonly string[];
  },
): Promise<string> {
  const wheels = wish.specs.map((spec) => ({ spec, built: buildWheel(spec) }));
  for (const { built } of wheels) await project.source(built, { archive: false, outlined: false });
  const wanted = wheels.map(({ spec, built }) => wantedOf(spec, built));
  const { method, removals = [] } = wish;
  const order: SyncOrder = {
    root: project.root,
    cacheDir: project.store.cacheDir,
    python: testPython(),
    method,
    wanted,
    removals,
  };
  const folder = join(project.root, '..', 'orders');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(order));
  return path;
}

/** Calls of one run by system call, as `strace -c` counts them, `node` itself included. */
export function countCalls(child: string, order: string, calls: string): Map<string, number> {
  const counts = `${order}.counts`;
  const run = strace(['-c', '-S', 'name', '-U', 'calls,name', '-o', counts, '-e', `trace=${calls}`], child, order);
  if (run.status !== 0) throw new Error(`the counted run failed: ${run.stderr}`);
  const rows = spawnSync('cat', [counts], { encoding: 'utf8' }).stdout.split('\n');
  const found = rows.flatMap((row) => {
    const match = /^\s*(\d+)\s+(\w+)\s*$/u.exec(row);
    return match === null || match[2] === 'total' ? [] : [match];
  });
  return new Map(found.map(([, count = '0', name = '']) => [name, Number(count)]));
}

function strace(options: readonly string[], child: string, order: string): ReturnType<typeof spawnText> {
  return spawnText(['-f', ...options, process.execPath, child, order]);
}

function spawnText(args: readonly string[]): { status: number | null; signal: string | null; stderr: string } {
  // Calls are counted by thread: with one worker the counts are the same in every run.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
  const { status, signal, stderr } = spawnSync('strace', args, { encoding: 'utf8', env });
  return { status, signal, stderr };
}
