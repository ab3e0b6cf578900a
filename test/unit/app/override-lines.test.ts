import { describe, expect, it } from 'vitest';
import { overrideLines } from '../../../src/app/override-lines.ts';

describe('overrideLines', () => {
  it('drops comments, empty lines and options behind a requirement', () => {
    const text =
      '\ufeff# header\r\n\r\nalpha==1.0  # why\nbeta>=2 --hash=sha256:00 --hash=sha256:11\ngamma @ https://x/g.whl#sha256=22\n';
    expect(overrideLines(text)).toEqual({
      lines: [
        { number: 3, line: 'alpha==1.0' },
        { number: 4, line: 'beta>=2' },
        { number: 5, line: 'gamma @ https://x/g.whl#sha256=22' },
      ],
      warnings: [],
    });
  });

  it('joins lines that end with a backslash', () => {
    expect(overrideLines('alpha\\\n==\\\n1.0\nbeta \\').lines).toEqual([
      { number: 1, line: 'alpha==1.0' },
      { number: 4, line: 'beta' },
    ]);
  });

  it('warns about lines that are options', () => {
    expect(overrideLines('-c more.txt\nalpha\n').warnings).toEqual([
      { number: 1, problem: '"-c more.txt" is ignored: only requirements override' },
    ]);
  });
});
