import type { Clock } from '../../src/ports.ts';

/** A clock that stands still until it is set; sleeping advances it at once and is written down. */
export interface TestClock extends Clock {
  /** Milliseconds of each sleep, in order. */
  readonly sleeps: readonly number[];
  advance(milliseconds: number): void;
}

/** A clock that begins at `start` (milliseconds since the epoch). */
export function createTestClock(start = Date.UTC(2026, 0, 1)): TestClock {
  const sleeps: number[] = [];
  let now = start;
  return {
    sleeps,
    now: () => now,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      sleeps.push(milliseconds);
      now += milliseconds;
    },
    advance(milliseconds) {
      now += milliseconds;
    },
  };
}
