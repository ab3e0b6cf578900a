// Warm syncs from a filled cache beside uv (a target folder, from its filled cache), in one run: wall and processor time as ratios, and calls that name files
// when strace is on PATH. Then the first sync of one wheel of about 500 MB, pinned to one core: MB/s of unpacked bytes and peak memory.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOnce, scratch, tool, tspm, writeProject, writeWheel } from './support.mjs';

const RUNS = 9;
const METHODS = ['symlink', 'hardlink', 'copy'];
const strace = tool('strace');
const uv = tool('uv');
const folder = scratch();
console.log(
  `medians of ${RUNS} runs one after the other; load of the machine ${readFileSync('/proc/loadavg', 'utf8').trim()}`,
);
for (const [packages, files] of [
  [37, 100],
  [97, 123],
  [1, 12_000],
])
  await compare(packages, files);
await unpackLarge();

async function compare(packages, files) {
  const place = join(folder, `${packages}`);
  const wheels = join(place, 'wheels');
  mkdirSync(wheels, { recursive: true });
  const names = Array.from({ length: packages }, (_, i) => `bench-pkg-${i}`);
  for (const name of names) await writeWheel(wheels, { name, files: files - 4, bytes: 2000 });
  const cases = [{ label: 'node -e 0', command: process.execPath, args: ['-e', '0'], cwd: place, before: () => {} }];
  for (const method of METHODS) cases.push(tspmCase(place, { wheels, names, method }));
  if (uv !== undefined) for (const method of METHODS.slice(1)) cases.push(uvCase(place, { wheels, names, method }));
  const times = new Map(cases.map((one) => [one, []]));
  for (let i = -1; i < RUNS; i++)
    for (const one of cases) {
      const figures = measure(one);
      if (i >= 0) times.get(one).push(figures);
    }
  console.log(`\n${packages} wheels with ${(packages * files).toLocaleString('en')} files`);
  const wall = (one) => median(times.get(one).map((figures) => figures.wall));
  const reference = cases.find(({ label }) => label === 'uv hardlink');
  for (const one of cases) {
    const processor = median(times.get(one).map((figures) => figures.processor));
    const ratio = reference === undefined ? '' : `  ${(wall(one) / wall(reference)).toFixed(2)} x uv hardlink`;
    const calls = strace === undefined ? '' : `  ${countCalls(one)} file operations`;
    console.log(
      `${one.label.padEnd(16)}${wall(one).toFixed(0).padStart(6)} ms wall${processor.toFixed(0).padStart(6)} ms processor${ratio}${calls}`,
    );
  }
}

function tspmCase(place, { wheels, names, method }) {
  const cwd = writeProject(join(place, method), wheels, names);
  const env = { PDM_CACHE_DIR: join(place, 'cache'), XDG_CONFIG_HOME: join(place, 'config'), NO_COLOR: '1' };
  const run = (...args) => runOnce(process.execPath, [tspm, ...args], { cwd, env });
  run('config', '--local', 'install.cache', 'on');
  run('config', '--local', 'install.cache_method', method);
  run('lock');
  run('sync', '--no-self');
  const before = () => rmSync(join(cwd, '__pypackages__'), { recursive: true });
  return { label: `tspm ${method}`, command: process.execPath, args: [tspm, 'sync', '--no-self'], cwd, env, before };
}

function uvCase(place, { wheels, names, method }) {
  const target = join(place, 'uv-target');
  const list = join(place, 'requirements.txt');
  writeFileSync(list, names.map((name) => `${name}==1.0\n`).join(''));
  const args = ['pip', 'install', '-q', '--offline', '--no-index', '--find-links', wheels, '--no-deps'];
  return {
    label: `uv ${method}`,
    command: uv,
    args: [...args, '--link-mode', method, '--target', target, '-r', list],
    cwd: place,
    env: { UV_CACHE_DIR: join(place, 'uv-cache'), UV_NO_CONFIG: '1', UV_PYTHON_DOWNLOADS: 'never' },
    before: () => rmSync(target, { recursive: true, force: true }),
  };
}

/** Wall and processor time of one run, in ms. */
function measure({ command, args, cwd, env, before }) {
  before();
  const start = process.hrtime.bigint();
  const { stderr } = runOnce('/usr/bin/time', ['-f', '%U %S', command, ...args], { cwd, env });
  const wall = Number(process.hrtime.bigint() - start) / 1e6;
  const [user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { wall, processor: (user + system) * 1000 };
}

/** System calls that name a file, the start of the process included. */
function countCalls({ command, args, cwd, env, before }) {
  before();
  const counts = join(folder, 'counts');
  const options = ['-f', '-qq', '-c', '-o', counts, '-e', 'trace=%file'];
  const { status } = spawnSync(strace, [...options, command, ...args], { cwd, env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`the counted run failed (${status})`);
  const total = readFileSync(counts, 'utf8')
    .split('\n')
    .find((line) => line.trimEnd().endsWith('total'));
  return total.trim().split(/\s+/)[3];
}

async function unpackLarge() {
  for (const [label, place] of [
    ['disk', join(folder, 'large')],
    ['tmpfs', '/dev/shm/tspm-bench-large'],
  ]) {
    if (label === 'tmpfs' && !existsSync('/dev/shm')) continue;
    process.on('exit', () => rmSync(place, { recursive: true, force: true }));
    const wheels = join(place, 'wheels');
    mkdirSync(wheels, { recursive: true });
    const megabytes = 500;
    await writeWheel(wheels, { name: 'bench-large', files: 400, bytes: (megabytes * 1e6) / 400 });
    const { command, args, cwd, env, before } = tspmCase(place, { wheels, names: ['bench-large'], method: 'symlink' });
    const pinned = tool('taskset') === undefined ? [] : ['taskset', '-c', '0'];
    let best = { seconds: Infinity, memory: 0 };
    for (let i = 0; i < 3; i++) {
      before();
      rmSync(join(env.PDM_CACHE_DIR, 'store-v1'), { recursive: true, force: true });
      const { stderr } = runOnce('/usr/bin/time', ['-f', '%U %S %M', ...pinned, command, ...args], { cwd, env });
      const [user, system, memory] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
      if (user + system < best.seconds) best = { seconds: user + system, memory: memory / 1024 };
    }
    const rate = (megabytes / best.seconds).toFixed(0);
    console.log(
      `\n${megabytes} MB unpacked on ${label}, whole process: ${rate} MB for each second of processor time, peak memory ${best.memory.toFixed(0)} MB`,
    );
  }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
