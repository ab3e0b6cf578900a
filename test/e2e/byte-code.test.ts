/** Byte code is kept with every method, also from a cache that cannot be written, and `--compile` writes the same bytes everywhere. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mainCatalogue, publish, pythonIdent } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { Sandbox, type Project } from '../support/tspm.ts';
import { dropPackages, importing, onlySource, projectText, withoutPrivilege } from '../support/workspace.ts';

const lib = `__pypackages__/${pythonIdent()}/lib`;
let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, mainCatalogue().slice(0, -1));
});

afterAll(() => server.close());

async function install(method: string, args: readonly string[] = []): Promise<Project> {
  const sandbox = new Sandbox();
  const text = projectText({ dependencies: ['rich'], sources: [onlySource(server.simple)] });
  const project = sandbox.project('project', text);
  project.write('pdm.toml', `[install]\ncache = true\ncache_method = "${method}"\n`);
  await project.ok(['install', ...args]);
  return project;
}

test.each(['symlink', 'pth'])(
  'with %s from a cache that cannot be written, Python keeps byte code in the project',
  async (method) => {
    const project = await install(method);
    dropPackages(project);
    const store = join(project.env['XDG_CACHE_HOME'] ?? '', 'tspm/store-v1');
    spawnSync('chmod', ['-R', 'a-w', store]);
    try {
      const { status, stderr } = await withoutPrivilege(project, ['sync']);
      expect([status, stderr]).toEqual([0, expect.any(String)]);
      expect(importing(project, 'import os, rich; print(os.path.realpath(rich.__cached__))')).toContain(
        project.path(lib, 'rich/__pycache__'),
      );
      expect(readdirSync(project.path(lib, 'rich/__pycache__'))).not.toEqual([]);
      expect((await project.ok(['verify'])).stdout).toContain('all as locked');
    } finally {
      spawnSync('chmod', ['-R', 'u+w', store]);
    }
  },
);

describe('--compile', () => {
  test.each(['symlink', 'hardlink', 'copy', 'pth'])('with %s writes the same bytes in any place', async (method) => {
    const [first, second] = [await install(method, ['--compile']), await install(method)];
    expect(Object.keys(byteCode(second))).toEqual([]);
    const compiled = await second.ok(['sync', '--compile']);
    expect(compiled.stderr).toMatch(/Compiled [1-9]\d* modules to byte code, 0 were compiled already/u);
    expect(Object.keys(byteCode(first)).length).toBeGreaterThan(2);
    expect(byteCode(second)).toEqual(byteCode(first));
    expect((await second.ok(['sync', '--compile'])).stderr).toContain('Compiled 0 modules');
    expect((await second.ok(['verify'])).stdout).toContain('all as locked');
    expect(importing(second, 'import rich; print(rich.__version__)')).not.toBe('');
  });
});

/** All byte code of the packages, by its path in lib or in the entry of the cache. */
function byteCode(project: Project): Record<string, string> {
  const roots = [project.path(lib), join(project.env['XDG_CACHE_HOME'] ?? '', 'tspm/store-v1')].filter((root) =>
    existsSync(root),
  );
  const found = roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.pyc'))
      .map((path) => [path.replace(/^.*\/tree\//u, ''), readFileSync(join(root, path)).toString('base64')] as const),
  );
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}
