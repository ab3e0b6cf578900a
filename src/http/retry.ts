/** Which failures are worth another attempt, and how long to wait before it. Pure. */

/** Attempts after the first one. */
export const MAX_RETRIES = 4;
/** Longest wait a server may ask for, in milliseconds. */
export const MAX_RETRY_AFTER = 60_000;

const FIRST_DELAY = 250;

/** Statuses that pass: request time-out, too early, too many requests, any fault of the server. */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Milliseconds before attempt `attempt` + 1: exponential, between half and the whole of the step (`random` in [0, 1)). */
export function backoffDelay(attempt: number, random: number): number {
  const step = FIRST_DELAY * 2 ** (attempt - 1);
  return Math.round(step / 2 + (step / 2) * random);
}

/** Milliseconds a Retry-After header asks for (seconds or an HTTP date, RFC 9110 section 10.2.3); undefined when unusable. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // HTTP dates begin with the name of a day; Date.parse alone would take nearly any text with a number in it.
  if (!/^(?:mon|tue|wed|thu|fri|sat|sun)/i.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
