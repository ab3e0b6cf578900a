import { tmpdir } from 'node:os';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

/** Bundles `test/support/<name>.ts` for a child process of any supported Node and gives the path of the script. */
export async function bundleChild(name: string): Promise<string> {
  const outfile = join(mkdtempSync(join(tmpdir(), 'tspm-child-')), `${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`./${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return outfile;
}
