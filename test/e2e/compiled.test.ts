/** Compiled code is kept between starts, only where nobody else can write, and never taken when it is not as it was written. */
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { Sandbox } from '../support/tspm.ts';

const isRoot = process.geteuid?.() === 0;

/** A sandbox, the folder for compiled code in it, and a command that loads a bundle. */
function place(extraEnv: Readonly<Record<string, string | undefined>> = {}) {
  const sandbox = new Sandbox(extraEnv);
  const project = sandbox.project('project');
  const folder = join(sandbox.root, 'home/cache/tspm-compiled-v1');
  const start = async (): Promise<void> => {
    expect((await project.ok(['config', 'check_update'])).stdout).toBe('True\n');
  };
  return { sandbox, folder, start };
}

function bundles(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('dispatch.cjs-')) : [];
}

test('the second start takes what the first kept; half a file, or other code, is replaced', async () => {
  const { folder, start } = place();
  await start();
  expect(bundles(folder)).toHaveLength(1);
  const file = join(folder, bundles(folder)[0] ?? '');
  const { size, mode } = statSync(file);
  expect(mode & 0o777).toBe(0o600);
  utimesSync(file, 1, 1);
  await start();
  expect(statSync(file).mtimeMs).toBe(1000);
  writeFileSync(`${file}.tmp`, 'of a start that was killed');
  for (const damage of [
    () => truncateSync(file, size / 2),
    () => truncateSync(file, 0),
    () => appendFileSync(file, 'x'),
  ]) {
    damage();
    utimesSync(file, 1, 1);
    await start();
    expect(statSync(file).mtimeMs).toBeGreaterThan(1000);
  }
  expect(bundles(folder)).toHaveLength(1);
});

test('a folder that others may write to, or that is a link, is left alone', async () => {
  const [open, linked] = [place(), place()];
  mkdirSync(open.folder, { recursive: true });
  chmodSync(open.folder, 0o777);
  mkdirSync(join(linked.sandbox.root, 'elsewhere'));
  mkdirSync(join(linked.folder, '..'), { recursive: true });
  symlinkSync(join(linked.sandbox.root, 'elsewhere'), linked.folder);
  for (const { folder, start } of [open, linked]) {
    await start();
    expect(readdirSync(folder)).toEqual([]);
  }
});

test.runIf(isRoot)('nothing is kept in the home of another user, or taken from a file of another user', async () => {
  const other = place();
  mkdirSync(join(other.sandbox.root, 'home/cache'));
  chownSync(join(other.sandbox.root, 'home/cache'), 12345, 12345);
  await other.start();
  expect(existsSync(other.folder)).toBe(false);
  const { folder, start } = place();
  await start();
  const file = join(folder, bundles(folder)[0] ?? '');
  chownSync(file, 12345, 12345);
  utimesSync(file, 1, 1);
  await start();
  expect(statSync(file)).toMatchObject({ uid: 0 });
});

test('without a place, or when it is not wished, all works as ever', async () => {
  const [refused, absent] = [place({ NODE_DISABLE_COMPILE_CACHE: '1' }), place()];
  writeFileSync(join(absent.sandbox.root, 'home/cache'), '');
  for (const { folder, start } of [refused, absent]) {
    await start();
    expect(existsSync(folder)).toBe(false);
  }
});

test('what cannot be put in its place leaves nothing behind', async () => {
  const { folder, start } = place();
  await start();
  const file = join(folder, bundles(folder)[0] ?? '');
  rmSync(file);
  mkdirSync(join(file, 'in the way'), { recursive: true });
  await start();
  expect(bundles(folder)).toEqual([basename(file)]);
});

test('the cache beside it keeps the rights it would have, and a relative XDG_CACHE_HOME is none', async () => {
  const [usual, relative] = [place(), place({ XDG_CACHE_HOME: 'here' })];
  await usual.start();
  expect(statSync(usual.folder).mode & 0o777).toBe(0o700);
  expect(existsSync(usual.sandbox.cacheDirectory)).toBe(false);
  await relative.start();
  expect(existsSync(join(relative.sandbox.root, 'project/here/tspm-compiled-v1'))).toBe(false);
  expect(bundles(join(relative.sandbox.root, 'home/.cache/tspm-compiled-v1'))).toHaveLength(1);
});

test('of one bundle the newest few stay', async () => {
  const { folder, start } = place();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (let i = 1; i <= 9; i++) {
    const path = join(folder, `dispatch.cjs-${i}-v1-x`);
    writeFileSync(path, '');
    utimesSync(path, i, i);
  }
  await start();
  expect(bundles(folder)).toHaveLength(6);
  expect(bundles(folder)).not.toContain('dispatch.cjs-4-v1-x');
});
