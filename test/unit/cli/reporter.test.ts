import { describe, expect, it } from 'vitest';
import type { LiveRegion } from '../../../src/cli/live.ts';
import { progressLines, type ProgressView, startProgress, trackProgress } from '../../../src/cli/progress.ts';
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
      screen: () => ({ columns: 80, rows: 24 }),
      now: () => 0,
      openLive: () => opened,
    });
    reporter.emit({ kind: 'phase', text: 'Resolving' });
    await opened;
    reporter.emit({ kind: 'note', level: 'info', message: 'hello' });
    reporter.pause();
    expect(drawn).toEqual(['Resolving...', '(clear)', 'INFO: hello']);
  });
});

describe('progressLines', () => {
  it('shows what the solver looks at', () => {
    const events: readonly ProgressEvent[] = [
      { kind: 'phase', text: 'Resolving dependencies' },
      { kind: 'resolve:listing', name: 'a' },
      { kind: 'resolve:listing', name: 'b' },
      { kind: 'resolve:decide', name: 'a', version: '2.0' },
    ];
    expect(linesAfter(events.slice(0, 1))).toEqual(['Resolving dependencies...']);
    expect(linesAfter(events.slice(0, 3))).toEqual(['Resolving dependencies... 2 packages']);
    expect(linesAfter(events)).toEqual(['Resolving dependencies... 2 packages, 1 version tried: a 2.0']);
  });

  const downloads: readonly ProgressEvent[] = [
    { kind: 'sync:plan', add: 7, update: 0, remove: 0 },
    { kind: 'sync:prepare', name: 'a', version: '1' },
    { kind: 'sync:prepared', name: 'a', version: '1' },
    { kind: 'sync:prepare', name: 'b', version: '1' },
    { kind: 'sync:prepare', name: 'c', version: '2' },
    ...Array.from({ length: 7 }, (_, index): ProgressEvent => ({
      kind: 'download:start',
      file: `f${index}-1.0-py3-none-any.whl`,
      size: 2_000_000 + index,
    })),
    { kind: 'download:progress', file: 'f6-1.0-py3-none-any.whl', bytes: 1_500_000 },
    { kind: 'download:done', file: 'f0-1.0-py3-none-any.whl', bytes: 2_000_000 },
  ];

  it('shows names, bytes, rate and remaining time of downloads, the largest first', () => {
    expect(linesAfter(downloads, { width: 80, now: 3_000 })).toEqual([
      'Preparing packages... 1 of 7: b 1, c 2',
      'Downloading... 1 file, 3.5 MB, 1.8 MB/s',
      `  f6-1.0${' '.repeat(23)}${'━'.repeat(11)}${'─'.repeat(5)} 1.5 MB of 2.0 MB, 1 s`,
      ...[5, 4, 3, 2].map((index) => `  f${index}-1.0${' '.repeat(23)}${'─'.repeat(16)} 0 bytes of 2.0 MB`),
      '  and 1 more',
    ]);
  });

  it('fits a narrow terminal', () => {
    for (const width of [20, 40, 79]) {
      for (const line of linesAfter(downloads, { width, now: 3_000 })) expect(line.length).toBeLessThan(width);
    }
  });

  it('counts what is put in place', () => {
    const events: readonly ProgressEvent[] = [
      { kind: 'sync:plan', add: 2, update: 0, remove: 0 },
      { kind: 'sync:package', action: 'Install', name: 'a', version: '1', from: undefined, ok: true },
    ];
    expect(linesAfter(events)).toEqual(['Installing packages... 1 of 2: a 1']);
    expect(linesAfter([...events, { kind: 'sync:done', done: 2, total: 2, milliseconds: 1 }])).toEqual([]);
  });
});

