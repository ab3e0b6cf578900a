/**
 * Rights in a cache that a group shares: what is made in a folder that its group may write to is as open to group and others as that
 * folder, whatever the umask of whoever makes it. In other folders the umask alone counts.
 */
import { chmodSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolders } from './file-system.ts';

/** As {@link makeFolders}, for a folder of the cache. */
export function makeSharedFolders(path: string): boolean {
  return makeFolders(path, 0o777, shareFolder);
}

/** Opens a folder as the one that it lies in is, so that everybody there can add to it and remove it. */
export function shareFolder(path: string): void {
  const rights = sharedRights(path);
  if (rights !== undefined) chmodSync(path, 0o700 | rights);
}

/** Opens a file that its owner may write to. */
export function shareFile(path: string): void {
  const rights = sharedRights(path);
  if (rights !== undefined) chmodSync(path, 0o600 | (rights & 0o066));
}

/** The rights of group and others, and the set-group-id bit, of the folder that something lies in; undefined where its group may not write. */
export function sharedRights(path: string): number | undefined {
  const { mode } = statSync(dirname(path));
  return (mode & 0o020) === 0 ? undefined : mode & 0o2077;
}
