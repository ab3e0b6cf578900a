import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, told apart from others of the same number: on other machines, in other containers, before and after. */
export interface ProcessIdentity {
  readonly host: string;
  /** Id of the machine's current start; '' where the system does not tell. */
  readonly boot: string;
  /** Process number space (container); '' where the system does not tell. */
  readonly pidSpace: string;
  readonly pid: number;
  /** Start time in the system's own ticks; '' where the system does not tell. */
  readonly started: string;
}

/** Id of this start of the machine, '' where the system does not tell (only Linux does). */
export function bootId(): string {
  return textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
}

/** The identity of this process. */
export function thisProcess(): ProcessIdentity {
  return {
    host: hostname(),
    boot: bootId(),
    pidSpace: textOf(() => readlinkSync('/proc/self/ns/pid')),
    pid: process.pid,
    started: processStat('self').started,
  };
}

/** An identity that was read from JSON; undefined when it is none. */
export function parseIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { host, boot, pidSpace, pid, started } = value as Record<string, unknown>;
  if (typeof host !== 'string' || typeof boot !== 'string' || typeof pidSpace !== 'string') return undefined;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0 || typeof started !== 'string')
    return undefined;
  return { host, boot, pidSpace, pid, started };
}

/**
 * Whether a process still runs; undefined when this process cannot tell, because the other one is elsewhere, or because the system does
 * not say which machine and container this is: two of them may have one name.
 */
export function isAlive(other: ProcessIdentity, self: ProcessIdentity): boolean | undefined {
  if (self.boot === '' || self.pidSpace === '') return undefined;
  if (other.host !== self.host || other.boot !== self.boot || other.pidSpace !== self.pidSpace) return undefined;
  if (!pidExists(other.pid)) return false;
  if (other.started === '') return true;
  const now = processStat(String(other.pid));
  return now.started === other.started && now.state !== 'Z' && now.state !== 'X';
}

/** Whether this process was started, maybe over others, by the process `pid` of this number space; false where the system does not tell. */
export function descendsFrom(pid: number): boolean {
  for (let current = process.ppid, steps = 0; current > 1 && steps < DEEPEST_DESCENT; steps += 1) {
    if (current === pid) return true;
    current = processStat(String(current)).parent;
  }
  return false;
}

const DEEPEST_DESCENT = 1000;

function pidExists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** Fields 3, 4 and 22 of /proc/PID/stat; the second field may hold blanks and parentheses. */
function processStat(pid: string): { readonly state: string; readonly parent: number; readonly started: string } {
  const text = textOf(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', parent: Number(fields[1] ?? 0), started: fields[19] ?? '' };
}

function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
