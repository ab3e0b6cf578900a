/** `tspm verify`: its exit statuses, its words and its JSON, on projects as a user has them. */
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mainCatalogue, publish, pythonIdent } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { Sandbox, type Project } from '../support/tspm.ts';
import { onlySource, projectText, runCode, stateOf } from '../support/workspace.ts';

const lib = `__pypackages__/${pythonIdent()}/lib`;
let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, mainCatalogue().slice(0, -1));
});

afterAll(() => server.close());

async function install(method: string): Promise<Project> {
  const sandbox = new Sandbox();
  const project = sandbox.project(
    'project',
    projectText({ dependencies: ['numpy', 'rich'], sources: [onlySource(server.simple)] }),
  );
  project.write('pdm.toml', `[install]\ncache = ${method !== 'off'}\ncache_method = "${method}"\n`);
  await project.ok(['install']);
  await runCode(project, 'import numpy, pygments.lexers, rich');
  return project;
}

describe.each(['symlink', 'hardlink', 'copy', 'pth', 'off'])('with %s', (method) => {
  test('a fresh project is as locked, nothing is written, and nothing is asked', async () => {
    const project = await install(method);
    const before = stateOf(project);
    server.forget();
    const { stdout } = await project.ok(['verify']);
    expect(stdout).toMatch(/^5 packages with \d+ files: all as locked\n$/u);
    expect(server.requests).toEqual([]);
    expect(stateOf(project)).toEqual(before);
    const report = JSON.parse((await project.ok(['verify', '--json'])).stdout) as {
      ok: boolean;
      packages: unknown[];
      problems: unknown[];
    };
    expect(report).toMatchObject({ version: 1, ok: true, problems: [] });
    expect(report.packages).toHaveLength(5);
  });
});

test('each kind of problem has its exit status, and the worst one counts', async () => {
  const project = await install('copy');
  const result = async (): Promise<[number | null, string]> => {
    const { status, stdout } = await project.tspm(['verify']);
    return [status, stdout];
  };
  const source = project.path(lib, 'rich/__init__.py');
  const text = readFileSync(source, 'utf8');
  // Python may be writing it right now, or was killed in the middle: nothing reads it.
  project.write(`${lib}/rich/__pycache__/__init__.cpython-311.pyc.140076344630512`, '');
  expect((await result())[0]).toBe(0);
  project.write(`${lib}/rich/__pycache__/__init__.other-1.pyc`, 'x');
  expect(await result()).toEqual([3, expect.stringContaining('stale    ')]);
  project.write(`${lib}/stray.py`, '');
  expect(await result()).toEqual([4, expect.stringContaining(`extra    lib/stray.py: no distribution recorded it\n`)]);
  rmSync(project.path(lib, 'rich/__init__.py'));
  expect(await result()).toEqual([
    5,
    expect.stringContaining('missing  rich 13.7.0: lib/rich/__init__.py: it is gone\n'),
  ]);
  writeFileSync(source, `${text}#`);
  chmodSync(source, 0o644);
  expect(await result()).toEqual([
    7,
    expect.stringMatching(/^modified rich 13\.7\.0: lib\/rich\/__init__\.py: it has \d+ bytes, not \d+$/mu),
  ]);
  const { stdout } = await project.tspm(['verify', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    problems: expect.arrayContaining([expect.objectContaining({ kind: 'modified', package: 'rich 13.7.0' })]),
  });
  await project.ok(['sync', '-r']);
  rmSync(project.path(lib, 'stray.py'));
  expect(await result()).toEqual([0, expect.stringContaining('all as locked')]);
});

test('distributions are compared with the lock: not installed, not locked, from another wheel', async () => {
  const project = await install('symlink');
  const lock = project.read('pdm.lock');
  project.write('pdm.lock', lock.replaceAll(/(file = "rich-[^}]*sha256:)[0-9a-f]{8}/gu, `$1${'0'.repeat(8)}`));
  expect(await project.tspm(['verify'])).toMatchObject({
    status: 6,
    stdout: expect.stringMatching(/^foreign  rich 13\.7\.0: it came from a wheel that is not in the lock/mu),
  });
  project.write('pdm.lock', lock);
  cpSync(project.path(lib, 'rich-13.7.0.dist-info'), project.path(lib, 'other-1.0.dist-info'), { recursive: true });
  project.write(`${lib}/other-1.0.dist-info/RECORD`, 'other-1.0.dist-info/RECORD,,\n');
  expect((await project.tspm(['verify'])).status).toBe(6);
  rmSync(project.path(lib, 'other-1.0.dist-info'), { recursive: true });
  rmSync(project.path(lib, 'mdurl-0.1.2.dist-info'), { recursive: true });
  expect(await project.tspm(['verify'])).toMatchObject({
    status: 5,
    stdout: expect.stringContaining('missing  mdurl 0.1.2: it is locked, but not installed\n'),
  });
});
