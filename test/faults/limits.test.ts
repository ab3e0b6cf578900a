/** Disks that are full or read-only, and few open files, as the system itself has them. TSPM_TEST_FULL=1 takes more sizes. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { publish, type Published } from '../support/catalogue.ts';
import { Front } from '../support/front.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { cliPath, nodeUnderTest, type Project, runCommand, type RunResult, Sandbox } from '../support/tspm.ts';
import { dropPackages, onlySource, packagesOf, projectText } from '../support/workspace.ts';

const isFull = process.env['TSPM_TEST_FULL'] === '1';
const NAMES = ['one', 'two', 'three', 'four'];
/** Each wheel has 16 files of 16 KiB; all are there twice while one is unpacked. */
const WHEELS: readonly Published[] = NAMES.map((name, seed) => {
  const files = Array.from(
    { length: 16 },
    (_, index) => [`${name}/part${index}.bin`, noise(seed * 16 + index)] as const,
  );
  return { name, version: '1.0', files: Object.fromEntries(files) };
});

/** So many files that further threads help to bring them. */
const MANY: Published = {
  name: 'many',
  version: '1.0',
  files: Object.fromEntries(Array.from({ length: 1600 }, (_, index) => [`many/d${index % 40}/m${index}.py`, ''])),
};

let server: IndexServer;
let sandbox: Sandbox;
let project: Project;

beforeAll(async () => {
  server = await startIndexServer({ format: 'json' });
  publish(server, [...WHEELS, MANY]);
});

afterAll(() => server.close());

beforeEach(async () => {
  sandbox = new Sandbox();
  mkdirSync(join(sandbox.root, 'home/config/pdm'), { recursive: true });
  writeFileSync(join(sandbox.root, 'home/config/pdm/config.toml'), '[install]\ncache = true\ncache_method = "copy"\n');
  project = sandbox.project('project', projectText({ dependencies: NAMES, sources: [onlySource(server.simple)] }));
  await project.ok(['lock']);
  rmSync(sandbox.cacheDirectory, { recursive: true, force: true });
});

describe.skipIf(!canMount())('on a small file system (skipped where nothing can be mounted)', () => {
  const SIZES = isFull ? Array.from({ length: 20 }, (_, index) => 100 + index * 80) : [600];
  const INODES = isFull ? Array.from({ length: 20 }, (_, index) => 10 + index * 6) : [40];
  const LIMITS = [...SIZES.map((size) => `size=${size}k`), ...INODES.map((count) => `nr_inodes=${count}`)];

  test.each(LIMITS)('a cache with %s: what it needs is told, and more room is enough', async (limit) => {
    const cache = join(sandbox.root, 'small cache');
    mount(cache, limit);
    const env = { PDM_CACHE_DIR: cache };
    expectFull(await project.tspm(['sync'], { env }), cache, limit);
    expect(inStaging(cache)).toEqual([]);
    mount(cache, 'remount,size=100m,nr_inodes=100k');
    await project.ok(['sync'], { env });
    await project.ok(['verify'], { env });
  });

  test.each(LIMITS)('a project with %s: nothing or all is installed', async (limit) => {
    const packages = project.path('__pypackages__');
    mount(packages, limit);
    const result = await project.tspm(['sync']);
    expectFull(result, packages, limit);
    expect(result.status === 0 ? [] : installedFiles()).toEqual([]);
    mount(packages, 'remount,size=100m,nr_inodes=100k');
    await project.ok(['sync']);
    await project.ok(['verify']);
    expect(
      Object.keys(packagesOf(project)).filter((name) => /\.tspm\/(?!(?:state\.json|run|sync)$)/u.test(name)),
    ).toEqual([]);
  });

  test.each(
    isFull
      ? range(8, 80, 4)
          .map((size) => `size=${size}k`)
          .concat(range(10, 60, 2).map((count) => `nr_inodes=${count}`))
      : ['size=24k', 'nr_inodes=20'],
  )('a project with %s, without Node while there is room: nothing or all is installed', async (limit) => {
    const front = new Front(sandbox);
    project.write('pdm.toml', '[install]\ncache = true\ncache_method = "symlink"\n');
    await project.ok(['sync']);
    dropPackages(project);
    const packages = project.path('__pypackages__');
    mount(packages, limit);
    const result = await front.start(project, ['sync']);
    expectFull(result, packages, limit);
    expect(result.status === 0 ? [] : installedFiles()).toEqual([]);
    mount(packages, 'remount,size=100m,nr_inodes=100k');
    expect((await front.start(project, ['sync'])).status).toBe(0);
    await project.ok(['verify']);
    expect(Object.keys(packagesOf(project)).filter((name) => /\.tspm\/(?!state\.json$)/u.test(name))).toEqual([]);
  });

  test('a project with too few inodes for what several threads copy: nothing or all is installed', async () => {
    project = sandbox.project('many', projectText({ dependencies: ['many'], sources: [onlySource(server.simple)] }));
    await project.ok(['lock']);
    const packages = project.path('__pypackages__');
    mount(packages, 'nr_inodes=900');
    const result = await project.tspm(['sync']);
    expectFull(result, packages, 'nr_inodes=900');
    expect({ status: result.status, files: installedFiles() }).toEqual({ status: 1, files: [] });
    mount(packages, 'remount,nr_inodes=100k');
    await project.ok(['sync']);
    await project.ok(['verify']);
  });

  test('that is read-only: a filled cache is enough, an empty one is told, and a project stays as it is', async () => {
    const cache = join(sandbox.root, 'small cache');
    mount(cache, 'size=100m');
    const env = { PDM_CACHE_DIR: cache };
    mount(cache, 'remount,ro');
    expectRefusal(await project.tspm(['sync'], { env }), cache, 'read-only');
    mount(cache, 'remount,rw');
    await project.ok(['sync'], { env });
    rmSync(project.path('__pypackages__'), { recursive: true });
    mount(cache, 'remount,ro');
    const packages = project.path('__pypackages__');
    mount(packages, 'size=100m');
    mount(packages, 'remount,ro');
    expectRefusal(await project.tspm(['sync'], { env }), packages, 'read-only');
    mount(packages, 'remount,rw');
    await project.ok(['sync'], { env });
    mount(packages, 'remount,ro');
    expect((await project.ok(['sync'], { env })).stdout).toContain('nothing to do');
    await project.ok(['verify'], { env });
  });
});

