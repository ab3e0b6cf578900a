const BRAND = Symbol.for('tspm.exit-status');

/** Ends a command with the status of a program that failed and has said itself why. */
export class ExitStatus extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`ended with status ${status}`);
    this.status = status;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether `error` is an {@link ExitStatus}, also one made by another copy of this module: bundles have their own. */
export function isExitStatus(error: unknown): error is ExitStatus {
  return typeof error === 'object' && error !== null && BRAND in error;
}
