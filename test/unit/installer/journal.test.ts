import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { applyJournal, clearAway, finishInterrupted, removeLeftovers } from '../../../src/installer/apply.ts';
import { hasLeftovers } from '../../../src/installer/stamp.ts';
import { controlPaths } from '../../../src/installer/environment.ts';
import { acquireLock } from '../../../src/installer/lock.ts';
import { changeFolders, digest, publishJournal, readJournal, stageJournal } from '../../../src/installer/journal.ts';
import { readTree, scratchFolder } from '../../support/tree.ts';

/** The right to go on, which nobody takes over. */
const HELD = { keep: () => undefined };

describe('a journal that cannot be trusted', () => {
  test.each([
    ['is no JSON', '{'],
    ['is of a later format', JSON.stringify({ format: 2, id: 'ab', steps: [], thinned: [] })],
    ['has a path out of the folder', text('../outside')],
    ['has a path back in', text('lib/../../x')],
    ['has an absolute path', text('/etc/passwd')],
    ['takes away a whole folder of the layout', text('lib')],
    ["takes away tspm's own files", text('.tspm/state.json')],
    ['has an id that is a path', JSON.stringify({ format: 1, id: '../x', steps: [], thinned: [] })],
  ])('%s: refused', (_, journal) => {
    const control = controlPaths(scratchFolder());
    mkdirSync(control.directory);
    writeFileSync(control.journal, journal);
    expect(() => readJournal(control)).toThrow(expect.objectContaining({ code: 'TSPM_IO' }));
  });
});

test('a journal is carried out once, however often it is tried, and what is below links stays', async () => {
  const base = scratchFolder();
  const control = controlPaths(base);
  const folders = changeFolders(control, 'ab');
  for (const folder of ['lib/old', 'lib/thin', folders.fresh(0), join(folders.fresh(1), 'lib/new'), 'elsewhere']) {
    mkdirSync(folder.startsWith('/') ? folder : join(base, folder), { recursive: true });
  }
  writeFileSync(join(base, 'lib/old/x'), 'old');
  writeFileSync(join(base, 'elsewhere/x'), 'keep');
  symlinkSync(join(base, 'elsewhere'), join(base, 'lib/link'));
  writeFileSync(join(folders.fresh(1), 'lib/new/x'), 'new');
  writeFileSync(folders.state, 'state');
  const steps = [
    { title: 'a', discard: ['lib/old', 'lib/link/x'] },
    { title: 'b', discard: [] },
  ];
  stageJournal(folders, { id: 'ab', steps, thinned: ['lib/thin'], decidedBy: [] });
  await publishJournal(control, folders);
  expect(hasLeftovers(control)).toBe(true);
  expect(await finishInterrupted(base, HELD, undefined)).toMatchObject({ id: 'ab', steps });
  expect(hasLeftovers(control)).toBe(false);
  // As if the machine had stopped before the journal was removed.
  mkdirSync(folders.root, { recursive: true });
  stageJournal(folders, { id: 'ab', steps, thinned: ['lib/thin'], decidedBy: [] });
  await publishJournal(control, folders);
  const done: number[] = [];
  applyJournal(
    base,
    { id: 'ab', steps, thinned: [], decidedBy: [] },
    { interpreter: undefined, lock: HELD, onStep: (index) => done.push(index) },
  );
  await clearAway(base, undefined);
  expect(done).toEqual([0, 1]);
  expect(readTree(join(base, 'lib'))).toEqual({ link: `-> ${join(base, 'elsewhere')}`, 'new/x': '644 new' });
  expect(existsSync(join(base, 'elsewhere/x'))).toBe(true);
  expect(readTree(control.directory)).toEqual({ 'state.json': '644 state' });
});

test('leftovers of a run that never got to its journal are removed', async () => {
  const base = scratchFolder();
  const control = controlPaths(base);
  mkdirSync(join(control.staging, 'ab/0.new'), { recursive: true });
  writeFileSync(join(control.directory, 'journal.json.123'), 'half');
  writeFileSync(`${control.lock}.0ab`, '');
  expect(await finishInterrupted(base, HELD, undefined)).toBeUndefined();
  expect(readTree(control.directory)).toEqual({ '/': '/' });
});

test('when a signal leaves no time to delete staging, no staged journal stays that could be taken for a decision', async () => {
  const control = controlPaths(scratchFolder());
  const folders = changeFolders(control, 'ab');
  mkdirSync(folders.fresh(0), { recursive: true });
  stageJournal(folders, { id: 'ab', steps: [], thinned: [], decidedBy: [{ path: 'a', sha256: '' }] });
  let hours = 0;
  vi.spyOn(process, 'hrtime').mockImplementation(() => [hours++ * 3600, 0]);
  onTestFinished(() => void vi.restoreAllMocks());
  await removeLeftovers(control, AbortSignal.abort());
  expect(existsSync(folders.fresh(0))).toBe(true);
  expect(existsSync(folders.journal)).toBe(false);
});

function text(path: string): string {
  return JSON.stringify({ format: 1, id: 'ab', steps: [{ title: '', discard: [path] }], thinned: [] });
}

test('a staged journal is finished when the files that decide about it hold what was decided, else it goes', async () => {
  for (const [now, fate] of [
    ['new', 'finished'],
    ['old', 'dropped'],
  ] as const) {
    const root = scratchFolder();
    const base = join(root, 'packages');
    const control = controlPaths(base);
    const folders = changeFolders(control, 'ab');
    mkdirSync(join(folders.fresh(0), 'lib/new'), { recursive: true });
    mkdirSync(join(base, 'lib/old'), { recursive: true });
    writeFileSync(join(root, 'lock'), now);
    const decidedBy = [{ path: '../lock', sha256: digest('new') }];
    stageJournal(folders, { id: 'ab', steps: [{ title: 'swap', discard: ['lib/old'] }], thinned: [], decidedBy });
    expect((await finishInterrupted(base, HELD, undefined))?.id).toBe(fate === 'finished' ? 'ab' : undefined);
    expect(readTree(base)).toEqual({ '.tspm/': '/', [fate === 'finished' ? 'lib/new/' : 'lib/old/']: '/' });
  }
});

test('a change stops where another process took the lock over, and the journal is left to that', async () => {
  const base = scratchFolder();
  const control = controlPaths(base);
  const folders = changeFolders(control, 'ab');
  for (const path of [folders.fresh(0), join(base, 'lib')]) mkdirSync(path, { recursive: true });
  for (const name of ['a', 'b', 'c']) writeFileSync(join(base, 'lib', name), '');
  const journal = {
    id: 'ab',
    steps: [{ title: 'a', discard: ['lib/a', 'lib/b', 'lib/c'] }],
    thinned: [],
    decidedBy: [],
  };
  stageJournal(folders, journal);
  await publishJournal(control, folders);
  const request = { reporter: { emit: () => undefined }, signal: undefined };
  const lock = await acquireLock(control, request);
  const keep = (): void => {
    if (!existsSync(join(base, 'lib/b'))) writeFileSync(control.lock, 'of another process');
    lock.assertHeld();
  };
  const apply = (): void => applyJournal(base, journal, { interpreter: undefined, lock: { keep }, onStep: () => {} });
  expect(apply).toThrow(expect.objectContaining({ code: 'TSPM_BUSY' }));
  lock.release();
  expect(readdirSync(join(base, 'lib'))).toEqual(['c']);
  expect(readJournal(control)).toEqual(journal);
});
