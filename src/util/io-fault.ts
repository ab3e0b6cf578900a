import { isTspmError, TspmError } from '../errors.ts';
import { areInodesUsedUp } from './file-system.ts';

/** The code of a system error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A failed file operation as TSPM_IO; `action` is "cannot" and a verb. Errors that are already for users pass unchanged. */
export function ioFault(action: string, path: string, error: unknown): unknown {
  const errno = codeOf(error);
  if (isTspmError(error) || errno === undefined) return error;
  return new TspmError('TSPM_IO', `${action} ${path}: ${ioReason(error, path)}`, {
    ...ioHint(error, path),
    cause: error,
    context: { path, errno },
  });
}

/** What the system says when a write fails for want of room; Linux's "quota exceeded" has no name in Node. */
export function isOutOfSpace(error: unknown): boolean {
  return codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT' || errnoOf(error) === -122;
}

/** Runs a file operation; a system error of its becomes TSPM_IO with `path`. */
export function doing<T>(action: string, path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw ioFault(action, path, error);
  }
}

/** Why a file operation failed, in words; `place` is where, if that is known. */
export function ioReason(error: unknown, place?: string): string {
  return faultOf(error, place)?.reason ?? (error instanceof Error ? error.message : String(error));
}

/** What is needed for the operation to succeed, as the hint of an error; none where the reason says it. */
export function ioHint(error: unknown, place?: string): { readonly hint?: string } {
  const need = faultOf(error, place)?.need;
  return need === undefined ? {} : { hint: need };
}

interface KnownFault {
  readonly reason: string;
  readonly need?: string;
}

const ROOM = 'free some space or inodes there, then run the command again';
const NO_SPACE = {
  reason: 'no space left on the device',
  need: 'free some space there, then run the command again',
};
const NO_INODES = {
  reason: 'no inodes left on the device',
  need: 'remove some files there, then run the command again',
};
const QUOTA = { reason: 'the disk quota is used up', need: 'free some of it, then run the command again' };
const DESCRIPTORS = 'raise the limit (`ulimit -n`), then run the command again';
const STALE = { reason: 'stale file handle: the network file system lost it', need: 'run the command again' };

const FAULTS: ReadonlyMap<string, KnownFault> = new Map<string, KnownFault>([
  ['EACCES', { reason: 'permission denied', need: 'give this user the right to it' }],
  ['EPERM', { reason: 'operation not permitted', need: 'give this user the right to it' }],
  ['EROFS', { reason: 'the file system is read-only', need: 'mount it writable, or use another place' }],
  ['ENOSPC', { reason: 'no space or no inodes left on the device', need: ROOM }],
  ['EDQUOT', QUOTA],
  ['EMFILE', { reason: 'too many open files', need: DESCRIPTORS }],
  ['ENFILE', { reason: 'too many open files on this machine', need: 'run the command again when less is going on' }],
  ['EIO', { reason: 'the device reports an input/output error', need: 'check the disk or the network drive' }],
  ['EXDEV', { reason: 'it lies on another file system' }],
  ['ENOENT', { reason: 'it does not exist' }],
  ['EISDIR', { reason: 'it is a directory' }],
  ['ENOTDIR', { reason: 'a part of the path is not a directory' }],
  ['ENAMETOOLONG', { reason: 'the path is too long for the file system' }],
  ['EBUSY', { reason: 'it is in use', need: 'end what uses it, then run the command again' }],
  ['ESTALE', STALE],
]);

/** Errors that Node reports as "Unknown system error" on Linux. */
const FAULTS_BY_NUMBER: ReadonlyMap<number, KnownFault> = new Map<number, KnownFault>([
  [-116, STALE],
  [-122, QUOTA],
]);

function faultOf(error: unknown, place: string | undefined): KnownFault | undefined {
  if (codeOf(error) === 'ENOSPC' && place !== undefined) return areInodesUsedUp(place) ? NO_INODES : NO_SPACE;
  return FAULTS.get(codeOf(error) ?? '') ?? FAULTS_BY_NUMBER.get(errnoOf(error) ?? 0);
}

/** The number of a system error, negative, such as -116. */
export function errnoOf(error: unknown): number | undefined {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : undefined;
}
