import { describe, expect, it } from 'vitest';
import { renderError } from '../../../src/cli/errors.ts';
import { createPaint, formatElapsed, formatSize, oneLine, renderTable, renderTrees } from '../../../src/cli/render.ts';
import { TspmError } from '../../../src/errors.ts';

const plain = createPaint({}, { isTerminal: false });

it('renderTable frames columns as wide as their widest cell, colours and wide signs aside', () => {
  const red = '\u001b[31mab\u001b[39m';
  expect(
    renderTable(
      ['N', 'Type'],
      [
        [red, 'x'],
        ['🔒', ''],
      ],
      plain,
    ),
  ).toBe(
    ['╭────┬──────╮', '│ N  │ Type │', '├────┼──────┤', `│ ${red} │ x    │`, '│ 🔒 │      │', '╰────┴──────╯', ''].join(
      '\n',
    ),
  );
});

it('renderTrees draws branches', () => {
  const leaf = (text: string) => ({ text, children: [] });
  const tree = { text: 'a', children: [{ text: 'b', children: [leaf('c'), leaf('d')] }, leaf('e')] };
  expect(renderTrees([tree, leaf('f')])).toBe('a\n├── b\n│   ├── c\n│   └── d\n└── e\nf\n');
});

it.each([
  [0, '0:00:00'],
  [1_999, '0:00:01'],
  [3_725_000, '1:02:05'],
])('formatElapsed(%d) is %s', (milliseconds, text) => {
  expect(formatElapsed(milliseconds)).toBe(text);
});

it.each([
  [999, '999 bytes'],
  [1_500, '1.5 kB'],
  [15_400, '15 kB'],
  [2_340_000, '2.3 MB'],
  [1_200_000_000, '1.2 GB'],
])('formatSize(%d) is %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});

it('oneLine leaves nothing that moves the cursor or ends the line', () => {
  expect(oneLine('a\n  b\r\nc\u001b[31md\u001b[39m\u0008\u009b')).toBe('a b cd??');
  // A53: what makes text look like another one.
  expect(oneLine('a\u202eb\u200bc\u2067')).toBe('a\\u{202e}b\\u{200b}c\\u{2067}');
});

describe('colours', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ TERM: 'dumb' }, true, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
  ])('%j on a terminal %s: %s', (env, isTerminal, coloured) => {
    expect(createPaint(env, { isTerminal })('red', 'x') !== 'x').toBe(coloured);
  });
});

describe('renderError', () => {
  const view = { paint: plain, detailed: false, json: false };
  const error = new TspmError('TSPM_LOCK_MISSING', 'the lock is old\nand torn', {
    hint: 'run `tspm lock`',
    context: { a: 1 },
  });

  it('is one line with hint and code', () => {
    expect(renderError(error, view)).toBe('error: the lock is old and torn; run `tspm lock` [TSPM_LOCK_MISSING]\n');
  });

  it('is one JSON object on request', () => {
    expect(JSON.parse(renderError(error, { ...view, json: true }))).toEqual({
      error: {
        code: 'TSPM_LOCK_MISSING',
        message: 'the lock is old\nand torn',
        hint: 'run `tspm lock`',
        context: { a: 1 },
      },
    });
  });

  it('leaves passwords of URLs out, wherever they stand', () => {
    const secret = new TspmError('TSPM_UNSUPPORTED', 'git+https://me:s3cret@host/x: no', {
      hint: 'try me:s3cret@host/y',
      context: { url: 'https://me:s3cret@host/x', explanation: ['Because x @ https://me:s3cret@host/x'] },
    });
    for (const [json, detailed] of [
      [false, false],
      [false, true],
      [true, false],
    ] as const) {
      const text = renderError(secret, { paint: plain, json, detailed });
      expect(text).toContain('host/x');
      expect(text).not.toContain('s3cret');
    }
    expect(renderError(new Error('at https://me:s3cret@host'), view)).not.toContain('s3cret');
  });

  it('shows the explanation of a failed resolution below it', () => {
    const failed = new TspmError('TSPM_RESOLUTION_FAILED', 'no solution', {
      context: { explanation: ['Because a', 'and b'] },
    });
    expect(renderError(failed, view)).toBe('error: no solution [TSPM_RESOLUTION_FAILED]\nBecause a\nand b\n');
    const explained = new TspmError('TSPM_RESOLUTION_FAILED', 'no solution', {
      context: { explanation: ['Because alpha depends on beta>=2 which is far too new, alpha cannot be used.'] },
    });
    expect(renderError(explained, { ...view, width: 30 }).split('\n')).toEqual([
      'error: no solution [TSPM_RESOLUTION_FAILED]',
      'Because alpha depends on',
      '  beta>=2 which is far too',
      '  new, alpha cannot be used.',
      '',
    ]);
  });

  it('shows stacks for bugs, and with -v', () => {
    expect(renderError(new Error('oops'), view)).toMatch(/^error: this is a bug in tspm: oops\nError: oops\n\s+at /);
    expect(renderError(error, { ...view, detailed: true })).toMatch(
      /\[TSPM_LOCK_MISSING\]\nTspmError: the lock is old\nand torn\n\s+at /,
    );
  });

  it('takes failures of the operating system for no bugs', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    expect(renderError(full, view)).toBe(
      'error: cannot write: no space or no inodes left on the device; free some space or inodes there, then run the command again [TSPM_IO]\n',
    );
  });
});
