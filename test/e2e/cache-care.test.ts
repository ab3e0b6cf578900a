/** `cache verify` and `cache prune`: damage is named and mended, what living projects use stays. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { Sandbox, type Project } from '../support/tspm.ts';
import { dropPackages, onlySource, problems, projectText, runCode } from '../support/workspace.ts';

let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer();
  publish(
    server,
    ['one', 'two', 'three'].map((name) => ({ name, version: '1.0', files: { [`${name}.py`]: `name = "${name}"\n` } })),
  );
});

afterAll(() => server.close());

function newSandbox(): Sandbox {
  const sandbox = new Sandbox();
  mkdirSync(join(sandbox.root, 'home/config/pdm'), { recursive: true });
  writeFileSync(join(sandbox.root, 'home/config/pdm/config.toml'), '[install]\ncache = true\n');
  return sandbox;
}

async function install(sandbox: Sandbox, name: string, dependencies: readonly string[]): Promise<Project> {
  const project = sandbox.project(name, projectText({ dependencies, sources: [onlySource(server.simple)] }));
  await project.ok(['install']);
  return project;
}

/** Digests of the entries, by the name of their wheel. */
function entries(sandbox: Sandbox): Record<string, string> {
  const area = join(sandbox.cacheDirectory, 'store-v1');
  const found = readdirSync(area, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('/manifest.json'),
  );
  return Object.fromEntries(
    found.map((path) => {
      const { name } = JSON.parse(readFileSync(join(area, path), 'utf8')) as { name: string };
      return [name, join(area, path, '..')];
    }),
  );
}

/** As if nothing had been taken for a day. */
function age(sandbox: Sandbox): void {
  const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000);
  for (const path of Object.values(entries(sandbox))) utimesSync(path, yesterday, yesterday);
}

describe('cache verify', () => {
  test('a damaged entry is named; --repair fetches it again, or removes it for the next sync', async () => {
    const sandbox = newSandbox();
    const project = await install(sandbox, 'project', ['one', 'two']);
    expect((await project.ok(['cache', 'verify'])).stdout).toBe('2 wheels read: all whole\n');
    const file = join(entries(sandbox)['one'] ?? '', 'tree/one.py');
    chmodSync(file, 0o644);
    writeFileSync(file, 'name = "bad"\n');
    const told = await project.tspm(['cache', 'verify']);
    expect(told).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^Damaged one-1\.0-.*: one\.py is changed\n2 wheels read: 1 damaged\n$/u),
    });
    const repaired = await project.ok(['cache', 'verify', '--repair']);
    expect(repaired.stdout).toMatch(/1 damaged\nFetched one-1\.0-py3-none-any\.whl again\n$/u);
    expect(await runCode(project, 'import one; print(one.name)')).toBe('one');
    expect((await project.ok(['cache', 'verify'])).stdout).toBe('2 wheels read: all whole\n');
    chmodSync(file, 0o644);
    writeFileSync(file, 'name = "bad"\n');
    // Outside of the project there is another index, which has no such file.
    const elsewhere = sandbox.project('elsewhere', projectText({ sources: [onlySource(`${server.simple}/none`)] }));
    const removed = await elsewhere.ok(['cache', 'verify', '--repair']);
    expect(removed.stdout).toMatch(/Removed one-1\.0-py3-none-any\.whl: no source has/u);
    expect((await project.ok(['cache', 'verify'])).stdout).toBe('1 wheels read: all whole\n');
    const run = await project.ok(['run', 'python', '-c', 'import two']);
    expect(problems(run)).toEqual(['WARNING: one 1.0 is not in the cache any more: run `tspm sync`']);
    expect(problems(await project.ok(['sync']))).toEqual([]);
    expect(await runCode(project, 'import one; print(one.name)')).toBe('one');
    expect((await project.ok(['cache', 'verify'])).stdout).toBe('2 wheels read: all whole\n');
  });

  test('an entry without a manifest and a kept wheel with other bytes are damage, too', async () => {
    const sandbox = newSandbox();
    const project = await install(sandbox, 'project', ['one', 'two']);
    writeFileSync(join(sandbox.root, 'home/config/pdm/config.toml'), '[install]\ncache = false\n');
    const plain = await install(sandbox, 'plain', ['three']);
    rmSync(join(entries(sandbox)['two'] ?? '', 'manifest.json'), { force: true });
    const area = join(sandbox.cacheDirectory, 'wheels-v1');
    const [wheel = ''] = readdirSync(area, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.whl'),
    );
    chmodSync(join(area, wheel), 0o644);
    writeFileSync(join(area, wheel), 'no wheel');
    expect((await project.tspm(['cache', 'verify'])).stdout).toContain('3 wheels read: 2 damaged\n');
    await plain.ok(['cache', 'verify', '--repair']);
    dropPackages(plain);
    await plain.ok(['sync']);
    expect(await runCode(plain, 'import three; print(three.name)')).toBe('three');
  });
});

