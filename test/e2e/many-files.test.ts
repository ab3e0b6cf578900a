/** So many files that further threads help to bring them. */
import { cpSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canInject } from '../support/call-faults.ts';
import { publish, pythonIdent } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { readTree, scratchFolder } from '../support/tree.ts';
import { cliPath, nodeUnderTest, type Project, runCommand, Sandbox } from '../support/tspm.ts';
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

describe('where no further thread can be started, the first one brings all', () => {
  test.skipIf(!canInject)('at the limit of processes (skipped without strace)', async () => {
    await statuses([nodeUnderTest, cliPath, 'sync']);
    const undisturbed = await traced(['-e', 'trace=clone,clone3,openat']);
    const [, thread] = /^(\d+) .*placing-thread\.cjs/mu.exec(undisturbed) ?? [];
    const starts = [...undisturbed.matchAll(/ (clone3?)(?:\(| resumed).* = (\d+)$/gmu)];
    const call = starts.find(([, , id]) => id === thread)?.[1];
    const when = starts.filter((start) => start[1] === call).findIndex(([, , id]) => id === thread) + 1;
    const inject = `inject=${call}:error=EAGAIN:when=${when}`;
    expect(await traced(['-e', 'trace=clone,clone3', '-e', inject])).toMatch(/EAGAIN .*\(INJECTED\)$/mu);
  });

  test.skipIf(!canInject)('when its program cannot be read (skipped without strace)', async () => {
    const program = join(dirname(cliPath), 'chunks/placing-thread.cjs');
    const log = await traced(['-P', program, '-e', 'trace=openat', '-e', 'inject=openat:error=EACCES']);
    expect(log).toMatch(/EACCES .*\(INJECTED\)$/mu);
  });

  test('when its program is damaged', async () => {
    const dist = join(scratchFolder(), 'dist');
    cpSync(dirname(cliPath), dist, { recursive: true });
    writeFileSync(join(dist, 'chunks/placing-thread.cjs'), 'a thread?');
    expect(await statuses([nodeUnderTest, join(dist, 'tspm.js'), 'sync'])).toEqual(ALL_BROUGHT);
  });
});

/** The log of strace for a sync that must bring all. */
async function traced(options: readonly string[]): Promise<string> {
  const log = join(scratchFolder(), 'log');
  const found = await statuses(['strace', '-f', '-qq', '-o', log, ...options, nodeUnderTest, cliPath, 'sync']);
  expect(found).toEqual(ALL_BROUGHT);
  return readFileSync(log, 'utf8');
}

const ALL_BROUGHT = { sync: 0, verify: 0 };

/** How a sync from nothing and `verify` end. */
async function statuses([command = '', ...args]: readonly string[]): Promise<Record<string, number | null>> {
  project.write('pdm.toml', '[install]\ncache = true\ncache_method = "hardlink"\n');
  dropPackages(project);
  const { status } = await runCommand(command, args, { cwd: project.folder, env: project.env });
  return { sync: status, verify: (await project.tspm(['verify'])).status };
}

/** How many names each real file has, by path. */
function linkCounts(base: string): Record<string, number> {
  const files = readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('.tspm'));
  const stats = files.map((path) => [path, lstatSync(join(base, path))] as const).filter(([, found]) => found.isFile());
  return Object.fromEntries(stats.map(([path, { nlink }]) => [path, nlink]));
}
