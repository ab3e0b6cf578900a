import { describe, expect, it } from 'vitest';
import { parseCutoff } from '../../../src/project/exclude-newer.ts';

const now = Date.UTC(2026, 1, 10, 12);
const read = (text: string): string =>
  new Date(parseCutoff(text, { now, place: 'here', code: 'TSPM_CLI_SYNTAX' }).time).toISOString();

describe('parseCutoff', () => {
  it.each([
    ['2025-01-31', '2025-01-31T00:00:00.000Z'],
    ['2025-01-31T12:30:00Z', '2025-01-31T12:30:00.000Z'],
    ['2025-01-31t12:30:00z', '2025-01-31T12:30:00.000Z'],
    ['2025-01-31T12:30:00+02:00', '2025-01-31T10:30:00.000Z'],
    ['2025-01-31T12:30:00', '2025-01-31T12:30:00.000Z'],
    ['2025-01-31T12:30:00.250Z', '2025-01-31T12:30:00.250Z'],
    ['7d', '2026-02-03T12:00:00.000Z'],
    ['36H', '2026-02-09T00:00:00.000Z'],
    ['2w', '2026-01-27T12:00:00.000Z'],
    [' 1d ', '2026-02-09T12:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each(['', 'yesterday', '2025-13-01', '2025-01-31 12:00', '7 d', '7m', '-7d', '2025', '20250131', 'T12:00'])(
    '%j is refused with what would be right',
    (text) => {
      expect(() => read(text)).toThrow(
        `here: expected a date such as "2025-01-31", a time such as "2025-01-31T12:00:00Z" or an age such as "7d", not "${text}"`,
      );
    },
  );
});
