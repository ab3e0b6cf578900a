// Warm syncs from a filled cache by the command as it is installed, each method in turn with uv's (a target folder, from its filled cache): wall and processor
// time as ratios, and calls that name files when strace is on PATH. By links the same lock was synced before, so that there is a recipe (docs/run.md);
// "first" is without one, by Node. On the disk, and (times alone) in memory where there is a /dev/shm, as disks vary. What a run has made is moved
// aside, not deleted: ext4 makes new files slowly for half a minute after very many were deleted. Then the first sync of one wheel of about 500 MB,
// pinned to one core: MB/s of unpacked bytes and peak memory.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { front, runOnce, scratch, tool, tspm, writeProject, writeWheel } from './support.mjs';

const RUNS = 9;
let moved = 0;
/** Each method of tspm with the one of uv that it is measured beside; copies last, as they leave the disk with work to do. */
const METHODS = [
  ['symlink', 'hardlink'],
  ['hardlink', 'hardlink'],
  ['copy', 'copy'],
];
const MEMORY = '/dev/shm';
const strace = tool('strace');
const uv = tool('uv');
const places = [['disk', scratch()]];
if (existsSync(MEMORY)) {
  const folder = mkdtempSync(`${MEMORY}/tspm-bench-`);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  places.push(['tmpfs', folder]);
}
console.log(
  `medians of ${RUNS} runs one after the other; load of the machine ${readFileSync('/proc/loadavg', 'utf8').trim()}`,
);
for (const [packages, files] of [
  [37, 100],
  [97, 123],
  [1, 12_000],
])
  for (const [label, folder] of places) await compare(packages, files, label, join(folder, `${packages}`));
await unpackLarge();

async function compare(packages, files, label, place) {
  const wheels = join(place, 'wheels');
  mkdirSync(wheels, { recursive: true });
  const names = Array.from({ length: packages }, (_, i) => `bench-pkg-${i}`);
  for (const name of names) await writeWheel(wheels, { name, files: files - 4, bytes: 2000 });
  console.log(`\n${packages} wheels with ${(packages * files).toLocaleString('en')} files on ${label}`);
  compareCases([{ label: 'node -e 0', command: process.execPath, args: ['-e', '0'], cwd: place }]);
  for (const [method, ofUv] of METHODS) {
    const again = tspmCase(place, { wheels, names, method });
    const first = { ...again, label: `${again.label}, first`, env: { ...again.env, TSPM_NO_FRONT: '1' } };
    const cases = method === 'copy' ? [first] : [again, first];
    if (uv !== undefined) cases.unshift(uvCase(place, { wheels, names, method: ofUv }));
    compareCases(cases);
  }
}

/** Measures the cases in turn and prints them, the later ones with their ratio to the first. */
function compareCases(cases) {
  const times = cases.map(() => []);
  for (let i = -1; i < RUNS; i++)
    for (const [at, one] of cases.entries()) {
      const figures = measure(one);
      if (i >= 0) times[at].push(figures);
    }
  const wall = times.map((figures) => median(figures.map((one) => one.wall)));
  for (const [at, one] of cases.entries()) {
    const processor = median(times[at].map((figures) => figures.processor));
    const ratio = at === 0 ? '' : `  ${(wall[at] / wall[0]).toFixed(2)} x ${cases[0].label}`;
    const calls = strace === undefined || one.cwd.startsWith(MEMORY) ? '' : `  ${countCalls(one)} file operations`;
    console.log(
      `${one.label.padEnd(22)}${wall[at].toFixed(0).padStart(6)} ms wall${processor.toFixed(0).padStart(6)} ms processor${calls}${ratio}`,
    );
  }
}

function tspmCase(place, { wheels, names, method }) {
  const cwd = writeProject(join(place, method), wheels, names);
  const PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
  const env = {
    PDM_CACHE_DIR: join(place, 'cache'),
    XDG_CACHE_HOME: join(place, 'own'),
    XDG_CONFIG_HOME: join(place, 'config'),
    NO_COLOR: '1',
    PATH,
  };
  const run = (...args) => runOnce(process.execPath, [tspm, ...args], { cwd, env });
  run('config', '--local', 'install.cache', 'on');
  run('config', '--local', 'install.cache_method', method);
  run('lock');
  run('sync', '--no-self');
  const made = join(cwd, '__pypackages__');
  return { label: `tspm ${method}`, command: front, args: ['sync', '--no-self'], cwd, env, made };
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
    made: target,
  };
}

/** Wall and processor time of one run, in ms. */
function measure({ command, args, cwd, env, made }) {
  moveAside(made);
  const start = process.hrtime.bigint();
  const { stderr } = runOnce('/usr/bin/time', ['-f', '%U %S', command, ...args], { cwd, env });
  const wall = Number(process.hrtime.bigint() - start) / 1e6;
  const [user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { wall, processor: (user + system) * 1000 };
}

/** System calls that name a file, the start of the process included. */
function countCalls({ command, args, cwd, env, made }) {
  moveAside(made);
  const counts = join(cwd, 'counts');
  const options = ['-f', '-qq', '-c', '-o', counts, '-e', 'trace=%file'];
  const { status } = spawnSync(strace, [...options, command, ...args], { cwd, env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`the counted run failed (${status})`);
  const total = readFileSync(counts, 'utf8')
    .split('\n')
    .find((line) => line.trimEnd().endsWith('total'));
  return total.trim().split(/\s+/)[3];
}

/** Puts what the last run made out of the way, until the benchmark ends. */
function moveAside(made) {
  if (made !== undefined && existsSync(made)) renameSync(made, `${made}.${moved++}`);
}

async function unpackLarge() {
  for (const [label, folder] of places) {
    const place = join(folder, 'large');
    const wheels = join(place, 'wheels');
    mkdirSync(wheels, { recursive: true });
    const megabytes = 500;
    await writeWheel(wheels, { name: 'bench-large', files: 400, bytes: (megabytes * 1e6) / 400 });
    const { command, args, cwd, env, made } = tspmCase(place, { wheels, names: ['bench-large'], method: 'symlink' });
    const pinned = tool('taskset') === undefined ? [] : ['taskset', '-c', '0'];
    let best = { seconds: Infinity, memory: 0 };
    for (let i = 0; i < 3; i++) {
      moveAside(made);
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
