/** Wheels that ship the same file (an `__init__.py` of a folder they share), in every method: install, update, remove, and nothing left over. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish, pythonIdent } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { Sandbox } from '../support/tspm.ts';
import { onlySource, projectText, runCode } from '../support/workspace.ts';

const NAMES = ['a', 'b', 'c'];
const sandbox = new Sandbox();
let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer();
  const versions = ['1.0', '2.0'];
  publish(
    server,
    versions.flatMap((version) =>
      NAMES.map((name) => ({
        name: `nv-${name}`,
        version,
        files: {
          'nv/__init__.py': '# shared\n',
          [`nv/${name}/__init__.py`]: `v = "${name}${version}"\n`,
          [`space/${name}.py`]: `v = "${name}${version}"\n`,
        },
      })),
    ),
  );
});

afterAll(() => server.close());

test.each(['symlink', 'hardlink', 'pth'])('%s', async (method) => {
  const dependencies = NAMES.map((name) => `nv-${name}==1.0`);
  const project = sandbox.project(method, projectText({ dependencies, sources: [onlySource(server.simple)] }));
  project.write('pdm.toml', `[install]\ncache = true\ncache_method = "${method}"\n`);
  await project.ok(['install']);
  project.write('pyproject.toml', project.read('pyproject.toml').replace('nv-b==1.0', 'nv-b==2.0'));
  await project.ok(['update']);
  const code = 'import nv.a, nv.b, nv.c, space.a, space.b, space.c; print(nv.a.v, nv.b.v, nv.c.v, space.b.v)';
  expect(await runCode(project, code)).toBe('a1.0 b2.0 c1.0 b2.0');
  expect((await project.ok(['verify'])).stdout).toMatch(/^3 packages .*: all as locked\n$/);
  await project.ok(['remove', 'nv-b', 'nv-c']);
  // What went may go from the cache, too; the byte code of Python is its own.
  rmSync(project.path('__pypackages__', pythonIdent(), 'lib/nv/__pycache__'), { recursive: true, force: true });
  const store = join(sandbox.cacheDirectory, 'store-v1');
  const used = project.read('__pypackages__', pythonIdent(), '.tspm/state.json');
  for (const shard of readdirSync(store).filter((name) => name.length === 2))
    for (const digest of readdirSync(join(store, shard)))
      if (!used.includes(digest)) rmSync(join(store, shard, digest), { recursive: true });
  expect(await runCode(project, 'import nv.a, space.a; print(nv.a.v, space.a.v)')).toBe('a1.0 a1.0');
  expect((await project.ok(['verify'])).stdout).toMatch(/^1 packages .*: all as locked\n$/);
});
