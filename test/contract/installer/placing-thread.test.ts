/** The thread that helps to bring files, alone: what it brings, refuses and tells. */
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { build } from 'esbuild';
import { beforeAll, expect, onTestFinished, test } from 'vitest';

import type { Batch } from '../../../src/installer/batch.ts';
import type { HelperOrder, HelperReport } from '../../../src/installer/placing-thread.ts';
import type { LinkMethod } from '../../../src/installer/state.ts';
import { reviveFailure } from '../../../src/installer/thread-failure.ts';
import { close, createBoard, isStopped, post, type WorkBoard } from '../../../src/installer/work-board.ts';
import { readTree, scratchFolder } from '../../support/tree.ts';

let program: string;

beforeAll(async () => {
  const entry = join(import.meta.dirname, '../../../src/installer/placing-thread.ts');
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
  });
  program = outputFiles[0]?.text ?? '';
});

test('it makes the folders and brings the files, each in its form', async () => {
  const { from, to } = places();
  const batch: Batch = [
    { from, to: join(to, 'a/b'), form: 'file', executable: false, names: ['one', 'two'] },
    { from, to: join(to, 'bin'), form: 'script', executable: false, names: ['one'] },
  ];
  const { report } = await help('hardlink', [batch, [{ from, to, form: 'program', executable: true, names: ['two'] }]]);
  expect(report).toEqual({ refusals: [], failure: undefined });
  expect(readTree(to)).toEqual({ 'a/b/one': '644 1', 'a/b/two': '644 2', 'bin/one': '755 1', two: '644 2' });
  expect(['one', 'two'].map((name) => statSync(join(from, name)).nlink)).toEqual([2, 3]);
});

test.skipIf(!existsSync('/dev/shm'))(
  'a refused kind of link becomes a copy and is told once (skipped without a second file system)',
  async () => {
    const from = mkdtempSync('/dev/shm/tspm-test-');
    onTestFinished(() => rmSync(from, { recursive: true }));
    const { to } = places(from);
    const batch: Batch = [{ from, to, form: 'file', executable: false, names: ['one', 'two'] }];
    const { report } = await help('hardlink', [batch]);
    expect(report).toEqual({ refusals: [{ kind: 'hardlink', errno: 'EXDEV' }], failure: undefined });
    expect(readTree(to)).toEqual({ one: '644 1', two: '644 2' });
  },
);

test('rows that name a place outside of the tree bring nothing', async () => {
  const { from, to } = places();
  const row = (path: string): string => `${path},sha256=${'A'.repeat(43)},1\n`;
  const { report } = await help('copy', [[{ from, to, rows: row('a/../../two'), executable: [] }]]);
  expect(report.failure?.message).toContain('`tspm cache verify --repair`');
  expect(existsSync(join(to, '../two'))).toBe(false);
});

test('a failure comes as the system error it was, and stops all others', async () => {
  const { from, to } = places();
  const batch: Batch = [{ from, to, form: 'file', executable: false, names: ['one', 'missing', 'two'] }];
  const { report, board } = await help('hardlink', [
    batch,
    [{ from, to, form: 'file', executable: false, names: ['two'] }],
  ]);
  const error = reviveFailure(report.failure ?? { message: '', stack: undefined, facts: {} });
  expect(error).toMatchObject({
    code: 'ENOENT',
    syscall: 'link',
    path: join(from, 'missing'),
    dest: join(to, 'missing'),
  });
  expect(error).toBeInstanceOf(Error);
  expect(isStopped(board)).toBe(true);
  expect(readTree(to)).toEqual({ one: '644 1' });
});

function places(from = join(scratchFolder(), 'from')): { readonly from: string; readonly to: string } {
  mkdirSync(from, { recursive: true });
  for (const [name, text] of [
    ['one', '1'],
    ['two', '2'],
  ] as const)
    writeFileSync(join(from, name), text);
  return { from, to: join(scratchFolder(), 'to') };
}

/** Runs one helper over the batches, this thread taking none. */
async function help(
  method: LinkMethod,
  batches: readonly Batch[],
): Promise<{ readonly report: HelperReport; readonly board: WorkBoard }> {
  const board = createBoard(1);
  const order: HelperOrder = { board, helper: 0, method };
  const worker = new Worker(program, { eval: true, workerData: order });
  const ended = once(worker, 'exit');
  const said = once(worker, 'message');
  for (const batch of batches) {
    worker.postMessage(batch);
    post(board);
  }
  close(board);
  const [report] = (await said) as [HelperReport];
  await ended;
  return { report, board };
}
