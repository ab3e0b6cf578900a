import { statSync } from 'node:fs';

import { countNodes, type Need } from '../util/need.ts';
import type { Arrangement } from './arrange.ts';
import type { ChangeRequest } from './change-request.ts';
import type { PreparedWheel } from './incoming.ts';
import type { PlacedFile } from './scheme.ts';
import type { LinkMethod } from './state.ts';

/** What it takes to stage all that comes: the bytes of what is copied, and an inode for each file, link and folder. */
export function needOf({ base, method }: ChangeRequest, { wheels, layout }: Arrangement): Need {
  const { dev } = statSync(base);
  const paths: string[] = [];
  let bytes = 0;
  for (const [index, wheel] of wheels.entries()) {
    const { files = [], folders = [] } = layout.wheels[index] ?? {};
    const isWhole = wheel.origin === 'store' && !wheel.linksFolders;
    const single = isWhole ? wheel.spread().placed.files : files;
    const isFar = wheel.origin === 'store' && statSync(wheel.directory).dev !== dev;
    for (const file of single) if (wheel.origin === 'staging' || isCopied(file, method, isFar)) bytes += file.size;
    paths.push(...[...single, ...(isWhole ? [] : folders)].map(({ target }) => target));
    paths.push(...wheel.launchers.map(({ path }) => path));
  }
  return { work: `installing ${labelOf(wheels)} by ${method}`, bytes, inodes: countNodes(paths) };
}

function labelOf(wheels: readonly PreparedWheel[]): string {
  const [only] = wheels;
  return only !== undefined && wheels.length === 1 ? only.label : `${wheels.length} packages`;
}

/** `isFar`: the cache is on another file system. */
function isCopied({ treatment }: PlacedFile, method: LinkMethod, isFar: boolean): boolean {
  if (method === 'copy' || treatment === 'own') return true;
  return isFar && (method === 'hardlink' || treatment === 'program' || treatment === 'script');
}