describe('on a terminal', () => {
  const install = (index: number): ProgressEvent => ({
    kind: 'sync:package',
    action: 'Install',
    name: `package-${index}`,
    version: '1.0',
    from: undefined,
    ok: true,
  });
  const changes = (count: number): readonly ProgressEvent[] => [
    { kind: 'sync:plan', add: count, update: 0, remove: 0 },
    ...Array.from({ length: count }, (_, index) => install(index)),
    { kind: 'sync:done', done: count, total: count, milliseconds: 0 },
  ];

  it('changes that would not fit the screen are told together, with -v and in a pipe one by one', () => {
    const { output } = report(changes(20), 0, true);
    expect(output).toContain('  ✔ Install 20 packages successful: package-0 1.0, package-1 1.0,');
    expect(output).not.toContain('Install package-0');
    for (const line of output.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(report(changes(14), 0, true).output).toContain('  ✔ Install package-13 1.0 successful\n');
    expect(report(changes(20), 1, true).output).toContain('  ✔ Install package-19 1.0 successful\n');
    expect(report(changes(20), 0).output).toContain('  ✔ Install package-19 1.0 successful\n');
  });

  it('breaks notes between words', () => {
    const message = 'word '.repeat(30).trim();
    const { errors } = report([{ kind: 'note', level: 'warning', message }], 0, true);
    expect(errors.split('\n').every((line) => line.length <= 80)).toBe(true);
    expect(errors.replaceAll(/\s+/g, ' ').trim()).toBe(`WARNING: ${message}`);
  });
});

it('a log hears twice a minute how far long work is', () => {
  let now = 0;
  let errors = '';
  const output = { isTerminal: false, isClosed: false, write: () => undefined };
  const reporter = createReporter({
    output,
    errors: { ...output, write: (text: string) => void (errors += text) },
    paint: createPaint({}, { isTerminal: false }),
    verbosity: 0,
    screen: () => ({ columns: 80, rows: 24 }),
    now: () => now,
    openLive: () => Promise.reject(new Error('there is no terminal to draw on')),
  });
  reporter.emit({ kind: 'sync:plan', add: 2, update: 0, remove: 0 });
  reporter.emit({ kind: 'sync:prepare', name: 'torch', version: '2.0' });
  reporter.emit({ kind: 'download:start', file: 'torch.whl', size: 1e9 });
  for (now = 0; now <= 70_000; now += 1_000) {
    reporter.emit({ kind: 'download:progress', file: 'torch.whl', bytes: now * 2_000 });
  }
  expect(errors.split('\n')).toEqual([
    'STATUS: Preparing packages... 0 of 2: torch 2.0 (0 files, 60.0 MB, 2.0 MB/s downloaded)',
    'STATUS: Preparing packages... 0 of 2: torch 2.0 (0 files, 120.0 MB, 2.0 MB/s downloaded)',
    '',
  ]);
});

it('-v tells of every request how it ended', () => {
  const event: ProgressEvent = {
    kind: 'request',
    url: 'https://pypi.org/simple/six/',
    outcome: '200',
    milliseconds: 12.4,
  };
  expect(report([event], 0).errors).toBe('');
  expect(report([event], 1).errors).toBe('GET https://pypi.org/simple/six/: 200, 12 ms\n');
});

function linesAfter(
  events: readonly ProgressEvent[],
  view: ProgressView = { width: 80, now: 1_000 },
): readonly string[] {
  const progress = startProgress();
  for (const event of events) trackProgress(progress, event, 1_000);
  return progressLines(progress, view);
}

function report(
  events: readonly ProgressEvent[],
  verbosity: Verbosity,
  isTerminal = false,
): { readonly output: string; readonly errors: string } {
  const written = { output: '', errors: '' };
  const sink = (name: 'output' | 'errors') => ({
    isTerminal,
    isClosed: false,
    write: (text: string) => void (written[name] += text),
  });
  const reporter = createReporter({
    output: sink('output'),
    errors: sink('errors'),
    paint: createPaint({}, { isTerminal: false }),
    verbosity,
    screen: () => ({ columns: 80, rows: 24 }),
    now: () => 0,
    openLive: () =>
      isTerminal
        ? Promise.resolve({ draw: () => undefined, clear: () => undefined })
        : Promise.reject(new Error('there is no terminal to draw on')),
  });
  for (const event of events) reporter.emit(event);
  reporter.pause();
  return written;
}
