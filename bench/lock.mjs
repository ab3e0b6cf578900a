// Cold and warm lock of requests, rich and numpy from PyPI: requests, waves, wall time; beside `pdm lock` and `uv lock` when they are on PATH.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { runOnce, scratch, time, tool, tspm } from './support.mjs';

const folder = scratch();
const project = join(folder, 'project');
mkdirSync(join(project, '__pypackages__'), { recursive: true });
const text = `[project]
name = "bench"
version = "0"
requires-python = ">=3.11"
dependencies = ["requests", "rich>=13", "numpy"]

[tool.pdm]
distribution = false
`;
writeFileSync(join(project, 'pyproject.toml'), text);
const env = {
  PDM_CACHE_DIR: join(folder, 'cache'),
  UV_CACHE_DIR: join(folder, 'uv'),
  XDG_CONFIG_HOME: join(folder, 'config'),
  PDM_CHECK_UPDATE: '0',
};
const options = { cwd: project, env };
const forget = () => {
  for (const name of ['cache', 'uv', 'project/pdm.lock', 'project/uv.lock'])
    rmSync(join(folder, name), { recursive: true, force: true });
};

forget();
tell('cold lock', runOnce(process.execPath, [tspm, 'lock', '-v'], options));
tell('second lock within ten minutes', runOnce(process.execPath, [tspm, 'lock', '-v'], options));

const commands = [
  { label: 'tspm lock', command: process.execPath, args: [tspm, 'lock'] },
  { label: 'pdm lock', command: tool('pdm'), args: ['lock'] },
  { label: 'uv lock', command: tool('uv'), args: ['lock'] },
];
for (const { label, command, args } of commands) {
  if (command === undefined) {
    console.log(`${label}: not on PATH`);
    continue;
  }
  const cold = time(command, args, { ...options, runs: 3, before: forget });
  const warm = time(command, args, { ...options, runs: 3 });
  console.log(
    `${label.padEnd(12)} cold ${cold.median.toFixed(0).padStart(6)} ms, again ${warm.median.toFixed(0).padStart(6)} ms (medians of 3)`,
  );
}

function tell(label, { stderr }) {
  const resolved = /resolved \d+ packages: .*/.exec(stderr)?.[0] ?? 'nothing was resolved';
  const requests = /requests made: (\d+)/.exec(stderr)?.[1] ?? '?';
  console.log(`${label}: ${requests} requests; ${resolved}`);
}
