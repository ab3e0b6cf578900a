/** The cut-off dates of `exclude-newer`: a day, a moment (RFC 3339) or an age. Pure. */
import { TspmError } from '../errors.ts';

/** The latest moment of upload that counts. */
interface Cutoff {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** As the user wrote it. */
  readonly text: string;
}

/** What the user may write. */
export const CUTOFF_FORMS = 'a date such as "2025-01-31", a time such as "2025-01-31T12:00:00Z" or an age such as "7d"';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/i;
const AGE = /^(\d{1,6})([dhw])$/i;
const HOUR = 3_600_000;

/**
 * Reads a cut-off; a day means its first moment in UTC, a time without zone UTC, an age counts back from `now` (milliseconds since
 * the epoch). Throws `code` with `place` in front.
 */
export function parseCutoff(
  text: string,
  { now, place, code }: { readonly now: number; readonly place: string; readonly code: CutoffErrorCode },
): Cutoff {
  const time = timeOf(text.trim(), now);
  if (!Number.isNaN(time)) return { time, text };
  throw new TspmError(code, `${place}: expected ${CUTOFF_FORMS}, not "${text}"`, { context: { place } });
}

/** The codes a bad cut-off can have, by where it was written. */
export type CutoffErrorCode = 'TSPM_PYPROJECT_INVALID' | 'TSPM_CONFIG_INVALID' | 'TSPM_CLI_SYNTAX';

function timeOf(text: string, now: number): number {
  const [, count, unit = ''] = AGE.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * hoursOf(unit.toLowerCase()) * HOUR;
  if (DAY.test(text)) return Date.parse(`${text}T00:00:00Z`);
  const [, zone] = MOMENT.exec(text) ?? ['', 'none'];
  return zone === 'none' ? Number.NaN : Date.parse(zone === undefined ? `${text}Z` : text);
}

function hoursOf(unit: string): number {
  if (unit === 'h') return 1;
  return unit === 'w' ? 7 * 24 : 24;
}
