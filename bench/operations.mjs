// System calls on files of a warm sync by link method, for wheels of 10 and of 1,000 files: with symlinks they grow with packages only.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runOnce, scratch, tool, tspm, writeProject, writeWheel } from './support.mjs';

const CALLS = 'openat,mkdir,rename,link,symlink,unlink,rmdir,fsync,chmod,write,copy_file_range';
const strace = tool('strace');
if (strace === undefined) {
  console.log('strace is not on PATH, nothing is counted');
} else {
  const folder = scratch();
  console.log(`calls of ${CALLS.replaceAll(',', ', ')}; Node's own start-up included`);
  for (const [packages, files] of [
    [5, 10],
    [5, 1000],
    [15, 10],
  ]) {
    const wheels = join(folder, `wheels-${packages}-${files}`);
    mkdirSync(wheels);
    const names = Array.from({ length: packages }, (_, i) => `bench-pkg-${i}`);
    for (const name of names) await writeWheel(wheels, { name, files, bytes: 500 });
    for (const method of ['symlink', 'pth', 'hardlink', 'copy'])
      console.log(row(folder, { wheels, names, files, method }));
  }
}

function row(folder, { wheels, names, files, method }) {
  const project = writeProject(join(folder, `project-${names.length}-${files}-${method}`), wheels, names);
  const env = { PDM_CACHE_DIR: join(folder, 'cache'), XDG_CONFIG_HOME: join(folder, 'config'), NO_COLOR: '1' };
  const options = { cwd: project, env };
  for (const [key, value] of [
    ['install.cache', 'on'],
    ['install.cache_method', method],
  ]) {
    runOnce(process.execPath, [tspm, 'config', '--local', key, value], options);
  }
  runOnce(process.execPath, [tspm, 'lock'], options);
  runOnce(process.execPath, [tspm, 'sync', '--no-self'], options);
  rmSync(join(project, '__pypackages__'), { recursive: true });
  const counts = join(folder, 'counts');
  const args = ['-f', '-qq', '-c', '-o', counts, '-e', `trace=${CALLS}`, process.execPath, tspm, 'sync', '--no-self'];
  const { status } = spawnSync(strace, args, { cwd: project, env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`the counted sync failed (${status})`);
  const total = readFileSync(counts, 'utf8')
    .split('\n')
    .find((line) => line.trimEnd().endsWith('total'));
  return `${String(names.length).padStart(3)} wheels of ${String(files).padStart(5)} files, ${method.padEnd(8)} ${total.trim().split(/\s+/)[3].padStart(7)} calls`;
}
