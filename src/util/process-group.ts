/** Ends programs together with all they started; they were spawned `detached`, as leaders of process groups of their own. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { codeOf } from './io-fault.ts';

/** Time to end in peace; an interrupted command has a second in all. */
const GRACE_MILLISECONDS = 500;

/** Asks the group to end (SIGTERM), and after half a second ends it (SIGKILL). */
export async function stopGroup(child: ChildProcess): Promise<void> {
  endGroup(child, 'SIGTERM');
  await wait(GRACE_MILLISECONDS, undefined, { ref: false });
  if (child.exitCode === null && child.signalCode === null) endGroup(child, 'SIGKILL');
}

/** Sends the signal to the group; one that has ended already is none to worry about. Throws what the system says otherwise. */
export function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH' && codeOf(error) !== 'EPERM') throw error;
  }
}
