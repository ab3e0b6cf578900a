import { isTspmError, TspmError } from '../errors.ts';

/** What the system says when a write fails for want of room; Linux's "quota exceeded" has no name in Node. */
export function isOutOfSpace(error: unknown): boolean {
  return codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT' || errnoOf(error) === -122;
}

/** The code of a system error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A failed file operation as TSPM_IO; `action` is "cannot" and a verb. Errors that are already for users pass unchanged. */
export function ioFault(action: string, path: string, error: unknown): unknown {
  if (isTspmError(error) || codeOf(error) === undefined) return error;
  return new TspmError('TSPM_IO', `${action} ${path}: ${ioReason(error)}`, { cause: error, context: { path } });
}

/** Why a file operation failed, in words. */
export function ioReason(error: unknown): string {
  const code = codeOf(error);
  const known = code === undefined ? undefined : REASONS.get(code);
  return (
    known ?? REASONS_BY_NUMBER.get(errnoOf(error) ?? 0) ?? (error instanceof Error ? error.message : String(error))
  );
}

const REASONS = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'operation not permitted'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'no space or no inodes left on the device'],
  ['EDQUOT', 'disk quota exceeded'],
  ['EMFILE', 'too many open files'],
  ['ENFILE', 'too many open files on this machine'],
  ['ENOENT', 'it does not exist'],
  ['EISDIR', 'it is a directory'],
  ['ENOTDIR', 'a part of the path is not a directory'],
]);

/** Errors that Node reports as "Unknown system error" on Linux. */
const REASONS_BY_NUMBER = new Map([
  [-116, 'stale file handle: the network file system lost it'],
  [-122, 'disk quota exceeded'],
]);

function errnoOf(error: unknown): number | undefined {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : undefined;
}
