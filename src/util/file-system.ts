import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * As `mkdir -p`; says whether the folder was missing. Where a folder answers ENOENT for every new name (/proc, homes that an
 * automounter serves) Node's own recursive form never ends; this one throws the system's error.
 */
export function makeFolders(path: string): boolean {
  try {
    return makeFolder(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT') || dirname(path) === path) throw error;
  }
  makeFolders(dirname(path));
  return makeFolder(path);
}

function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return false;
    throw error;
  }
}
