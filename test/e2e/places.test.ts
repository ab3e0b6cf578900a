/** Where projects, packages and caches may lie. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish, pythonIdent } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { dropPackages, importing, onlySource, problems, projectText, withoutPrivilege } from '../support/workspace.ts';

const CODE = 'import place; print(place.__version__)';
const file = join('__pypackages__', pythonIdent(), 'lib/place/__init__.py');
let server: IndexServer;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, [{ name: 'place', version: '1.0' }]);
});

afterAll(() => server.close());

test('a command works from a sub-folder and with -p from anywhere', async () => {
  const { sandbox, project } = make();
  project.write('a/b/keep', '');
  await project.ok(['install'], { cwd: project.path('a/b') });
  expect(project.exists('a/b/__pypackages__')).toBe(false);
  dropPackages(project);
  await project.ok(['sync', '-p', project.folder], { cwd: sandbox.root });
  await project.ok(['sync', '-p', 'project'], { cwd: join(project.folder, '..') });
  expect(importing(project, CODE)).toBe('1.0');
});

test('__pypackages__ may be a link to another place', async () => {
  const { sandbox, project } = make();
  mkdirSync(join(sandbox.root, 'elsewhere'));
  symlinkSync(join(sandbox.root, 'elsewhere'), project.path('__pypackages__'));
  await project.ok(['install']);
  expect(lstatSync(project.path('__pypackages__')).isSymbolicLink()).toBe(true);
  expect(importing(project, CODE)).toBe('1.0');
});

test('hard links across file systems become copies, with one warning', async ({ skip }) => {
  const { project } = make();
  const other = '/dev/shm';
  if (!existsSync(other) || statSync(other).dev === statSync(project.folder).dev)
    skip('there is no second file system');
  const cache = mkdtempSync(join(other, 'tspm-e2e-'));
  try {
    project.write('pdm.toml', '[install]\ncache = true\ncache_method = "hardlink"\n');
    const result = await project.ok(['install'], { env: { PDM_CACHE_DIR: cache } });
    expect(problems(result).filter((line) => !line.includes('Lockfile'))).toEqual([
      expect.stringMatching(/^WARNING: .*cop(?:y|ied)/),
    ]);
    expect(statSync(project.path(file)).nlink).toBe(1);
    expect(importing(project, CODE)).toBe('1.0');
  } finally {
    rmSync(cache, { recursive: true });
  }
});

test('a cache that cannot be written to is used for what it has', async () => {
  const { sandbox, project } = make();
  project.write('pdm.toml', '[install]\ncache = true\n');
  await project.ok(['install']);
  dropPackages(project);
  const folders = foldersBelow(sandbox.cacheDirectory);
  for (const folder of folders) chmodSync(folder, 0o555);
  try {
    expect(await withoutPrivilege(project, ['sync'])).toMatchObject({ status: 0 });
    expect(importing(project, CODE)).toBe('1.0');
  } finally {
    for (const folder of folders) chmodSync(folder, 0o755);
  }
});

test('a damaged entry of the store is replaced', async () => {
  const { sandbox, project } = make();
  project.write('pdm.toml', '[install]\ncache = true\n');
  await project.ok(['install']);
  dropPackages(project);
  const [shard = ''] = readdirSync(join(sandbox.cacheDirectory, 'store-v1')).filter((name) => name.length === 2);
  const [entry = ''] = readdirSync(join(sandbox.cacheDirectory, 'store-v1', shard));
  rmSync(join(sandbox.cacheDirectory, 'store-v1', shard, entry, 'manifest.json'));
  await project.ok(['sync']);
  expect(importing(project, CODE)).toBe('1.0');
});

test('packages of two Pythons lie side by side', async () => {
  const { project } = make();
  await project.ok(['install']);
  mkdirSync(project.path('__pypackages__/3.1/lib'), { recursive: true });
  await project.ok(['sync', '--clean']);
  expect(readdirSync(project.path('__pypackages__')).sort()).toEqual(['.gitignore', '3.1', pythonIdent()]);
});

function make(): { sandbox: Sandbox; project: Project } {
  const sandbox = new Sandbox();
  const text = projectText({ dependencies: ['place'], sources: [onlySource(server.simple)] });
  return { sandbox, project: sandbox.project(`höme of ${(count += 1)}/project`, text) };
}

function foldersBelow(folder: string): string[] {
  const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...inside.flatMap(({ name }) => foldersBelow(join(folder, name))), folder];
}
