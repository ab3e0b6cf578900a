// `run` and a sync with nothing to do through the shell front, as ratios to bare Python, beside Node, uv and PDM where they are on PATH; and the
// file operations of each over bare Python.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { report, runOnce, scratch, time, tool, tspm, writeProject, writeWheel } from './support.mjs';

const front = join(dirname(tspm), 'tspm.sh');
const folder = scratch();
const wheels = join(folder, 'wheels');
mkdirSync(wheels);
const names = Array.from({ length: 15 }, (_, i) => `bench-pkg-${i}`);
for (const name of names) await writeWheel(wheels, { name, files: 10, bytes: 500 });
const env = { PDM_CACHE_DIR: join(folder, 'cache'), XDG_CONFIG_HOME: join(folder, 'config'), NO_COLOR: '1' };
const project = writeProject(join(folder, 'project'), wheels, names);
const python = spawnSync('python3', ['-Ic', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout.trim();
writeFileSync(join(project, '.pdm-python'), python);
const options = { cwd: project, env };
for (const args of [['lock'], ['sync', '--no-self']]) runOnce(process.execPath, [tspm, ...args], options);

const code = ['-IS', '-c', 'pass'];
const rows = [
  ['python', python, code],
  ['tspm run, front', front, ['run', 'python', ...code]],
  ['tspm run, Node', process.execPath, [tspm, 'run', 'python', ...code]],
  ['tspm sync with nothing to do, front', front, ['sync', '--no-self']],
  ['tspm sync with nothing to do, Node', process.execPath, [tspm, 'sync', '--no-self']],
];
const [uv, pdm, strace] = ['uv', 'pdm', 'strace'].map((name) => tool(name));
if (uv !== undefined)
  rows.push(['uv run --no-project', uv, ['run', '--no-project', '--offline', '--python', python, 'python', ...code]]);
if (pdm !== undefined) rows.push(['pdm run', pdm, ['run', 'python', ...code]]);

let bare;
for (const [label, command, args] of rows) {
  const times = time(command, args, { ...options, runs: label.startsWith('pdm') ? 5 : 31 });
  bare ??= times;
  report(label, times, bare);
}
if (strace !== undefined) {
  const base = count(rows[0]);
  for (const row of rows.slice(1))
    console.log(`${String(row[0])}: ${count(row) - base} file operations over bare Python`);
}

function count([, command, args]) {
  const log = join(folder, 'calls');
  spawnSync(strace, ['-f', '-qq', '-o', log, '-e', 'trace=%file', '-e', 'signal=none', command, ...args], {
    cwd: project,
    env: { ...process.env, ...env },
  });
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.includes(' resumed>')).length;
}
