// Shared by the benchmarks: generated wheels, throw-away projects, timing of whole processes.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { root } from '../scripts/setup.mjs';

export const tspm = join(root, 'dist/tspm.js');
/** What the installed command leads to on POSIX. */
export const front = join(root, 'dist/tspm.sh');

/** A temporary folder that goes when the process ends. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'tspm-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Writes a wheel of generated modules.
 * @param {string} folder where
 * @param {{name: string, version?: string, requires?: string[], files: number, bytes: number, compressible?: boolean}} wheel
 *   `files` modules of about `bytes` bytes each
 */
export async function writeWheel(folder, { name, version = '1.0', requires = [], files, bytes, compressible = true }) {
  const module = name.replaceAll('-', '_');
  const info = `${module}-${version}.dist-info`;
  const members = new Map([[`${module}/__init__.py`, Buffer.from(`__version__ = '${version}'\n`)]]);
  for (let i = 0; i < files; i++) {
    members.set(`${module}/part${i % 20}/m${i}.py`, content(`${name}-${i}`, bytes, compressible));
  }
  const lines = [
    'Metadata-Version: 2.1',
    `Name: ${name}`,
    `Version: ${version}`,
    ...requires.map((line) => `Requires-Dist: ${line}`),
  ];
  members.set(`${info}/METADATA`, Buffer.from(`${lines.join('\n')}\n`));
  members.set(
    `${info}/WHEEL`,
    Buffer.from('Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n'),
  );
  const rows = [...members].map(
    ([path, data]) => `${path},sha256=${createHash('sha256').update(data).digest('base64url')},${data.length}`,
  );
  members.set(`${info}/RECORD`, Buffer.from(`${[...rows, `${info}/RECORD,,`].join('\n')}\n`));
  const zip = new ZipFile();
  for (const [path, data] of members) zip.addBuffer(data, path, { mtime: new Date(2020, 0, 1), mode: 0o100644 });
  zip.end();
  const file = join(folder, `${module}-${version}-py3-none-any.whl`);
  await pipeline(zip.outputStream, createWriteStream(file));
  return file;
}

/** Path of a program on PATH; undefined when there is none. */
export function tool(name) {
  const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/** A project that takes its packages from `wheels` alone. */
export function writeProject(folder, wheels, dependencies) {
  mkdirSync(folder, { recursive: true });
  const list = dependencies.map((name) => `    "${name}",\n`).join('');
  writeFileSync(
    join(folder, 'pyproject.toml'),
    `[project]\nname = "bench"\nversion = "0"\nrequires-python = ">=3.9"\ndependencies = [\n${list}]\n\n[tool.pdm]\ndistribution = false\n\n[[tool.pdm.source]]\nname = "pypi"\nurl = "file://${wheels}"\ntype = "find_links"\n`,
  );
  return folder;
}

/** Runs a command to its end; throws with its output when it fails. */
export function runOnce(command, args, { cwd, env }) {
  const result = spawnSync(command, args, { cwd, env: { ...process.env, ...env }, encoding: 'utf8' });
  if (result.status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed (${result.status}):\n${result.stdout}${result.stderr}`);
  return result;
}

/**
 * Runs a command while this process goes on serving it; one that takes longer than `seconds` is ended.
 * @returns {Promise<{status: number | null, milliseconds: number, stderr: string}>} no status for one that was ended
 */
export function runToEnd(command, args, { cwd, env, seconds }) {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status, milliseconds: Number(process.hrtime.bigint() - start) / 1e6, stderr });
    });
  });
}

/**
 * Wall time of a whole process in milliseconds over `runs` runs.
 * @returns {{min: number, median: number, max: number}}
 */
export function time(command, args, { cwd, env, runs = 15, before = () => {} }) {
  const times = [];
  for (let i = 0; i < runs; i++) {
    before();
    const start = process.hrtime.bigint();
    runOnce(command, args, { cwd, env });
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  times.sort((a, b) => a - b);
  return { min: times[0], median: times[Math.floor(times.length / 2)], max: times.at(-1) };
}

/** One line of the report: figures in ms, and the ratio of the medians to a reference. */
export function report(label, figures, reference) {
  const ratio = reference ? `  ${(figures.median / reference.median).toFixed(2)} x` : '';
  const text = [figures.min, figures.median, figures.max].map((value) => value.toFixed(0).padStart(6)).join('');
  console.log(`${label.padEnd(52)}${text} ms${ratio}`);
}

function content(seed, bytes, compressible) {
  const line = `VALUE = ${JSON.stringify(seed)}  # generated module\n`;
  if (compressible) {
    const parts = [];
    for (let size = 0, i = 0; size < bytes; i++) {
      const text = `x_${i} = ${createHash('md5').update(`${seed}${i}`).digest('hex').slice(0, 12).replace(/^/, '0x')}  # a line of source text\n`;
      parts.push(text);
      size += text.length;
    }
    return Buffer.from(line + parts.join(''));
  }
  const blocks = [];
  for (let size = 0, i = 0; size < bytes; i++, size += 64)
    blocks.push(createHash('sha512').update(`${seed}${i}`).digest());
  return Buffer.concat(blocks);
}
