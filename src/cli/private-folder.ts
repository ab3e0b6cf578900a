/** Folders for what is trusted without looking: they are made, and used, only where nobody but this user can write. */
import { existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { Environment } from '../util/search-path.ts';

/** `name` in the folder for caches; undefined where that cannot be this user's alone. */
export function privateFolder(env: Environment, name: string): string | undefined {
  try {
    // Beside the cache, which a group may share, and not in it: only the folder itself is closed to others.
    const { XDG_CACHE_HOME: place = '' } = env;
    const folder = join(isAbsolute(place) ? place : join(homedir(), '.cache'), name);
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

/** Whether what lies there, itself and not what it points to, is this user's, and nobody else may write to it. */
export function isOwn(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isSymbolicLink()) return false;
  return process.platform === 'win32' || (stats.uid === ownId() && (stats.mode & 0o022) === 0);
}

function existingAbove(path: string): string {
  const above = dirname(path);
  return existsSync(above) ? above : existingAbove(above);
}

function ownId(): number {
  return process.geteuid?.() ?? 0;
}