describe('cache prune', () => {
  test('what living projects use stays, and so does what was taken just now', async () => {
    const sandbox = newSandbox();
    const first = await install(sandbox, 'first', ['one', 'two']);
    const second = await install(sandbox, 'second', ['two', 'three']);
    await first.ok(['remove', 'one']);
    expect((await first.ok(['cache', 'prune'])).stdout).toMatch(/^0 wheels that no project uses removed/u);
    age(sandbox);
    expect((await first.ok(['cache', 'prune', '--dry-run'])).stdout).toMatch(
      /^1 wheels .* would be removed: .*; 2 stay/u,
    );
    expect((await first.ok(['cache', 'prune'])).stdout).toMatch(/^1 wheels that no project uses removed/u);
    expect(Object.keys(entries(sandbox)).sort()).toEqual(['three', 'two']);
    expect(await runCode(second, 'import two, three; print(two.name, three.name)')).toBe('two three');
  });

  test('a project that is gone counts for a month, or until it is forgotten', async () => {
    const sandbox = newSandbox();
    const first = await install(sandbox, 'first', ['one']);
    const second = await install(sandbox, 'second', ['two']);
    age(sandbox);
    rmSync(second.folder, { recursive: true });
    expect((await first.ok(['cache', 'prune'])).stdout).toMatch(/^0 wheels/u);
    const forgotten = await first.ok(['cache', 'prune', '--forget-missing']);
    expect(forgotten.stderr).toContain(`${second.folder}/__pypackages__`);
    expect(Object.keys(entries(sandbox))).toEqual(['one']);
  });

  test('by age, bytes and inodes: the oldest go first, and no more than needed', async () => {
    const sandbox = newSandbox();
    const project = await install(sandbox, 'project', ['one', 'two', 'three']);
    dropPackages(project);
    const found = entries(sandbox);
    for (const [index, name] of ['two', 'one', 'three'].entries()) {
      const then = new Date(Date.now() - (30 - 10 * index) * 24 * 60 * 60 * 1000);
      utimesSync(found[name] ?? '', then, then);
    }
    const prune = async (...options: string[]): Promise<string[]> => {
      await project.ok(['cache', 'prune', '--forget-missing', ...options]);
      return Object.keys(found)
        .filter((name) => existsSync(found[name] ?? ''))
        .sort();
    };
    expect(await prune('--older-than', '40')).toEqual(['one', 'three', 'two']);
    expect(await prune('--max-size', '1G')).toEqual(['one', 'three', 'two']);
    expect(await prune('--older-than', '25')).toEqual(['one', 'three']);
    expect(await prune('--max-inodes', '12')).toEqual(['three']);
    expect(await prune('--max-size', '0')).toEqual([]);
    expect((await project.tspm(['cache', 'prune', '--max-size', 'much'])).stderr).toContain('TSPM_USAGE');
    await project.ok(['sync']);
    expect(await runCode(project, 'import one, two, three; print(one.name)')).toBe('one');
  });

  test('where nothing can be noted, syncing works and pruning finds no project', async () => {
    const sandbox = newSandbox();
    const project = await install(sandbox, 'project', ['one']);
    rmSync(join(sandbox.cacheDirectory, 'projects-v1'), { recursive: true });
    writeFileSync(join(sandbox.cacheDirectory, 'projects-v1'), 'no folder');
    dropPackages(project);
    expect(problems(await project.ok(['sync']))).toEqual([]);
    expect((await project.ok(['cache', 'prune'])).stdout).toMatch(/^0 wheels/u);
  });
});

