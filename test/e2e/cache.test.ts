/** `install.cache` on and off: what is shared, what can be moved, and what stays in the cache directory. */
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mainCatalogue, publish, pythonIdent } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { readTree } from '../support/tree.ts';
import { Project, runCommand, Sandbox } from '../support/tspm.ts';
import type { BuiltWheel } from '../support/wheel.ts';
import {
  dropPackages,
  importing,
  onlySource,
  packagesOf,
  problems,
  projectText,
  runCode,
} from '../support/workspace.ts';

const lib = join('__pypackages__', pythonIdent(), 'lib');
const bin = join('__pypackages__', pythonIdent(), 'bin');
const CODE = 'import numpy, pygments.lexers, rich; print(numpy.__version__, rich.__version__)';
const ANSWER = '1.26.4 13.7.0';
const NAMES = ['Pygments 2.17.2', 'markdown-it-py 3.0.0', 'mdurl 0.1.2', 'numpy 1.26.4', 'rich 13.7.0'];

let server: IndexServer;
let wheels: Map<string, BuiltWheel>;

beforeAll(async () => {
  server = await startIndexServer();
  // The wheel for Windows, published last, is not among those that are installed.
  wheels = publish(server, mainCatalogue().slice(0, -1));
});

afterAll(() => server.close());

