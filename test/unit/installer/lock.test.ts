import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

import { expect, test, vi } from 'vitest';

import { controlPaths, type ControlPaths } from '../../../src/installer/environment.ts';
import { acquireLock } from '../../../src/installer/lock.ts';
import { thisProcess } from '../../../src/util/machine.ts';
import type { ProgressEvent } from '../../../src/ports.ts';
import { scratchFolder } from '../../support/tree.ts';

test('the second waits for the first, says for whom, and gets it', async () => {
  const { control, notes, request } = scene();
  const first = await acquireLock(control, request);
  const second = acquireLock(control, {
    ...request,
    reporter: { emit: (event) => (notes.push(event), first.release()) },
  });
  (await second).release();
  expect(notes).toEqual([
    { kind: 'note', level: 'info', message: expect.stringContaining(`process ${process.pid} on `) },
  ]);
  expect(readdirSync(control.directory)).toEqual([]);
});

test('the second gets it where the first gave up and took the folder away again', async () => {
  const { control, request } = scene();
  await acquireLock(control, request);
  const emit = (): void => rmSync(control.directory, { recursive: true });
  (await acquireLock(control, { ...request, reporter: { emit } })).release();
  expect(readdirSync(control.directory)).toEqual([]);
});

test('a dead process of this machine is taken over from at once', async () => {
  const { control, notes, request } = scene();
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  for (const holder of [
    { ...thisProcess(), pid: dead },
    // The number was given to another process since.
    { ...thisProcess(), started: '1' },
  ]) {
    writeFileSync(control.lock, JSON.stringify(holder));
    (await acquireLock(control, request)).release();
  }
  expect(notes).toEqual([]);
});

test.each([
  ['on another machine', JSON.stringify({ ...thisProcess(), host: 'elsewhere', pid: 1 })],
  ['in another container', JSON.stringify({ ...thisProcess(), pidSpace: 'pid:[1]' })],
  ['of an earlier start of this machine', JSON.stringify({ ...thisProcess(), boot: 'earlier' })],
  ['that did not say who it is', ''],
])('a process %s is taken over from after a minute of silence, not before', async (_, holder) => {
  const { control, request } = scene();
  writeFileSync(control.lock, holder);
  const abort = new AbortController();
  const reporter = { emit: () => abort.abort() };
  await expect(acquireLock(control, { reporter, signal: abort.signal })).rejects.toMatchObject({
    code: 'TSPM_INTERRUPTED',
  });
  expect(readFileSync(control.lock, 'utf8')).toBe(holder);
  const past = Date.now() / 1000 - 61;
  utimesSync(control.lock, past, past);
  (await acquireLock(control, request)).release();
});

test.runIf(process.env['TSPM_TEST_FULL'] === '1')(
  'a holder on a machine whose clock was ahead is taken over from after a minute in which nothing was seen of it',
  async () => {
    const { control, request } = scene();
    writeFileSync(control.lock, JSON.stringify({ ...thisProcess(), host: 'elsewhere' }));
    const ahead = Date.now() / 1000 + 3600;
    utimesSync(control.lock, ahead, ahead);
    (await acquireLock(control, request)).release();
    expect(readdirSync(control.directory)).toEqual([]);
  },
);

test('a lock that was taken over is noticed before anything is committed, and not released by the old holder', async () => {
  const { control, request } = scene();
  const lock = await acquireLock(control, request);
  expect(() => lock.assertHeld()).not.toThrow();
  writeFileSync(`${control.lock}.new`, '{}');
  renameSync(`${control.lock}.new`, control.lock);
  expect(() => lock.assertHeld()).toThrow(expect.objectContaining({ code: 'TSPM_BUSY' }));
  // It looks now and then.
  await vi.waitFor(() => expect(() => lock.keep()).toThrow(expect.objectContaining({ code: 'TSPM_BUSY' })));
  lock.release();
  expect(readFileSync(control.lock, 'utf8')).toBe('{}');
});

function scene(): { control: ControlPaths; notes: ProgressEvent[]; request: Parameters<typeof acquireLock>[1] } {
  const control = controlPaths(scratchFolder());
  mkdirSync(control.directory);
  const notes: ProgressEvent[] = [];
  return { control, notes, request: { reporter: { emit: (event) => notes.push(event) }, signal: undefined } };
}
