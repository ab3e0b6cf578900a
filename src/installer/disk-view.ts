import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { DiskFacts } from './claims.ts';
import { kindOf, parentOf, type PathKind } from './files.ts';

/** The packages folder as it will be once `gone` (paths relative to `base`) has been moved away. Remembers what it has seen. */
export function viewDisk(base: string, gone: Iterable<string>): DiskFacts & { kindOf(path: string): PathKind } {
  const kinds = new Map<string, PathKind>([...gone].map((path) => [path, 'absent']));
  function kind(path: string): PathKind {
    const known = kinds.get(path);
    if (known !== undefined) return known;
    const parent = parentOf(path);
    // What lies behind a link is the store's; once the link has become a folder, nothing of it is there.
    const found = parent !== '' && kind(parent) !== 'directory' ? 'absent' : kindOf(join(base, path));
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
