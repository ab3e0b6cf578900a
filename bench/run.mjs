// All benchmarks, or those named on the command line: node bench/run.mjs start extract
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, ensureDependencies, run } from '../scripts/setup.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const known = readdirSync(folder)
  .filter((name) => name.endsWith('.mjs') && !['run.mjs', 'support.mjs'].includes(name))
  .map((name) => name.slice(0, -4))
  .sort();
const chosen = process.argv.length > 2 ? process.argv.slice(2) : known;
ensureDependencies();
build();
for (const name of chosen) {
  if (!known.includes(name)) throw new Error(`no benchmark ${name}; there are ${known.join(', ')}`);
  console.log(`\n== ${name}`);
  run(process.execPath, [join(folder, `${name}.mjs`)]);
}