describe('cache info, clear and list, as PDM has them', () => {
  test('info names each kind with its folder, number and size', async () => {
    const sandbox = newSandbox();
    const project = await install(sandbox, 'project', ['one', 'two']);
    const { stdout } = await project.ok(['cache', 'info']);
    expect(stdout).toMatch(new RegExp(`^Cache Root: ${sandbox.cacheDirectory}, Total size: [0-9.]+ kB\n`));
    expect(stdout.match(/^ {2}\w+ Cache: /gm)).toEqual([
      '  HTTP Cache: ',
      '  Wheels Cache: ',
      '  Metadata Cache: ',
      '  Package Cache: ',
    ]);
    expect(stdout).toMatch(/ {2}Package Cache: .*store-v1\n {4}Packages: 2, Size: /);
  });

  test('clear takes what no living project links to, and all but that of the other kinds', async () => {
    const sandbox = newSandbox();
    const project = await install(sandbox, 'project', ['one', 'two']);
    expect((await project.ok(['cache', 'clear', 'packages'])).stdout).toBe('No files need to be removed\n');
    project.write('pdm.toml', '[install]\ncache_method = "copy"\n');
    await project.ok(['sync']);
    const gone = await install(sandbox, 'gone', ['three']);
    expect((await project.ok(['cache', 'clear', 'packages'])).stdout).toBe('2 packages are removed\n');
    rmSync(gone.folder, { recursive: true });
    expect((await project.ok(['cache', 'clear'])).stdout).toMatch(/^1 package and \d+ files are removed\n$/);
    expect((await project.ok(['cache', 'clear'])).stdout).toBe('No files need to be removed\n');
    expect(await runCode(project, 'import one; print(one.name)')).toBe('one');
  });

  test('words that PDM refuses are refused with its status', async () => {
    const project = newSandbox().project('empty', projectText({}));
    expect((await project.ok(['cache', 'list', 'x*'])).stdout).toContain('│ Size │ Filename │');
    for (const [args, status, text] of [
      [['clear', 'none'], 2, 'hashes, http, wheels, metadata, packages'],
      [['remove'], 2, 'the following arguments are required: pattern'],
      [['remove', 'x*'], 1, 'No matching files found'],
    ] as const) {
      const result = await project.tspm(['cache', ...args]);
      expect([result.status, result.stderr]).toEqual([status, expect.stringContaining(text)]);
    }
  });
});

test('a clear during a sync leaves what that sync is about to take, also where nothing will link to it', async () => {
  const sandbox = newSandbox();
  writeFileSync(
    join(sandbox.root, 'home/config/pdm/config.toml'),
    '[install]\ncache = true\ncache_method = "hardlink"\n',
  );
  await install(sandbox, 'seed', ['one', 'two']);
  const place = sandbox.project('place', projectText({}));
  const project = sandbox.project(
    'project',
    projectText({ dependencies: ['one', 'three'], sources: [onlySource(server.simple)] }),
  );
  await project.ok(['lock']);
  const before = entries(sandbox);
  let left: Record<string, string> = {};
  server.fault('/files/three-1.0-py3-none-any.whl', {
    before: async () => {
      await place.ok(['cache', 'clear', 'packages']);
      left = entries(sandbox);
    },
  });
  await project.ok(['sync']);
  expect(await runCode(project, 'import one, three; print(one.name, three.name)')).toBe('one three');
  expect(left).toEqual({ one: before['one'] });
  await place.ok(['cache', 'clear', 'packages']);
  expect(entries(sandbox)).toEqual({});
});

test('clear and prune beside syncs that begin with nothing: no sync fails, and every package is there', async () => {
  const sandbox = newSandbox();
  const projects: Project[] = [];
  for (const method of ['symlink', 'hardlink', 'pth']) {
    const project = sandbox.project(
      method,
      projectText({ dependencies: ['one', 'two', 'three'], sources: [onlySource(server.simple)] }),
    );
    project.write('pdm.toml', `[install]\ncache_method = "${method}"\n`);
    await project.ok(['lock']);
    projects.push(project);
  }
  const running = new Set(projects);
  const answers = projects.map(async (project) => {
    const lines: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      dropPackages(project);
      await project.ok(['sync']);
      lines.push(await runCode(project, 'import one, two, three; print(one.name, two.name, three.name)'));
    }
    running.delete(project);
    return lines;
  });
  const place = sandbox.project('place', projectText({}));
  while (running.size > 0) {
    await place.ok(['cache', 'clear']);
    await place.ok(['cache', 'prune', '--forget-missing']);
    await place.ok(['cache', 'verify']);
  }
  expect((await Promise.all(answers)).flat()).toEqual(Array.from({ length: 6 }, () => 'one two three'));
});
