/**
 * Errors that users see. Everything a user can cause or mend is a {@link TspmError} with a stable code;
 * any other exception is a bug and is shown with its stack. docs/errors.md lists every code.
 */

/** Every stable error code with the exit status the command line ends with (PDM's: 1 failure, 2 command line syntax). */
export const ERROR_EXIT_CODES = {
  TSPM_CLI_SYNTAX: 2,
  TSPM_USAGE: 1,
  TSPM_PROJECT_MISSING: 1,
  TSPM_PYPROJECT_SYNTAX: 1,
  TSPM_PYPROJECT_INVALID: 1,
  TSPM_CONFIG_INVALID: 1,
  TSPM_CONFIG_UNKNOWN_KEY: 1,
  TSPM_LOCK_MISSING: 1,
  TSPM_LOCK_SYNTAX: 1,
  TSPM_LOCK_INVALID: 1,
  TSPM_LOCK_FORMAT: 1,
  TSPM_LOCK_TARGET: 1,
  TSPM_LOCK_UNHASHED: 1,
  TSPM_INVALID_NAME: 1,
  TSPM_INVALID_VERSION: 1,
  TSPM_INVALID_SPECIFIER: 1,
  TSPM_INVALID_MARKER: 1,
  TSPM_INVALID_REQUIREMENT: 1,
  TSPM_INVALID_FILENAME: 1,
  TSPM_INVALID_TAG: 1,
  TSPM_INVALID_TARGET: 1,
  TSPM_INVALID_METADATA: 1,
  TSPM_INVALID_RECORD: 1,
  TSPM_INVALID_GROUP: 1,
  TSPM_RESOLUTION_FAILED: 1,
  TSPM_PACKAGE_NOT_FOUND: 1,
  TSPM_NO_MATCHING_WHEEL: 1,
  TSPM_NETWORK: 1,
  TSPM_INDEX_RESPONSE: 1,
  TSPM_INDEX_AUTH: 1,
  TSPM_OFFLINE: 1,
  TSPM_HASH_MISMATCH: 1,
  TSPM_ARCHIVE: 1,
  TSPM_ARCHIVE_PATH: 1,
  TSPM_ARCHIVE_LIMIT: 1,
  TSPM_WHEEL_METADATA: 1,
  TSPM_BUILD_FAILED: 1,
  TSPM_VCS: 1,
  TSPM_FILE_CONFLICT: 1,
  TSPM_STORE: 1,
  TSPM_BUSY: 1,
  TSPM_IO: 1,
  TSPM_PYTHON_NOT_FOUND: 1,
  TSPM_PYTHON_BROKEN: 1,
  TSPM_COMMAND_NOT_FOUND: 1,
  TSPM_SCRIPT_INVALID: 1,
  TSPM_UNSUPPORTED: 1,
  TSPM_INTERRUPTED: 130,
} as const;

/** A stable error code. */
export type ErrorCode = keyof typeof ERROR_EXIT_CODES;

const BRAND = Symbol.for('tspm.error');

/** What can be added to an error beside its message. */
export interface ErrorDetail {
  /** What the user can type or change next, one clause without a final stop. */
  readonly hint?: string;
  /** Facts for machines (`--json`); JSON values only, never secrets. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error meant for the user: one line that names the thing, the place and the expectation, without a final stop. */
export class TspmError extends Error {
  readonly code: ErrorCode;
  readonly exitCode: number;
  readonly hint: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'TspmError';
    this.code = code;
    this.exitCode = ERROR_EXIT_CODES[code];
    this.hint = detail.hint;
    this.context = detail.context ?? {};
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether `error` is a {@link TspmError}, also one made by another copy of this module (bundles, workers). */
export function isTspmError(error: unknown): error is TspmError {
  return typeof error === 'object' && error !== null && BRAND in error;
}

/** Ends an exhaustive `switch`: reaching it is a bug. */
export function unreachable(value: never): never {
  throw new Error(`unreachable value ${JSON.stringify(value)}`);
}
