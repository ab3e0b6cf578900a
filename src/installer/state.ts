import { bootId } from '../util/machine.ts';
import type { ControlPaths } from './environment.ts';
import { readTextIfAny } from './files.ts';

/** How files of a store entry come into a project: each, or its folder, in lib, or (`pth`) with its whole entry on the import path. */
export type LinkMethod = 'symlink' | 'hardlink' | 'copy' | 'pth';

const METHODS: ReadonlySet<unknown> = new Set<LinkMethod>(['symlink', 'hardlink', 'copy', 'pth']);

/** Size, time (nanoseconds, as text) and sha256 (hex) of a RECORD file: the first two cost one lstat, the third tells copies. */
export interface RecordStamp {
  readonly size: number;
  readonly mtime: string;
  readonly sha256: string;
}

/** What tspm remembers of a distribution that it installed. */
export interface DistributionState {
  readonly key: string;
  readonly name: string;
  readonly version: string;
  /** Name of the dist-info folder in lib. */
  readonly distInfo: string;
  /** sha256 of the wheel, hex. */
  readonly sha256: string;
  readonly method: LinkMethod;
  /** The folder of the store that is on the import path for it, absolute; undefined when its modules lie in lib. */
  readonly onPath: string | undefined;
  /** Files with the executable bit, relative to `base`; undefined in a state that an earlier version wrote. */
  readonly executable: readonly string[] | undefined;
  /** What it has directly in lib and bin, relative to `base`, but for its dist-info; undefined in a state that an earlier version wrote. */
  readonly names: readonly string[] | undefined;
  readonly requested: boolean;
  /** Text of direct_url.json, when there is one. */
  readonly directUrl: string | undefined;
  readonly record: RecordStamp;
}

/** `.tspm/state.json`: a memory that saves reading; everything in it can be read again from the tree except methods and wheel digests. */
export interface EnvironmentState {
  /** The caller's digest of everything the last sync depended on; undefined after a partial change. */
  readonly inputs: string | undefined;
  /** The interpreter named in the launchers. */
  readonly interpreter: string | undefined;
  /** The machine start in which the files were written; see {@link mayBeUnwritten}. */
  readonly boot: string;
  /** The files were seen complete after a later machine start. */
  readonly settled: boolean;
  readonly distributions: ReadonlyMap<string, DistributionState>;
}

/** The state before anything is installed, or when none can be read. */
export const NO_STATE: EnvironmentState = {
  inputs: undefined,
  interpreter: undefined,
  boot: '',
  settled: true,
  distributions: new Map(),
};

/** Reads the state; a missing, damaged or foreign file gives {@link NO_STATE}. */
export function readState(control: ControlPaths): EnvironmentState {
  const text = readTextIfAny(control.state);
  return text === undefined ? NO_STATE : (parseState(text) ?? NO_STATE);
}

/** The text of `.tspm/state.json`: JSON, sorted, final line end. */
export function formatState(state: EnvironmentState): string {
  const distributions = [...state.distributions.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return `${JSON.stringify({ format: 1, ...state, distributions }, undefined, 1)}\n`;
}

/**
 * Files are not flushed one by one when they are installed. A power cut can therefore leave some empty, but only in a later
 * start of the machine than the one that wrote them: then, once, the sizes are compared with RECORD.
 */
export function mayBeUnwritten(state: EnvironmentState): boolean {
  return !state.settled && state.boot !== bootId();
}

function parseState(text: string): EnvironmentState | undefined {
  const value = parseRecord(text);
  if (value?.['format'] !== 1 || !Array.isArray(value['distributions'])) return undefined;
  const distributions = new Map<string, DistributionState>();
  for (const item of value['distributions']) {
    const distribution = distributionOf(item);
    if (distribution === undefined) return undefined;
    distributions.set(distribution.key, distribution);
  }
  return {
    inputs: optionalText(value['inputs']),
    interpreter: optionalText(value['interpreter']),
    boot: optionalText(value['boot']) ?? '',
    settled: value['settled'] === true,
    distributions,
  };
}

function parseRecord(text: string): Record<string, unknown> | undefined {
  try {
    return recordOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function distributionOf(value: unknown): DistributionState | undefined {
  const item = recordOf(value);
  const stamp = recordOf(item?.['record']);
  if (item === undefined || stamp === undefined) return undefined;
  const { key, name, version, distInfo, sha256, method, requested, directUrl } = item;
  if (!isText(key) || !isText(name) || !isText(version) || !isText(distInfo) || !isText(sha256)) return undefined;
  if (!isMethod(method)) return undefined;
  const { size, mtime, sha256: digest } = stamp;
  if (typeof size !== 'number' || !isText(mtime) || !isText(digest)) return undefined;
  return {
    key,
    name,
    version,
    distInfo,
    sha256,
    method,
    onPath: optionalText(item['onPath']),
    executable: textList(item['executable']),
    names: textList(item['names']),
    requested: requested === true,
    directUrl: optionalText(directUrl),
    record: { size, mtime, sha256: digest },
  };
}

function recordOf(value: unknown): Record<string, unknown> | undefined {
  // The keys of a parsed JSON object are texts; what they hold stays unknown until checked.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function textList(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every(isText) ? value : undefined;
}

function isMethod(value: unknown): value is LinkMethod {
  return METHODS.has(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function optionalText(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}
