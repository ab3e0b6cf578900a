// Extraction of one wheel of about 100 MB into the store, with the sha256 of every file: MB/s of unpacked bytes and peak memory.
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runOnce, scratch, tspm, writeProject, writeWheel } from './support.mjs';

const folder = scratch();
const wheels = join(folder, 'wheels');
mkdirSync(wheels);
const megabytes = 100;
const file = await writeWheel(wheels, { name: 'bench-large', files: 1500, bytes: (megabytes * 1e6) / 1500 });
const project = writeProject(join(folder, 'project'), wheels, ['bench-large']);
const env = { PDM_CACHE_DIR: join(folder, 'cache'), XDG_CONFIG_HOME: join(folder, 'config'), NO_COLOR: '1' };
runOnce(process.execPath, [tspm, 'config', '--local', 'install.cache', 'on'], { cwd: project, env });
runOnce(process.execPath, [tspm, 'lock'], { cwd: project, env });

let best = Infinity;
let memory = 0;
for (let i = 0; i < 5; i++) {
  rmSync(join(folder, 'cache/store-v1'), { recursive: true, force: true });
  rmSync(join(project, '__pypackages__'), { recursive: true, force: true });
  const start = process.hrtime.bigint();
  const { stderr } = runOnce('/usr/bin/time', ['-f', '%M', process.execPath, tspm, 'sync', '--no-self'], {
    cwd: project,
    env,
  });
  best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e6);
  memory = Math.max(memory, Number(stderr.trim().split('\n').at(-1)) / 1024);
}
console.log(
  `wheel of ${(statSync(file).size / 1e6).toFixed(0)} MB, ${megabytes} MB unpacked, 1,500 files, whole process with fsync`,
);
console.log(
  `best of 5: ${best.toFixed(0)} ms, ${((megabytes * 1000) / best).toFixed(0)} MB/s; peak memory ${memory.toFixed(0)} MB`,
);
