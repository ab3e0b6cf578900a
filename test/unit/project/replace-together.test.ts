import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ProcessIdentity, thisProcess } from '../../../src/util/machine.ts';
import { finishPending, replaceTogether } from '../../../src/project/replace-together.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tspm-together-'));
  writeFileSync(join(root, 'a'), 'old a');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const tree = () => Object.fromEntries(readdirSync(root).map((name) => [name, readFileSync(join(root, name), 'utf8')]));
const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const record = (files: unknown) =>
  writeFileSync(join(root, '.tspm-pending.json'), JSON.stringify({ format: 1, files }));
const both = [
  { name: 'a', before: sha('old a'), after: sha('new a'), staged: '.a.tspm-new' },
  { name: 'b', before: '', after: sha('new b'), staged: '.b.tspm-new' },
];

describe('several files as one change', () => {
  it('are all written, modes kept, nothing left behind', async () => {
    chmodSync(join(root, 'a'), 0o640);
    await replaceTogether(root, [
      { path: join(root, 'a'), text: 'new a', expected: 'old a' },
      { path: join(root, 'b'), text: 'new b' },
    ]);
    expect(tree()).toEqual({ a: 'new a', b: 'new b' });
    expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o640);
  });

  it('stay as they are when one of them cannot be written', async () => {
    const changes = [
      { path: join(root, 'b'), text: 'new b' },
      { path: join(root, 'a'), text: 'new a', expected: 'other' },
    ];
    await expect(replaceTogether(root, changes)).rejects.toMatchObject({ code: 'TSPM_BUSY' });
    expect(tree()).toEqual({ a: 'old a' });
  });

  it('are finished after a crash between the renames', async () => {
    writeFileSync(join(root, '.a.tspm-new'), 'new a');
    writeFileSync(join(root, 'b'), 'new b');
    record(both);
    expect(await finishPending(root)).toBe('finished');
    expect(tree()).toEqual({ a: 'new a', b: 'new b' });
    expect(await finishPending(root)).toBe('nothing');
  });

  it('are dropped when somebody changed one since, or a staged file is not whole', async () => {
    writeFileSync(join(root, 'a'), 'edited');
    writeFileSync(join(root, '.a.tspm-new'), 'new a');
    writeFileSync(join(root, '.b.tspm-new'), 'new b');
    record(both);
    expect(await finishPending(root)).toBe('dropped');
    expect(tree()).toEqual({ a: 'edited' });
    writeFileSync(join(root, 'a'), 'old a');
    writeFileSync(join(root, '.a.tspm-new'), 'new');
    writeFileSync(join(root, '.b.tspm-new'), 'new b');
    record(both);
    expect(await finishPending(root)).toBe('dropped');
    expect(tree()).toEqual({ a: 'old a' });
  });

  it('are left to the process that prepares them while it lives, and dropped without a trace when it is gone', async () => {
    const write = (owner: ProcessIdentity) => {
      writeFileSync(join(root, '.a.tspm-new'), 'new a');
      writeFileSync(join(root, '.b.tspm-new'), 'new');
      writeFileSync(join(root, '.tspm-pending.json'), JSON.stringify({ format: 1, owner, files: both }));
    };
    const self = thisProcess();
    write(self);
    expect(await finishPending(root)).toBe('nothing');
    expect(Object.keys(tree())).toEqual(['.a.tspm-new', '.b.tspm-new', '.tspm-pending.json', 'a']);
    write({ ...self, started: 'earlier' });
    expect(await finishPending(root)).toBe('dropped');
    expect(tree()).toEqual({ a: 'old a' });
    const elsewhere = { ...self, host: 'elsewhere' };
    write(elsewhere);
    expect(await finishPending(root)).toBe('nothing');
    utimesSync(join(root, '.tspm-pending.json'), 1e9, 1e9);
    expect(await finishPending(root)).toBe('dropped');
    expect(tree()).toEqual({ a: 'old a' });
  });

  it('of two processes at once one has its way, or none', async () => {
    for (let round = 0; round < 20; round++) {
      writeFileSync(join(root, 'a'), 'old a');
      writeFileSync(join(root, 'b'), 'old b');
      const attempts = ['one', 'two', 'three'].map((word) =>
        replaceTogether(root, [
          { path: join(root, 'a'), text: `${word} a`, expected: 'old a' },
          { path: join(root, 'b'), text: `${word} b` },
        ]).then(
          () => word,
          () => 'old',
        ),
      );
      const [winner = 'old', ...others] = (await Promise.all(attempts)).filter((word) => word !== 'old');
      expect(others).toEqual([]);
      expect(tree()).toEqual({ a: `${winner} a`, b: `${winner} b` });
    }
  });

  it('never leave the folder, whatever a record says', async () => {
    for (const files of [
      [{ name: '../x', before: '', after: sha('x'), staged: '.x.tspm-new' }],
      [{ name: 'a' }],
      'x',
      [null],
    ]) {
      record(files);
      expect(await finishPending(root)).toBe('dropped');
    }
    expect(tree()).toEqual({ a: 'old a' });
  });
});
