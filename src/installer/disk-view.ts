import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { DiskFacts } from './claims.ts';
import { kindOf, listFolder, parentOf, type PathKind } from './files.ts';

/** The packages folder as it will be once `gone` (paths relative to `base`) has been moved away. Remembers what it has seen. */
export function viewDisk(base: string, gone: Iterable<string>): DiskFacts & { kindOf(path: string): PathKind } {
  const kinds = new Map<string, PathKind>([...gone].map((path) => [path, 'absent']));
  const listings = new Map<string, ReadonlySet<string>>();
  /** Most of what is asked for is not there, and one listing tells that for all of a folder. */
  function look(parent: string, path: string): PathKind {
    const names = listings.get(parent) ?? new Set(listFolder(join(base, parent)).map(folded));
    listings.set(parent, names);
    return names.has(folded(path.slice(parent === '' ? 0 : parent.length + 1))) ? kindOf(join(base, path)) : 'absent';
  }
  function kind(path: string): PathKind {
    const known = kinds.get(path);
    if (known !== undefined) return known;
    const parent = parentOf(path);
    // What lies behind a link is the store's; once the link has become a folder, nothing of it is there.
    const found = parent !== '' && kind(parent) !== 'directory' ? 'absent' : look(parent, path);
    kinds.set(path, found);
    return found;
  }
  return {
    kindOf: kind,
    isAbsent: (path) => !existsSync(join(base, path)),
    digestOf(path) {
      const file = join(base, path);
      return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('base64url') : undefined;
    },
  };
}

/** Names that a file system may take for one. */
function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
