/** The user's netrc file. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Netrc, parseNetrc } from './netrc.ts';
import type { Env } from './proxy.ts';

/** Reads the file NETRC names, else `~/.netrc`, else `~/_netrc`; undefined when there is none that can be read. */
export function readNetrc(env: Env): Netrc | undefined {
  const home = env['HOME'] ?? env['USERPROFILE'];
  const named = env['NETRC'];
  const files =
    named !== undefined && named !== ''
      ? [named]
      : home === undefined || home === ''
        ? []
        : [path.join(home, '.netrc'), path.join(home, '_netrc')];
  for (const file of files) {
    try {
      return parseNetrc(readFileSync(file, 'utf8'));
    } catch {
      // Not there or not readable: as if there were none.
    }
  }
  return undefined;
}
