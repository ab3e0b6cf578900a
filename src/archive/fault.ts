import { TspmError, type ErrorCode } from '../errors.ts';
import { show } from './show.ts';

/** Where in an archive a fault lies. */
export interface FaultPlace {
  /** File name of the archive, as users know it. */
  readonly archive: string;
  readonly member?: string | undefined;
}

/** The codes an archive is refused with. */
export type FaultCode = Extract<
  ErrorCode,
  'TSPM_ARCHIVE' | 'TSPM_ARCHIVE_PATH' | 'TSPM_ARCHIVE_LIMIT' | 'TSPM_WHEEL_METADATA' | 'TSPM_HASH_MISMATCH'
>;

/** The error for a refused archive: names the archive and the member, foreign text escaped; `problem` must be safe to print. */
export function archiveFault(code: FaultCode, place: FaultPlace, problem: string, cause?: unknown): TspmError {
  const archive = show(place.archive);
  const member = place.member === undefined ? undefined : show(place.member);
  const where = member === undefined ? archive : `${archive}: ${member === '' ? 'a member without a name' : member}`;
  return new TspmError(code, `${where}: ${problem}`, {
    context: { archive, ...(member === undefined ? {} : { member }) },
    ...(cause === undefined ? {} : { cause }),
  });
}
