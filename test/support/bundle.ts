import { tmpdir } from 'node:os';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

/** Bundles a TypeScript file for a child process of any supported Node and gives the path of the script, in a folder of its own. */
export async function bundleChild(source: URL): Promise<string> {
  const outfile = join(mkdtempSync(join(tmpdir(), 'tspm-child-')), 'child.mjs');
  await build({
    entryPoints: [fileURLToPath(source)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return outfile;
}
