import { basename, join } from 'node:path';

import { CONTROL_NAME, SCHEME_ROOTS } from '../environment.ts';
import { isFolder, isReadOnlyError, kindOf, listFolder, parentOf } from '../files.ts';
import { byteCodeFault, sourceOfByteCode, unfinishedByteCode } from './byte-code.ts';
import type { Problem } from './problem.ts';

const EMPTY = 'an empty folder that no distribution has';

/**
 * What lies in a folder beside the recorded files (paths relative to it): `extra`, or byte code, which is `stale` unless it belongs to a recorded
 * source as it is now. An empty folder is told, too, as Python imports it. Links to folders are followed where recorded files lie below. Throws TSPM_IO.
 */
export function findExtras(folder: string, recorded: ReadonlySet<string>): Problem[] {
  const folders = new Set<string>();
  for (const path of recorded) {
    for (let parent = parentOf(path); parent !== '' && !folders.has(parent); parent = parentOf(parent))
      folders.add(parent);
  }
  const problems: Problem[] = [];
  function look(relative: string): void {
    for (const name of namesIn(join(folder, relative))) {
      const path = relative === '' ? name : `${relative}/${name}`;
      if (path === CONTROL_NAME || recorded.has(path)) continue;
      const kind = kindOf(join(folder, path));
      if (kind === 'directory' && isEmptyExtra(path)) problems.push({ kind: 'extra', path, detail: EMPTY });
      else if (kind === 'directory' || (kind === 'link' && folders.has(path) && isFolder(join(folder, path))))
        look(path);
      else problems.push(...unrecorded(folder, path, recorded));
    }
  }
  function isEmptyExtra(path: string): boolean {
    if (folders.has(path) || SCHEME_ROOTS.includes(path) || path.endsWith('__pycache__')) return false;
    return listFolder(join(folder, path)).length === 0;
  }
  look('');
  return problems;
}

/** Byte code of a user who shares it with nobody is read by no Python of this user either. */
function namesIn(folder: string): readonly string[] {
  try {
    return listFolder(folder);
  } catch (error) {
    if (basename(folder) === '__pycache__' && isReadOnlyError(error)) return [];
    throw error;
  }
}

function unrecorded(folder: string, path: string, recorded: ReadonlySet<string>): Problem[] {
  const unfinished = unfinishedByteCode(path);
  const source = sourceOfByteCode(unfinished ?? path);
  if (source === undefined || kindOf(join(folder, path)) !== 'file') {
    return [{ kind: 'extra', path, detail: 'no distribution recorded it' }];
  }
  if (!recorded.has(source)) return [{ kind: 'stale', path, detail: `no distribution has its source ${source}` }];
  if (unfinished !== undefined) return [];
  const fault = byteCodeFault(join(folder, path), join(folder, source));
  return fault === undefined ? [] : [{ kind: 'stale', path, detail: fault }];
}
