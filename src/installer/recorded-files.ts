import { isAbsolute, join, posix, relative, sep } from 'node:path';

import { isTspmError } from '../errors.ts';
import { parseRecord, type RecordRow } from '../packaging/record.ts';
import { CONTROL_NAME, SCHEME_ROOTS } from './environment.ts';
import { readTextIfAny } from './files.ts';

/** A file that an installed distribution's RECORD lists. */
export interface RecordedFile {
  /** '/'-separated, relative to `base`, never outside of it. */
  readonly path: string;
  /** sha256 in base64url without padding; undefined when RECORD has none, as PDM writes it for links. */
  readonly digest: string | undefined;
  readonly size: number | undefined;
}

/**
 * The files of an installed distribution, each once, or undefined when RECORD is missing or no CSV. Rows that lead out of
 * `base` or into tspm's own folder are left out, so that nothing there is ever touched on their word.
 */
export function readRecordedFiles(base: string, distInfo: string): readonly RecordedFile[] | undefined {
  const text = readTextIfAny(join(base, 'lib', distInfo, 'RECORD'));
  if (text === undefined || text === '') return undefined;
  const rows = parseRows(text);
  if (rows === undefined) return undefined;
  const files = new Map<string, RecordedFile>();
  for (const row of rows) {
    const path = pathInBase(base, row.path);
    if (path === undefined || files.has(path)) continue;
    const digest = row.hash?.algorithm === 'sha256' && row.hash.digest !== '' ? row.hash.digest : undefined;
    files.set(path, { path, digest, size: row.size });
  }
  return [...files.values()];
}

/** The path of a RECORD row relative to `base`, or undefined when it is not a place for files below `base`. */
export function pathInBase(base: string, row: string): string | undefined {
  const path = posix.normalize(`lib/${relativeRow(base, row)}`);
  if (path.startsWith('../') || path === '..' || path === '.' || path.endsWith('/')) return undefined;
  if (SCHEME_ROOTS.includes(path) || path === CONTROL_NAME || path.startsWith(`${CONTROL_NAME}/`)) return undefined;
  return path;
}

/** A path below `base` as RECORD writes it: relative to lib. */
export function rowPath(path: string): string {
  return path.startsWith('lib/') ? path.slice(4) : `../${path}`;
}

/** The rows of a RECORD; undefined when it is no CSV, or has a byte that no path has. */
export function parseRows(text: string): readonly RecordRow[] | undefined {
  if (text.includes('\0')) return undefined;
  try {
    return parseRecord(text);
  } catch (error) {
    if (isTspmError(error)) return undefined;
    throw error;
  }
}

/** Absolute rows occur both as true paths and, by mistake, for paths relative to lib. */
function relativeRow(base: string, row: string): string {
  const path = sep === '/' ? row : row.replaceAll(sep, '/');
  if (!isAbsolute(path)) return path;
  const inside = relative(join(base, 'lib'), path).replaceAll(sep, '/');
  return inside.startsWith('../../') || inside === '../..' ? path.replace(/^\/+/u, '') : inside;
}