test.skipIf(spawnSync('prlimit', ['-V']).status !== 0)(
  'with few open files: it works, or what is needed is told',
  async () => {
    for (const count of isFull ? Array.from({ length: 20 }, (_, index) => 24 + index * 2) : [28, 64]) {
      rmSync(sandbox.cacheDirectory, { recursive: true, force: true });
      rmSync(project.path('__pypackages__'), { recursive: true, force: true });
      const args = [`--nofile=${count}:${count}`, nodeUnderTest, cliPath, 'sync'];
      const result = await runCommand('prlimit', args, { cwd: project.folder, env: project.env });
      if (result.status !== 0) expectRefusal(result, '', 'too many open files; raise the limit');
      expect({ count, status: count < 64 ? 0 : result.status }).toEqual({ count, status: 0 });
      await project.ok(['sync']);
    }
  },
);

function range(first: number, end: number, step: number): number[] {
  return Array.from({ length: Math.ceil((end - first) / step) }, (_, index) => first + index * step);
}

/** Bytes that cannot be compressed, the same in every run. */
function noise(seed: number): Uint8Array {
  let state = seed + 1;
  return Uint8Array.from({ length: 16_384 }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return (state >> 16) & 255;
  });
}

function canMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'tspm-can-mount-'));
  const isMounted =
    process.getuid?.() === 0 && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', place]).status === 0;
  if (isMounted) spawnSync('umount', [place]);
  rmSync(place, { recursive: true, force: true });
  return isMounted;
}

function mount(place: string, options: string): void {
  mkdirSync(place, { recursive: true });
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'none', place], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  if (!options.startsWith('remount')) onTestFinished(() => void spawnSync('umount', [place]));
}

function inStaging(cache: string): string[] {
  const area = join(cache, 'staging-v1');
  return existsSync(area) ? readdirSync(area).filter((name) => name !== 'CACHEDIR.TAG') : [];
}

function installedFiles(): string[] {
  return Object.keys(packagesOf(project)).filter((name) => /\/(?:lib|bin|include)\/.*[^/]$/u.test(name));
}

/** It worked, or it says what there is too little of at `place`, and how much is needed. */
function expectFull(result: RunResult, place: string, limit: string): void {
  if (result.status === 0) return;
  expectRefusal(result, place, limit.startsWith('size') ? 'no space left' : 'no inodes left');
  console.log(
    limit,
    result.stderr
      .split('\n')
      .filter((l) => l.startsWith('error'))
      .join(),
  );
  expect(result.stderr).toMatch(
    / (?:fetching|unpacking|installing) .* needs at least (?:\d+ bytes and )?\d+ inodes?;/u,
  );
}

function expectRefusal({ status, stderr }: RunResult, place: string, reason: string): void {
  const errors = stderr.split('\n').filter((line) => line.startsWith('error:'));
  expect({ status, errors }).toEqual({ status: 1, errors: [expect.stringContaining(place)] });
  expect(errors[0]).toContain(reason);
  expect(errors[0]).toMatch(/\[TSPM_(?:IO|STORE|NETWORK)\]$/u);
}
