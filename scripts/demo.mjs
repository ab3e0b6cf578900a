// `npm run demo`: set-up, then the main job on fixtures/demo-project with the packages of fixtures/wheels; no network is used
// once npm's packages are there. Everything happens in a temporary folder.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, ensureDependencies, root } from './setup.mjs';

const began = performance.now();
ensureDependencies();
build();
console.log(`Set-up done in ${seconds(performance.now() - began)}.`);

// The one that starts without Node where it can.
const command = join(root, process.platform === 'win32' ? 'dist/tspm.js' : 'dist/tspm.sh');
const folder = mkdtempSync(join(tmpdir(), 'tspm-demo-'));
const project = join(folder, 'demo-project');
const env = {
  ...process.env,
  PDM_CACHE_DIR: join(folder, 'cache'),
  XDG_CONFIG_HOME: join(folder, 'config'),
  PDM_CHECK_UPDATE: '0',
};
try {
  cpSync(join(root, 'fixtures/demo-project'), project, { recursive: true });
  cpSync(join(root, 'fixtures/wheels'), join(folder, 'wheels'), { recursive: true });

  step('Cold sync: the wheels of pdm.lock are verified and unpacked into __pypackages__', ['sync', '--no-self']);
  step('Warm sync: everything is in place', ['sync', '--no-self']);
  step('Run a script with its packages', ['run', 'python', 'report.py']);
  step('Run a command that a package brings', ['run', 'demo-report']);
  step('What is installed', ['list']);

  const moved = join(folder, 'moved', 'elsewhere');
  cpSync(project, moved, { recursive: true });
  rmSync(project, { recursive: true });
  step('The project, moved to another folder, still runs', ['run', 'python', 'report.py'], moved);
  const python = `__pypackages__/${readdirSync(join(moved, '__pypackages__')).find((name) => !name.startsWith('.'))}`;
  if (!existsSync(join(moved, python, 'lib', 'demo_table')))
    throw new Error('the moved packages are not where they should be');

  console.log(`\nAll of it, set-up included, took ${seconds(performance.now() - began)}.`);
  console.log(`Try next: mkdir my-project && cd my-project && ${command} init -n && ${command} add requests`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function step(title, args, cwd = project) {
  console.log(`\n== ${title}\n$ tspm ${args.join(' ')}`);
  const start = performance.now();
  const { status } = spawnSync(process.execPath, [join(root, 'dist/tspm.js'), ...args], { cwd, env, stdio: 'inherit' });
  if (status !== 0) throw new Error(`tspm ${args.join(' ')} ended with ${status}`);
  console.log(`   (${seconds(performance.now() - start)})`);
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
