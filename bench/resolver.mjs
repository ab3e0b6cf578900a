// Hard cases of resolution, each a whole `tspm lock` with an empty cache against a recording index on loopback that has metadata files
// (PEP 658): metadata requests, round trips, wall time; beside `uv lock` and `pdm lock` when they are on PATH. Then apache-airflow from PyPI.
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from '../scripts/setup.mjs';
import { runToEnd, scratch, tool, tspm } from './support.mjs';

/** A run that takes longer, in seconds, is ended and shown as such. */
const PATIENCE = 30;

const folder = scratch();
const tools = [
  { name: 'tspm', command: process.execPath, args: [tspm, 'lock', '-v'] },
  { name: 'uv', command: tool('uv'), args: ['lock'] },
  { name: 'pdm', command: tool('pdm'), args: ['lock'] },
].filter(({ command }) => command !== undefined);
const { hardCases, runIn } = await loadCases();
const cases = Object.entries(hardCases());

console.log(`metadata requests (round trips in a row of tspm) and wall time; ended after ${PATIENCE} s`);
console.log(`${''.padEnd(52)}${tools.map(({ name }) => name.padStart(22)).join('')}${'solver alone'.padStart(14)}`);
for (const [name, { registry, roots, expected }] of cases) {
  const index = await startIndex(registry);
  const cells = [];
  for (const each of tools) {
    index.forget();
    const run = await lockOnce(each, roots, index.url);
    cells.push(cell(run, index.metadata(), expected === 'unsolvable').padStart(22));
  }
  await index.close();
  const start = performance.now();
  await runIn(registry, roots);
  console.log(`${name.padEnd(52)}${cells.join('')}${seconds(performance.now() - start).padStart(14)}`);
}

const airflow = ['apache-airflow[celery,postgres,ssh,amazon,google,http]'];
for (const each of tools) {
  const { milliseconds, stderr, status } = await lockOnce(each, airflow, undefined);
  const figures = /resolved .*/.exec(stderr)?.[0] ?? '';
  console.log(`${airflow[0]} from PyPI, ${each.name}: status ${status}, ${seconds(milliseconds)} ${figures}`);
}

/** The cases, and resolving in memory, are TypeScript, shared with the tests. */
async function loadCases() {
  const outfile = join(folder, 'cases.mjs');
  const contents = "export * from './support/hard-cases.ts'; export { runIn } from './unit/resolver/registry.ts';";
  const stdin = { contents, resolveDir: join(root, 'test') };
  await build({ stdin, outfile, bundle: true, format: 'esm', platform: 'node', logLevel: 'error' });
  return import(pathToFileURL(outfile).href);
}

/** Locks a new project with a home, and so caches, of its own. */
async function lockOnce({ command, args }, roots, url) {
  const project = join(folder, 'project');
  rmSync(project, { recursive: true, force: true });
  mkdirSync(join(project, '__pypackages__'), { recursive: true });
  const source = url === undefined ? '' : `\n[[tool.pdm.source]]\nname = "pypi"\nurl = "${url}"\nverify_ssl = false\n`;
  writeFileSync(
    join(project, 'pyproject.toml'),
    `[project]\nname = "bench"\nversion = "0"\nrequires-python = ">=3.10,<3.13"\ndependencies = ${JSON.stringify(roots)}\n\n[tool.pdm]\ndistribution = false\n${source}`,
  );
  const home = join(project, 'home');
  const env = {
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_CONFIG_HOME: join(home, 'config'),
    NO_COLOR: '1',
    PDM_CHECK_UPDATE: 'false',
    PIP_CONFIG_FILE: '/dev/null',
    UV_NO_CONFIG: '1',
    UV_PYTHON_DOWNLOADS: 'never',
    ...(url === undefined ? {} : { UV_DEFAULT_INDEX: url }),
  };
  return runToEnd(command, args, { cwd: project, env, seconds: url === undefined ? 10 * PATIENCE : PATIENCE });
}

function cell({ status, milliseconds, stderr }, metadata, isUnsolvable) {
  if (status === null) return `${metadata} ended`;
  const waves = /(\d+) waves/.exec(stderr)?.[1];
  const verdict = (status === 0) === isUnsolvable ? ' WRONG' : '';
  return `${metadata}${waves === undefined ? '' : ` (${waves})`} ${seconds(milliseconds)}${verdict}`;
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** An index that counts what is asked of files. */
async function startIndex(registry) {
  let asked = [];
  const pages = new Map();
  for (const [name, versions] of Object.entries(registry)) {
    const files = Object.entries(versions).map(([version, spec]) => fileOf(name, version, spec));
    for (const { filename, metadata } of files) pages.set(`/files/${filename}.metadata`, metadata);
    pages.set(`/simple/${name}/`, pageOf(name, files));
  }
  const server = createServer(({ url }, response) => {
    const body = pages.get(url);
    if (url.startsWith('/files/')) asked.push(url);
    const type = url.startsWith('/simple/') ? 'application/vnd.pypi.simple.v1+json' : 'application/octet-stream';
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/simple`,
    metadata: () => asked.length,
    forget: () => (asked = []),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function fileOf(name, version, spec) {
  const { requires = [], python } = Array.isArray(spec) ? { requires: spec } : spec;
  const extras = new Set(
    requires.flatMap((line) => [...line.matchAll(/extra == "([^"]+)"/g)].map((match) => match[1])),
  );
  const lines = [
    'Metadata-Version: 2.1',
    `Name: ${name}`,
    `Version: ${version}`,
    ...(python === undefined ? [] : [`Requires-Python: ${python}`]),
    ...[...extras].map((extra) => `Provides-Extra: ${extra}`),
    ...requires.map((line) => `Requires-Dist: ${line}`),
  ];
  return {
    filename: `${name.replaceAll('-', '_')}-${version}-py3-none-any.whl`,
    python,
    metadata: `${lines.join('\n')}\n`,
  };
}

function pageOf(name, files) {
  const sha256 = (text) => createHash('sha256').update(text).digest('hex');
  return JSON.stringify({
    meta: { 'api-version': '1.1' },
    name,
    files: files.map(({ filename, python, metadata }) => ({
      filename,
      url: `../../files/${filename}`,
      hashes: { sha256: sha256(filename) },
      size: 1000,
      ...(python === undefined ? {} : { 'requires-python': python }),
      'core-metadata': { sha256: sha256(metadata) },
    })),
  });
}
