/** Ends a command with the status of a program that failed and has said itself why. */
export class ExitStatus extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`ended with status ${status}`);
    this.status = status;
  }
}
