// What `npm run demo` and `npm test` need before anything else: development dependencies and a fresh build.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Installs the development dependencies when they are missing or older than the lock file says. */
export function ensureDependencies(folder = root) {
  if (installedMatchesLock(folder)) return;
  console.log(`Installing development dependencies in ${folder}`);
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
}

/** Builds dist/. */
export function build() {
  run(process.execPath, [join(root, 'scripts/build.mjs')], root);
}

/** Runs a command with inherited streams; throws when it fails. */
export function run(command, args, cwd = root, env = process.env) {
  execFileSync(command, args, { cwd, env, stdio: 'inherit' });
}

function installedMatchesLock(folder) {
  const hidden = join(folder, 'node_modules/.package-lock.json');
  if (!existsSync(hidden)) return false;
  const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  const locked = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(locked).every(
    ([path, entry]) => path === '' || entry.optional || installed[path]?.version === entry.version,
  );
}
