import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Environment } from '../util/search-path.ts';
import { isKnownShell } from './pep582.ts';

const MOST_ANCESTORS = 10;

/** Name of the shell tspm was started from: the nearest ancestor that is one, else the login shell in `SHELL`. */
export function parentShell(env: Environment): string | undefined {
  let pid = process.ppid;
  for (let step = 0; step < MOST_ANCESTORS && pid > 1; step++) {
    const ancestor = readProcess(pid);
    if (ancestor === undefined) break;
    if (isKnownShell(ancestor.name)) return ancestor.name;
    pid = ancestor.parent;
  }
  const login = basename(env['SHELL'] ?? '');
  if (login !== '') return login;
  return process.platform === 'win32' ? 'powershell' : undefined;
}

/** Name and parent of a process on Linux; the name stands in parentheses and may contain some itself. */
function readProcess(pid: number): { readonly name: string; readonly parent: number } | undefined {
  try {
    const match = /\((.*)\) \S (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return match === null ? undefined : { name: match[1] ?? '', parent: Number(match[2]) };
  } catch {
    return undefined;
  }
}
