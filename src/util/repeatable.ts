import { codeOf, errnoOf } from './io-fault.ts';

/**
 * Runs work that may be repeated from its beginning, up to three times: as long as it fails with an error that passes when one looks again
 * (ESTALE: a network file system lost a handle; EINTR, EAGAIN).
 */
export function repeatable<T>(work: () => T): T {
  for (let attempt = 1; ; attempt++) {
    try {
      return work();
    } catch (error) {
      if (attempt === ATTEMPTS || !passes(error)) throw error;
    }
  }
}

/** The same for work that is waited for. */
export async function repeatableAsync<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !passes(error)) throw error;
    }
  }
}

const ATTEMPTS = 3;
const PASSING: ReadonlySet<string> = new Set(['ESTALE', 'EINTR', 'EAGAIN']);
/** ESTALE, which Node knows no name of on Linux. */
const STALE_NUMBER = -116;

function passes(error: unknown): boolean {
  if (PASSING.has(codeOf(error) ?? '') || errnoOf(error) === STALE_NUMBER) return true;
  return error instanceof Error && error.cause !== undefined && passes(error.cause);
}
