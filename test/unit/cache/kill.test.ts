import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openStore } from '../../../src/cache/store.ts';
import { storeUsage } from '../../../src/cache/usage.ts';
import { verifyEntry } from '../../../src/cache/verify.ts';
import { bundleChild } from '../../support/bundle.ts';
import { readTree, scratchFolder } from '../../support/tree.ts';
import { buildWheel } from '../../support/wheel.ts';

const WHEEL = buildWheel({
  name: 'demo',
  version: '1.0',
  files: { 'demo/__init__.py': 'x = 1\n', 'demo/data/some.bin': Buffer.alloc(100_000, 'tspm ') },
});

let child = '';

beforeAll(async () => {
  child = await bundleChild(new URL('../../support/add-entry.ts', import.meta.url));
});

afterAll(() => rmSync(dirname(child), { recursive: true, force: true }));

/** A cache directory with the wheel kept as a file; gives the arguments of the child. */
function prepare(folder: string): { cacheDir: string; args: string[] } {
  const cacheDir = join(folder, 'cache');
  mkdirSync(cacheDir);
  const temporary = join(folder, 'download');
  writeFileSync(temporary, WHEEL.bytes);
  const kept = openStore(cacheDir).keepWheel(temporary, WHEEL.sha256);
  return { cacheDir, args: [child, cacheDir, kept, WHEEL.filename, WHEEL.sha256] };
}

/** Runs the child undisturbed and gives its calls. */
function runChild(args: readonly string[]): string[] {
  const calls: unknown = JSON.parse(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout);
  if (!Array.isArray(calls)) throw new Error('the child prints a list');
  return calls.map(String);
}

describe('addEntry', () => {
  it('killed before any change of the file system leaves no entry or a whole one, and works again', async () => {
    const first = scratchFolder();
    const undisturbed = prepare(first);
    const calls = runChild(undisturbed.args).length;
    expect(calls).toBeGreaterThan(30);
    const whole = openStore(undisturbed.cacheDir).findEntry(WHEEL.sha256);
    if (whole === undefined) throw new Error('the child added no entry');
    const wanted = readTree(dirname(whole.directory));

    let published = 0;
    for (let killAt = 1; killAt <= calls; killAt++) {
      const { cacheDir, args } = prepare(scratchFolder());
      const run = spawnSync(process.execPath, args, { env: { ...process.env, KILL_AT: String(killAt) } });
      expect(run.signal, `killed at ${killAt}`).toBe('SIGKILL');
      const store = openStore(cacheDir);
      const left = store.findEntry(WHEEL.sha256);
      if (left !== undefined) published++;
      expect(left === undefined ? [] : await verifyEntry(left, { content: true })).toEqual([]);
      const wheel = store.findWheel(WHEEL.sha256);
      expect(left !== undefined || wheel !== undefined, `bytes lost at ${killAt}`).toBe(true);
      const entry = await store.addEntry(wheel ?? '', WHEEL.filename, WHEEL.sha256);
      expect(readTree(dirname(entry.directory))).toEqual(wanted);
      expect(storeUsage(cacheDir)).toMatchObject({ entries: { count: 1 }, wheels: { count: 0 } });
      rmSync(cacheDir, { recursive: true });
    }
    expect(published).toBeGreaterThan(0);
    expect(published).toBeLessThan(calls);
  });

  it('has every file, directory and the manifest on the disk before the entry gets its name', () => {
    const { cacheDir, args } = prepare(scratchFolder());
    const calls = runChild(args);
    const renamed = calls.indexOf('renameSync');
    const files = openStore(cacheDir).findEntry(WHEEL.sha256)?.manifest.files.length ?? 0;
    const before = calls.slice(0, renamed);
    expect(files).toBeGreaterThan(0);
    expect(before.filter((name) => name === 'fsync')).toHaveLength(files);
    // "open" is asynchronous only where a directory is synced: tree, demo, demo/data, dist-info and the entry itself.
    expect(before.filter((name) => name === 'open')).toHaveLength(5);
    // The outline, the manifest, and the directory that the new shard was made in.
    expect(before.filter((name) => name === 'fsyncSync')).toHaveLength(3);
    expect(before.lastIndexOf('fsync')).toBeLessThan(before.indexOf('fsyncSync'));
    expect(calls.slice(renamed)).toContain('fsyncSync');
    expect(calls.filter((name) => name === 'renameSync')).toHaveLength(1);
  });

  it('by several processes at once ends with one entry and nothing else', async () => {
    const { cacheDir, args } = prepare(scratchFolder());
    const [, , kept = '', ...rest] = args;
    const copy = join(scratchFolder(), 'copy.whl');
    copyFileSync(kept, copy);
    const children = Array.from({ length: 4 }, () => spawn(process.execPath, [child, cacheDir, copy, ...rest]));
    const statuses = await Promise.all(children.map(async (process) => (await once(process, 'exit'))[0] as unknown));
    expect(statuses).toEqual([0, 0, 0, 0]);
    const entry = openStore(cacheDir).findEntry(WHEEL.sha256);
    if (entry === undefined) throw new Error('no entry');
    expect(await verifyEntry(entry, { content: true })).toEqual([]);
    expect(storeUsage(cacheDir)).toMatchObject({ entries: { count: 1 }, wheels: { count: 0 }, staging: { count: 0 } });
  });
});
