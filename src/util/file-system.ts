import { existsSync, mkdirSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * As `mkdir -p`; says whether the folder was missing. Where a folder answers ENOENT for every new name (/proc, homes that an
 * automounter serves) Node's own recursive form never ends, and it tells ENOENT for most errors (a quota, a faulty disk); this one
 * throws the system's error. `onMade` hears of each folder that was missing, the outermost first.
 */
export function makeFolders(path: string, mode = 0o777, onMade: (folder: string) => void = () => {}): boolean {
  try {
    return makeFolder(path, mode, onMade);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT') || dirname(path) === path) throw error;
  }
  makeFolders(dirname(path), mode, onMade);
  return makeFolder(path, mode, onMade);
}

function makeFolder(path: string, mode: number, onMade: (folder: string) => void): boolean {
  try {
    mkdirSync(path, mode);
    onMade(path);
    return true;
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return false;
    throw error;
  }
}

/** Whether it is inodes that the file system of a path, which may not be there yet, has no more of. Those without a fixed number state none at all. */
export function areInodesUsedUp(path: string): boolean {
  if (!existsSync(path) && dirname(path) !== path) return areInodesUsedUp(dirname(path));
  try {
    const { files, ffree } = statfsSync(path);
    return files > 0 && ffree === 0;
  } catch {
    return false;
  }
}
