/** Whether what was installed is still in place: a few file operations a distribution and nothing else loaded or read. */
import { createHash } from 'node:crypto';
import { closeSync, futimesSync, lstatSync, openSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BIN_NAME, controlPaths, type ControlPaths, type PackagesPaths } from './environment.ts';
import { sortedText } from '../util/collections.ts';
import { guardIo, ifAny, kindOf, listLinks } from './files.ts';
import { mayBeUnwritten, readState, type DistributionState, type EnvironmentState, type RecordStamp } from './state.ts';

/** Files of the store get such times too: seconds of the past that no clock gives any more. */
const SEAL_EPOCH = 1e9;

/** Names of what describes a distribution in lib. */
export const DISTRIBUTION = /\.(?:dist-info|egg-info|egg-link)$/u;

/**
 * Whether the last sync was made for the same `inputs` and nothing it installed has gone since: then the number of distributions, else
 * undefined. Two file operations a distribution; nothing else is read.
 */
export function syncStampHolds(paths: PackagesPaths, inputs: string): number | undefined {
  const control = controlPaths(paths.base);
  const state = readState(control);
  if (state.inputs !== inputs || hasLeftovers(control) || !stateHolds(paths.base, state)) return undefined;
  return state.distributions.size;
}

/** Whether an earlier process left something behind that {@link finishInterrupted} would deal with. */
export function hasLeftovers(control: ControlPaths): boolean {
  return [control.journal, control.staging, control.trash].some((path) => kindOf(path) !== 'absent');
}

/** Whether everything that the state of `base` lists is still there; costs two file operations a distribution. */
export function stateHolds(base: string, state: EnvironmentState): boolean {
  if (mayBeUnwritten(state)) return false;
  const roots = listRoots(base);
  const entries = roots.lib.filter((entry) => DISTRIBUTION.test(entry));
  if (entries.length !== state.distributions.size) return false;
  return [...state.distributions.values()].every((item) => {
    const folder = join(base, 'lib', item.distInfo);
    return roots.hold(item) && sameTime(folder, item.record) && resolves(folder, item);
  });
}

/** What one look at lib and one at bin tells. */
export interface Roots {
  /** The names in lib, in code point order. */
  readonly lib: readonly string[];
  /** Whether all that a distribution has directly in lib and bin is there, and links among it lead somewhere. */
  hold(item: DistributionState): boolean;
}

/** Looks at lib and bin of `base`. Throws TSPM_IO. */
export function listRoots(base: string): Roots {
  const isLink = new Map<string, boolean>();
  const [lib = []] = ['lib', BIN_NAME].map((root) => {
    const links = guardIo('cannot read', root, () => listLinks(join(base, root)));
    for (const [name, link] of links) isLink.set(`${root}/${name}`, link);
    return sortedText(links.keys());
  });
  function isThere(name: string): boolean {
    const link = isLink.get(name);
    return link === undefined ? false : !link || exists(join(base, name));
  }
  return { lib, hold: ({ names = [] }) => names.every(isThere) };
}

/** The links that it has directly in lib and bin and that lead nowhere. */
export function danglingNames(base: string, { names = [] }: DistributionState): readonly string[] {
  return names.filter((name) => kindOf(join(base, name)) === 'dangling');
}

/** What these files, relative to `base`, have directly in lib and bin, but for dist-info: {@link Roots} tell at once when it is missing. */
export function namesInRoots(files: readonly string[]): string[] {
  const direct = files.flatMap((file) => {
    const [root = '', name] = file.split('/', 2);
    return name === undefined || DISTRIBUTION.test(name) || (root !== 'lib' && root !== BIN_NAME)
      ? []
      : [`${root}/${name}`];
  });
  return sortedText(new Set(direct));
}

/**
 * Writes a new RECORD file with a time drawn from its content, and stamps it: equal trees have equal times and stamps, and whoever
 * writes to it later changes the time.
 */
export function writeRecord(path: string, content: string): RecordStamp {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const seconds = SEAL_EPOCH + parseInt(sha256.slice(0, 7), 16);
  const descriptor = openSync(path, 'wx');
  try {
    writeFileSync(descriptor, content);
    futimesSync(descriptor, seconds, seconds);
    // A file system that keeps time more coarsely shows a stamp that does not fit; then the digest is compared once.
    return { size: Buffer.byteLength(content), mtime: `${seconds}000000000`, sha256 };
  } finally {
    closeSync(descriptor);
  }
}

/** The stamp of a RECORD file; `content` is what it holds. */
export function stampRecord(path: string, content: string): RecordStamp {
  const stats = lstatSync(path, { bigint: true });
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { size: Number(stats.size), mtime: String(stats.mtimeNs), sha256 };
}

/** Whether the RECORD in a dist-info folder is the one that was stamped, by size and time. */
export function sameTime(folder: string, record: RecordStamp): boolean {
  const stats = ifAny(() => lstatSync(join(folder, 'RECORD'), { bigint: true, throwIfNoEntry: false }));
  return stats !== undefined && Number(stats.size) === record.size && String(stats.mtimeNs) === record.mtime;
}

/**
 * Whether what lies in the store is there: METADATA, which is a link into it in symlink mode and dangles when the store was moved or
 * cleaned, and the folder on the import path.
 */
export function resolves(folder: string, { onPath }: DistributionState): boolean {
  return exists(join(folder, 'METADATA')) && (onPath === undefined || exists(onPath));
}

function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
