/** So many files that further threads help to bring them. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish, pythonIdent } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { readTree } from '../support/tree.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { dropPackages, onlySource, projectText } from '../support/workspace.ts';

const METHODS = ['symlink', 'hardlink', 'copy'];

let server: IndexServer;
let project: Project;

beforeAll(async () => {
  server = await startIndexServer();
  // Programs come one by one with every method.
  const programs = Array.from({ length: 1600 }, (_, at) => [`many/d${at % 40}/p${at}`, `${at}\n`] as const);
  const shared = { 'space/__init__.py': '', 'space/data/same.txt': 'the same\n' };
  publish(server, [
    {
      name: 'many',
      version: '1.0',
      files: { ...shared, ...Object.fromEntries(programs) },
      executable: programs.map(([path]) => path),
    },
    {
      name: 'other',
      version: '1.0',
      files: { ...shared, 'space/other.py': '' },
      scripts: { tool: '#!python\n', raw: 'x' },
    },
  ]);
  const dependencies = ['many', 'other'];
  project = new Sandbox().project('project', projectText({ dependencies, sources: [onlySource(server.simple)] }));
  await project.ok(['lock']);
});

afterAll(() => server.close());

test.each(METHODS)('%s: with one thread and with several the packages are the same', async (method) => {
  const trees: unknown[] = [];
  for (const parallel of [false, true]) {
    dropPackages(project);
    project.write('pdm.toml', `[install]\ncache = true\ncache_method = "${method}"\nparallel = ${parallel}\n`);
    await project.ok(['sync']);
    const base = project.path('__pypackages__', pythonIdent());
    trees.push({ files: readTree(join(base, 'lib')), bin: readTree(join(base, 'bin')), links: linkCounts(base) });
  }
  expect(trees[1]).toEqual(trees[0]);
  await project.ok(['verify']);
});

/** How many names each real file has, by path. */
function linkCounts(base: string): Record<string, number> {
  const files = readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('.tspm'));
  const stats = files.map((path) => [path, lstatSync(join(base, path))] as const).filter(([, found]) => found.isFile());
  return Object.fromEntries(stats.map(([path, { nlink }]) => [path, nlink]));
}