describe('install.cache on', () => {
  test('two projects share one unpacked copy through links, and the second one asks for nothing', async () => {
    const sandbox = newSandbox('symlink');
    const first = newProject(sandbox, 'first');
    await first.ok(['install']);
    const second = newProject(sandbox, 'second');
    second.write('pdm.lock', first.read('pdm.lock'));
    server.forget();
    await second.ok(['sync']);
    expect(server.requests).toEqual([]);
    expect(importing(second, CODE)).toBe(ANSWER);
    const store = join(sandbox.cacheDirectory, 'store-v1');
    for (const path of [`${lib}/pygments`, `${lib}/numpy/core/_multiarray.so`]) {
      const [one, two] = [statSync(first.path(path)), statSync(second.path(path))];
      expect([one.dev, one.ino]).toEqual([two.dev, two.ino]);
    }
    expect(readlinkSync(first.path(`${lib}/pygments`)).startsWith(`${store}/`)).toBe(true);
    expect(lstatSync(first.path(`${bin}/pygmentize`)).isFile()).toBe(true);
  });

  test('what stays: one entry a wheel with the bytes of its files, and no wheel file', async () => {
    const sandbox = newSandbox('symlink');
    const project = newProject(sandbox, 'project');
    await project.ok(['install']);
    const kept = readTree(sandbox.cacheDirectory);
    const names = Object.keys(kept);
    expect(names.filter((name) => name.endsWith('.whl'))).toEqual([]);
    expect(names.filter((name) => name.startsWith('staging-v1/') && !name.endsWith('CACHEDIR.TAG'))).toEqual([]);
    const entries = new Set(names.flatMap((name) => /^store-v1\/..\/([0-9a-f]{64})\//.exec(name)?.slice(1) ?? []));
    expect([...entries].sort()).toEqual(digests());
    for (const digest of digests()) {
      const folder = join(sandbox.cacheDirectory, 'store-v1', digest.slice(0, 2), digest);
      const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
        files: { path: string; size: number }[];
      };
      const files = Object.keys(readTree(join(folder, 'tree')));
      expect(files.sort()).toEqual(manifest.files.map(({ path }) => path).sort());
      for (const { path, size } of manifest.files) expect(statSync(join(folder, 'tree', path)).size).toBe(size);
    }
  });

  test('running Python, also as another user would, leaves the shared files as they are', async () => {
    const sandbox = newSandbox('symlink');
    const project = newProject(sandbox, 'project');
    await project.ok(['install']);
    const before = withoutBytecode(readTree(join(sandbox.cacheDirectory, 'store-v1')));
    await runCode(project, CODE);
    expect(withoutBytecode(readTree(join(sandbox.cacheDirectory, 'store-v1')))).toEqual(before);
    await project.ok(['sync', '--reinstall']);
    expect(importing(project, CODE)).toBe(ANSWER);
  });

  test('links are repaired silently when the cache moves, and when it was cleared', async () => {
    const sandbox = newSandbox('symlink');
    const project = newProject(sandbox, 'project');
    await project.ok(['install']);
    rmSync(join(sandbox.cacheDirectory, 'store-v1'), { recursive: true });
    const lost = await project.ok(['run', 'python', '-c', 'pass']);
    expect(problems(lost)).toEqual([
      'WARNING: markdown-it-py 3.0.0 and 4 more packages are not in the cache any more: run `tspm sync`',
    ]);
    const repaired = await project.ok(['sync']);
    expect(problems(repaired)).toEqual([]);
    expect(importing(project, CODE)).toBe(ANSWER);
    const moved = join(sandbox.root, 'new cache');
    renameSync(sandbox.cacheDirectory, moved);
    await project.ok(['config', 'cache_dir', moved]);
    server.forget();
    await project.ok(['sync']);
    expect(server.requests).toEqual([]);
    expect(importing(project, CODE)).toBe(ANSWER);
    expect(readlinkSync(project.path(`${lib}/pygments`)).startsWith(`${moved}/`)).toBe(true);
  });
});

describe('install.cache_method pth', () => {
  test('packages stay in the cache and are found by run, by plain Python and by commands; a lost cache is filled again', async () => {
    const sandbox = newSandbox('symlink');
    const project = newProject(sandbox, 'project');
    await project.ok(['config', 'install.cache_method', 'pth', '--local']);
    await project.ok(['install']);
    expect(project.exists(lib, 'pygments')).toBe(false);
    expect(await runCode(project, CODE)).toBe(ANSWER);
    expect((await project.ok(['run', 'pygmentize'])).stdout).toBe('pygments 2.17.2\n');
    expect((await runCommand(project.path(bin, 'pygmentize'), [], { cwd: '/', env: project.env })).stdout).toBe(
      'pygments 2.17.2\n',
    );
    const hook = (await project.ok(['--pep582', 'sh'])).stdout;
    const script = `${hook}\nexec "$PDM_PYTHON" -c '${CODE}'`;
    expect((await runCommand('sh', ['-c', script], { cwd: project.folder, env: project.env })).stdout.trimEnd()).toBe(
      ANSWER,
    );
    rmSync(join(sandbox.cacheDirectory, 'store-v1'), { recursive: true });
    expect(problems(await project.ok(['sync']))).toEqual([]);
    expect(await runCode(project, CODE)).toBe(ANSWER);
    expect((await project.ok(['sync'])).stdout).toContain('nothing to do');
  });
});

describe('install.cache off', () => {
  test('the packages can be moved: a copy runs when the first project and the cache are gone', async () => {
    const sandbox = newSandbox();
    const first = newProject(sandbox, 'first');
    await first.ok(['install']);
    const links = Object.values(packagesOf(first)).filter((text) => text.startsWith('-> '));
    expect(links).toEqual([]);
    const copy = join(sandbox.root, 'moved here');
    cpSync(first.folder, copy, { recursive: true });
    rmSync(first.folder, { recursive: true });
    rmSync(sandbox.cacheDirectory, { recursive: true });
    const second = new Project(copy, first.env);
    expect(await runCode(second, CODE)).toBe(ANSWER);
    expect((await second.ok(['run', 'pygmentize'])).stdout).toBe('pygments 2.17.2\n');
    const { stdout } = await second.ok(['sync']);
    expect(stdout).toContain('All packages are synced to date, nothing to do.');
  });

  test('what stays: one wheel file a wheel, and nothing unpacked', async () => {
    const sandbox = newSandbox();
    const project = newProject(sandbox, 'project');
    await project.ok(['install']);
    const kept = Object.keys(readTree(sandbox.cacheDirectory));
    expect(kept.filter((name) => name.startsWith('store-v1'))).toEqual([]);
    const files = kept.filter((name) => name.endsWith('.whl'));
    expect(files.sort()).toEqual(
      digests()
        .map((digest) => `wheels-v1/${digest.slice(0, 2)}/${digest}.whl`)
        .sort(),
    );
    for (const name of NAMES) {
      const { sha256, bytes } = wheelOf(name);
      expect(statSync(join(sandbox.cacheDirectory, 'wheels-v1', sha256.slice(0, 2), `${sha256}.whl`)).size).toBe(
        bytes.length,
      );
    }
  });
});

test('turning the cache on takes the kept wheels over: never the same bytes twice', async () => {
  const sandbox = newSandbox();
  const project = newProject(sandbox, 'project');
  await project.ok(['install']);
  server.forget();
  await project.ok(['config', 'install.cache', 'on']);
  await project.ok(['sync']);
  expect(server.requests).toEqual([]);
  expect(Object.keys(readTree(sandbox.cacheDirectory)).filter((name) => name.endsWith('.whl'))).toEqual([]);
  expect(existsSync(join(sandbox.cacheDirectory, 'store-v1'))).toBe(true);
  expect(importing(project, CODE)).toBe(ANSWER);
});

test('switching between symlink, hardlink, copy, pth and off rebuilds the tree silently', async () => {
  const sandbox = newSandbox('symlink');
  const project = newProject(sandbox, 'project');
  await project.ok(['install']);
  const file = `${lib}/pygments/lexers/data.txt`;
  const forms: string[] = [];
  const trees: Record<string, string>[] = [];
  for (const method of ['hardlink', 'copy', 'symlink', 'hardlink', 'pth', 'off', 'symlink']) {
    project.write('pdm.toml', `[install]\ncache = ${method !== 'off'}\ncache_method = "${method}"\n`);
    const result = await project.ok(['sync']);
    expect(problems(result)).toEqual([]);
    const nlink = statSync(project.path(file), { throwIfNoEntry: false })?.nlink ?? 0;
    const folder = lstatSync(project.path(`${lib}/pygments`), { throwIfNoEntry: false });
    forms.push(folder === undefined ? 'pth' : folder.isSymbolicLink() ? 'symlink' : nlink > 1 ? 'hardlink' : 'copy');
    trees.push(packagesOf(project));
    expect(importing(project, CODE)).toBe(ANSWER);
    expect((await project.ok(['sync'])).stdout).toContain('nothing to do');
  }
  expect(forms).toEqual(['hardlink', 'copy', 'symlink', 'hardlink', 'pth', 'copy', 'symlink']);
  dropPackages(project);
  await project.ok(['sync']);
  expect(filesOf(packagesOf(project))).toEqual(filesOf(trees[2] ?? {}));
});

/** With a link method the cache is switched on for the user of the sandbox. */
function newSandbox(method?: string): Sandbox {
  const sandbox = new Sandbox();
  const folder = join(sandbox.root, 'home/config/pdm');
  mkdirSync(folder, { recursive: true });
  if (method !== undefined)
    writeFileSync(join(folder, 'config.toml'), `[install]\ncache = true\ncache_method = "${method}"\n`);
  return sandbox;
}

function newProject(sandbox: Sandbox, name: string): Project {
  return sandbox.project(
    name,
    projectText({ dependencies: ['rich>=13', 'numpy'], sources: [onlySource(server.simple)] }),
  );
}

function wheelOf(name: string): BuiltWheel {
  const wheel = wheels.get(name);
  if (wheel === undefined) throw new Error(`${name} is not published`);
  return wheel;
}

function digests(): string[] {
  return NAMES.map((name) => wheelOf(name).sha256).sort();
}

function withoutBytecode(tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).filter(([name]) => !name.includes('__pycache__')));
}

/** Without what tspm remembers: the trees were made by different commands. */
function filesOf(tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).filter(([name]) => !name.includes('/.tspm/')));
}
