import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A wish to stop that came from outside. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** 128 + the number of the signal that came, undefined when none did. */
  exitStatus(): number | undefined;
}

/** Listens from now on: the first signal aborts, so that the work can be put in order; a second one ends the process at once. */
export function listenForInterrupts(): Interruption {
  const controller = new AbortController();
  // Every request in flight listens to it: Node would take eleven for a leak and warn the user.
  setMaxListeners(0, controller.signal);
  let status: number | undefined;
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (status !== undefined) process.exit(status);
      status = 128 + constants.signals[name];
      controller.abort();
    });
  }
  return { signal: controller.signal, exitStatus: () => status };
}
