import { describe, expect, it } from 'vitest';
import type { LiveRegion } from '../../../src/cli/live.ts';
import { progressLines, startProgress, trackProgress } from '../../../src/cli/progress.ts';
import { createPaint } from '../../../src/cli/render.ts';
import { createReporter, type Verbosity } from '../../../src/cli/reporter.ts';
import type { ProgressEvent } from '../../../src/ports.ts';

const SYNC: readonly ProgressEvent[] = [
  { kind: 'phase', text: 'Resolving packages from lockfile' },
  { kind: 'sync:plan', add: 1, update: 1, remove: 1 },
  { kind: 'sync:package', action: 'Remove', name: 'x', version: '1', from: undefined, ok: true },
  { kind: 'sync:package', action: 'Update', name: 'y', version: '2', from: '1', ok: true },
  { kind: 'sync:package', action: 'Install', name: 'z', version: '3', from: undefined, ok: false },
  { kind: 'sync:done', done: 2, total: 3, milliseconds: 1_200 },
];

describe('createReporter', () => {
  it('prints the lines scripts around PDM look for', () => {
    const { output, errors } = report(SYNC, 0);
    expect(output).toBe(
      [
        'Synchronizing working set with resolved packages: 1 to add, 1 to update, 1 to remove',
        '',
        '  ✔ Remove x 1 successful',
        '  ✔ Update y 1 -> 2 successful',
        '  ✖ Install z 3 failed',
        '  0:00:01 🎉 All complete! 2/3',
        '',
      ].join('\n'),
    );
    expect(errors).toBe('STATUS: Resolving packages from lockfile...\n');
  });

  it('tells how locking ended and which files were written, the latter unless quiet', () => {
    const events: readonly ProgressEvent[] = [
      { kind: 'file:written', file: 'pdm.lock' },
      { kind: 'lock:done', ok: true, milliseconds: 61_500 },
      { kind: 'lock:done', ok: false, milliseconds: 0 },
    ];
    const lines = '  0:01:01 🔒 Lock successful.\n  0:00:00 🔒 Lock failed.\n';
    expect(report(events, 0).output).toBe(`Changes are written to pdm.lock.\n${lines}`);
    expect(report(events, -1).output).toBe(lines);
  });

  it('says when there is nothing to do', () => {
    const events: readonly ProgressEvent[] = [
      { kind: 'sync:plan', add: 0, update: 0, remove: 0 },
      { kind: 'sync:done', done: 0, total: 0, milliseconds: 0 },
    ];
    expect(report(events, 0).output).toBe(
      'All packages are synced to date, nothing to do.\n  0:00:00 🎉 All complete! 0/0\n',
    );
  });

  it('keeps results and drops notes when quiet, and adds details when verbose', () => {
    const notes: readonly ProgressEvent[] = [
      { kind: 'note', level: 'info', message: 'i' },
      { kind: 'note', level: 'warning', message: 'w' },
      { kind: 'note', level: 'detail', message: 'd' },
      { kind: 'download:done', file: 'x.whl', bytes: 1_500 },
    ];
    expect(report(notes, -1).errors).toBe('');
    expect(report(notes, 0).errors).toBe('INFO: i\nWARNING: w\n');
    expect(report(notes, 1).errors).toBe('INFO: i\nWARNING: w\nd\ndownloaded x.whl (1.5 kB)\n');
    expect(report(SYNC, -1)).toEqual({ output: report(SYNC, 0).output, errors: '' });
  });

  it('draws on a terminal, away from the lines that stay, and clears at the end', async () => {
    const drawn: string[] = [];
    const region: LiveRegion = { draw: (lines) => drawn.push(lines.join('|')), clear: () => drawn.push('(clear)') };
    const opened = Promise.resolve(region);
    const sink = { isTerminal: true, isClosed: false, write: (text: string) => drawn.push(text.trim()) };
    const reporter = createReporter({
      output: sink,
      errors: sink,
      paint: createPaint({}, { isTerminal: false }),
      verbosity: 0,
      openLive: () => opened,
    });
    reporter.emit({ kind: 'phase', text: 'Resolving' });
    await opened;
    reporter.emit({ kind: 'note', level: 'info', message: 'hello' });
    reporter.pause();
    expect(drawn).toEqual(['Resolving...', '(clear)', 'INFO: hello']);
  });
});

it('progressLines shows the phase, how far it is, and the first downloads', () => {
  const progress = startProgress();
  const events: readonly ProgressEvent[] = [
    { kind: 'phase', text: 'Installing' },
    { kind: 'sync:plan', add: 7, update: 0, remove: 0 },
    { kind: 'sync:package', action: 'Install', name: 'a', version: '1', from: undefined, ok: true },
    ...Array.from({ length: 7 }, (_, index): ProgressEvent => ({
      kind: 'download:start',
      file: `f${index}`,
      size: 2_000,
    })),
    { kind: 'download:progress', file: 'f1', bytes: 1_500 },
    { kind: 'download:done', file: 'f0', bytes: 2_000 },
  ];
  for (const event of events) trackProgress(progress, event);
  expect(progressLines(progress)).toEqual([
    'Installing... 1/7',
    '  f1 1.5 kB of 2.0 kB',
    '  f2 0 bytes of 2.0 kB',
    '  f3 0 bytes of 2.0 kB',
    '  f4 0 bytes of 2.0 kB',
    '  f5 0 bytes of 2.0 kB',
    '  and 1 more',
  ]);
});

function report(
  events: readonly ProgressEvent[],
  verbosity: Verbosity,
): { readonly output: string; readonly errors: string } {
  const written = { output: '', errors: '' };
  const sink = (name: 'output' | 'errors') => ({
    isTerminal: false,
    isClosed: false,
    write: (text: string) => void (written[name] += text),
  });
  const reporter = createReporter({
    output: sink('output'),
    errors: sink('errors'),
    paint: createPaint({}, { isTerminal: false }),
    verbosity,
    openLive: () => Promise.reject(new Error('there is no terminal to draw on')),
  });
  for (const event of events) reporter.emit(event);
  return written;
}
