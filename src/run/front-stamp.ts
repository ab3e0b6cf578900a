/** The stamps that let the shell front (src/front/tspm.sh) start without Node; docs/run.md says what they prove. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Environment } from '../util/search-path.ts';

/** What a stamp is for: `run` of a program, or a `sync` with nothing to do. */
export type StampKind = 'run' | 'sync';

/** What has to be as it was for the front to go on; paths are absolute. */
export interface FrontStamp {
  /** Project root; paths below it are told from there. */
  readonly root: string;
  /** Names and values the front compares or needs, in the order in which it reads them. */
  readonly lines: readonly (readonly [name: string, value: string])[];
  /** Files that must be there. */
  readonly present: readonly string[];
  /** Files that must be what they are, also not appear where they are not. */
  readonly unchanged: readonly string[];
  /** sha256 (hex) of files that are known to be there and need not be read, by path; they must stay what they are, too. */
  readonly known: ReadonlyMap<string, string>;
}

/** The variables that change what `run` and `sync` do: while one is set, the front asks Node and no stamp is made. */
export const FRONT_VARIABLES: readonly string[] = [
  'PDM_PROJECT',
  'PDM_CONFIG_FILE',
  'PDM_IGNORE_SAVED_PYTHON',
  'PDM_PYTHON_VERSION',
  'PDM_SKIP_HOOKS',
  'PDM_LOCKFILE',
  'PDM_LOCK_FORMAT',
  'PDM_NO_SELF',
  'PDM_NO_EDITABLE',
  'PDM_IN_VENV',
  'PDM_NO_BINARY',
  'PDM_ONLY_BINARY',
  'PDM_PREFER_BINARY',
  'PDM_OVERRIDE',
  'PDM_FROZEN_LOCKFILE',
  'PDM_NO_LOCK',
  'PDM_NO_CACHE',
  'PDM_BUILD_ISOLATION',
];

/** Whether the environment has none of {@link FRONT_VARIABLES}. */
export function hasPlainVariables(env: Environment): boolean {
  return FRONT_VARIABLES.every((name) => env[name] === undefined);
}

/** `<base>/.tspm/<kind>`. */
export function stampPath(base: string, kind: StampKind): string {
  return join(base, '.tspm', kind);
}

/**
 * The text: lines `NAME VALUE`, an empty line, then digests as `sha256sum -c` reads them. Undefined when a value has a character that
 * such lines cannot hold. Throws what reading the files throws.
 */
export function formatStamp({ root, lines, present, unchanged, known }: FrontStamp): string | undefined {
  const digests = [...unchanged.map((path) => [path, digestOf(path)] as const), ...known];
  const shorter = (path: string): string => (path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path);
  const facts = [
    ...lines,
    ...digests.flatMap(([path, digest]) => (digest === undefined ? [['absent', shorter(path)] as const] : [])),
    ...present.map((path) => ['present', shorter(path)] as const),
  ];
  const sums = digests.flatMap(([path, digest]) => (digest === undefined ? [] : [`${digest}  ${shorter(path)}`]));
  const holdsBreaks = [...facts.map(([, value]) => value), ...unchanged, ...known.keys()].some((value) =>
    /[\n\r\0\\]/.test(value),
  );
  if (holdsBreaks || sums.length === 0) return undefined;
  return [...facts.map(([name, value]) => `${name} ${value}`), '', ...sums, ''].join('\n');
}

/**
 * Writes the text of a stamp, or takes the old one away where there is none. The file gets the time of the interpreter `real`, by which
 * the front knows that one again. Throws what the file system throws.
 */
export async function writeStamp(file: string, text: string | undefined, real: string): Promise<void> {
  if (text === undefined) return rmSync(file, { force: true });
  if (textOf(file) === text && sameTime(file, real)) return;
  const temporary = `${file}.${process.pid}.tmp`;
  mkdirSync(dirname(file), { recursive: true });
  try {
    // After a power cut a part of the text would be taken for all of it.
    writeFileSync(temporary, text, { flush: true });
    if (await copyTime(temporary, real)) renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function digestOf(path: string): string | undefined {
  const bytes = bytesOf(path);
  return bytes === undefined ? undefined : createHash('sha256').update(bytes).digest('hex');
}

function textOf(path: string): string | undefined {
  return bytesOf(path)?.toString();
}

function bytesOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Gives `file` the time of the other; a number of seconds cannot say every nanosecond, but `touch` can. False when neither does. */
async function copyTime(file: string, from: string): Promise<boolean> {
  const { atimeMs, mtimeMs } = statSync(from);
  utimesSync(file, atimeMs / 1000, mtimeMs / 1000);
  if (sameTime(file, from)) return true;
  const { spawnSync } = await import('node:child_process');
  spawnSync('touch', ['-r', from, '--', file], { stdio: 'ignore' });
  return sameTime(file, from);
}

/** Whether both files were changed at the same time, to the nanosecond. */
export function sameTime(file: string, other: string): boolean {
  return statSync(file, { bigint: true }).mtimeNs === statSync(other, { bigint: true }).mtimeNs;
}
