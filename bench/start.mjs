// Start-up as ratios to bare Node: --version, --help, a sync with nothing to do, a warm sync of 15 packages.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { report, runOnce, scratch, time, tspm, writeProject, writeWheel } from './support.mjs';

const node = process.env.TSPM_BENCH_NODE ?? process.execPath;
const folder = scratch();
const wheels = join(folder, 'wheels');
mkdirSync(wheels);
const names = Array.from({ length: 15 }, (_, i) => `bench-pkg-${i}`);
for (const name of names) await writeWheel(wheels, { name, files: 40, bytes: 2000 });
const env = { PDM_CACHE_DIR: join(folder, 'cache'), XDG_CONFIG_HOME: join(folder, 'config'), NO_COLOR: '1' };

console.log(
  `start-up on ${runOnce(node, ['--version'], {}).stdout.trim()} (min, median, max; ratio of the medians to bare Node)`,
);
const bare = time(node, ['-e', '0'], { runs: 31 });
report('node -e 0', bare);
report('tspm --version', time(node, [tspm, '--version'], { runs: 31 }), bare);
report('tspm --help', time(node, [tspm, '--help'], { runs: 31 }), bare);

for (const method of ['symlink', 'hardlink', 'copy', 'off']) {
  const project = writeProject(join(folder, `project-${method}`), wheels, names);
  const config = (key, value) => runOnce(node, [tspm, 'config', '--local', key, value], { cwd: project, env });
  config('install.cache', method === 'off' ? 'false' : 'on');
  if (method !== 'off') config('install.cache_method', method);
  runOnce(node, [tspm, 'lock'], { cwd: project, env });
  runOnce(node, [tspm, 'sync', '--no-self'], { cwd: project, env });
  const options = { cwd: project, env };
  report(
    `no-op sync, 15 packages, ${label(method)}`,
    time(node, [tspm, 'sync', '--no-self'], { ...options, runs: 21 }),
    bare,
  );
  const before = () => rmSync(join(project, '__pypackages__'), { recursive: true });
  report(
    `warm sync, 15 packages, ${label(method)}`,
    time(node, [tspm, 'sync', '--no-self'], { ...options, before }),
    bare,
  );
}

function label(method) {
  return method === 'off' ? 'cache off' : method;
}
