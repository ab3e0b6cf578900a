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
  child = await bundleChild('add-entry');
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

describe('addEntry', () => {
  it('killed before any change of the file system leaves no entry or a whole one, and works again', async () => {
    const first = scratchFolder();
    const undisturbed = prepare(first);
    const calls = Number(spawnSync(process.execPath, undisturbed.args, { encoding: 'utf8' }).stdout);
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
      if (left !== undefined) {
        published++;
        expect(await verifyEntry(left, { content: true })).toEqual([]);
      }
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
