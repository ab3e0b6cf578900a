/** Compiled code is run as it is, so it is kept, and looked for, only where nobody but this user can write. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { Environment } from '../util/search-path.ts';

/** Bytes of the sha256 before the code. */
const DIGEST = 32;
/** Files of one bundle that stay: of several versions of tspm and Node. */
const MOST_KEPT = 6;

/** The folder for compiled code; undefined where there is none that this user alone can write to, or `NODE_DISABLE_COMPILE_CACHE` is set. */
export function compiledFolder(env: Environment): string | undefined {
  if (env['NODE_DISABLE_COMPILE_CACHE'] === '1') return undefined;
  try {
    // Beside the cache, which a group may share, and not in it: only the folder itself is closed to others.
    const { XDG_CACHE_HOME: place = '' } = env;
    const folder = join(isAbsolute(place) ? place : join(homedir(), '.cache'), 'tspm-compiled-v1');
    if (existsSync(folder)) return isOwn(folder) ? folder : undefined;
    // Not in the home of somebody else, as `sudo` has it.
    if (process.platform !== 'win32' && statSync(existingAbove(folder)).uid !== ownId()) return undefined;
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(folder, 0o700);
    return isOwn(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** The code in a file of {@link keepCompiled}; undefined when there is none, or not as it was written. */
export function readCompiled(path: string): Buffer | undefined {
  try {
    if (!isOwn(path)) return undefined;
    const bytes = readFileSync(path);
    const code = bytes.subarray(DIGEST);
    return digestOf(code).equals(bytes.subarray(0, DIGEST)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Writes compiled code, if that is possible, and removes the oldest of the same bundle when there are many. */
export function keepCompiled(path: string, code: Buffer): void {
  // The next start takes the place of one that was killed; two at once can spoil each other's file, which its digest then shows.
  const temporary = `${path}.tmp`;
  quietly(() => {
    rmSync(temporary, { force: true });
    writeFileSync(temporary, Buffer.concat([digestOf(code), code]), { flag: 'wx', mode: 0o600 });
    renameSync(temporary, path);
    removeOld(dirname(path), `${basename(path).split('.', 1)[0]}.`);
  });
  quietly(() => rmSync(temporary, { force: true }));
}

/** What fails here costs the next start the time to compile. */
function quietly(operate: () => void): void {
  try {
    operate();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

function existingAbove(path: string): string {
  const above = dirname(path);
  return existsSync(above) ? above : existingAbove(above);
}

function removeOld(folder: string, prefix: string): void {
  const files = readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ path: join(folder, name), time: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { path } of files.slice(MOST_KEPT)) rmSync(path, { force: true });
}

function isOwn(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isSymbolicLink()) return false;
  return process.platform === 'win32' || (stats.uid === ownId() && (stats.mode & 0o022) === 0);
}

function ownId(): number {
  return process.geteuid?.() ?? 0;
}

/** Not imported: the version is told without loading it. */
function digestOf(code: Uint8Array): Buffer {
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(code).digest();
}
