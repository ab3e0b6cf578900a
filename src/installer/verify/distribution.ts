import { createHash } from 'node:crypto';
import { readlinkSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { hashFile } from '../../archive/file-access.ts';
import type { WheelManifest } from '../../archive/wheel-manifest.ts';
import { parseEntryPoints } from '../../packaging/entry-points.ts';
import { mapLimit } from '../../util/limit.ts';
import { kindOf, lstatIfAny, parentOf, readTextIfAny } from '../files.ts';
import { liesOnPath } from '../on-path.ts';
import { readRecordedFiles, type RecordedFile } from '../recorded-files.ts';
import { placeWheel, type PlacedFile } from '../scheme.ts';
import type { DistributionState } from '../state.ts';
import type { InstalledDistribution } from '../working-set.ts';
import type { Problem } from './problem.ts';

/** One distribution and all that is known of what it should be. */
export interface VerifyRequest {
  readonly base: string;
  readonly installed: InstalledDistribution;
  /** What tspm wrote down when it installed it. */
  readonly state: DistributionState | undefined;
  readonly signal: AbortSignal | undefined;
  /** What the wheel holds, if the cache still knows it. */
  readonly manifest: WheelManifest | undefined;
}

/** Files hashed at once. */
const CONCURRENCY = 4;

/** Compares a distribution's files with its RECORD, and RECORD with what tspm wrote and with the wheel. Throws TSPM_IO. */
export async function verifyDistribution(request: VerifyRequest): Promise<Problem[]> {
  const { base, installed, state } = request;
  const recordPath = `lib/${installed.distInfo}/RECORD`;
  const text = readTextIfAny(join(base, recordPath));
  const recorded = readRecordedFiles(base, installed.distInfo);
  if (text === undefined || recorded === undefined) {
    return [{ kind: 'missing', path: recordPath, detail: 'it is gone or cannot be read' }];
  }
  const problems: Problem[] = [];
  if (state !== undefined && createHash('sha256').update(text).digest('hex') !== state.record.sha256) {
    problems.push({ kind: 'modified', path: recordPath, detail: 'it is not as tspm wrote it' });
  }
  const expected = placedFiles(request);
  const rows = new Set(recorded.map(({ path }) => path));
  for (const path of expected.keys()) {
    if (!rows.has(path)) problems.push({ kind: 'modified', path: recordPath, detail: `it does not list ${path}` });
  }
  const links = linkFinder(base);
  const found = await mapLimit(recorded, CONCURRENCY, async (row) => {
    const file = expected.get(row.path);
    if (file !== undefined && file.treatment !== 'script' && row.digest !== file.digest) {
      return [{ kind: 'modified', path: row.path, detail: 'RECORD has another sha256 for it than the wheel' } as const];
    }
    return fileProblems({ ...request, row, file, link: links(row.path) });
  });
  return [...problems, ...found.flat()];
}

/** Where the wheel's files must lie, without what comes from the cache through the import path. */
function placedFiles({ base, installed, state, manifest }: VerifyRequest): ReadonlyMap<string, PlacedFile> {
  if (manifest === undefined) return new Map();
  const entryPoints = readTextIfAny(join(base, 'lib', installed.distInfo, 'entry_points.txt')) ?? '';
  const { console: commands, gui } = parseEntryPoints(entryPoints);
  const { files } = placeWheel(
    manifest,
    [...commands, ...gui].map(({ name }) => name),
  );
  const placed = state?.onPath === undefined ? files : files.filter(({ target }) => !liesOnPath(target));
  return new Map(placed.map((file) => [file.target, file]));
}

interface FileCheck extends VerifyRequest {
  readonly row: RecordedFile;
  readonly file: PlacedFile | undefined;
  /** The link on the way to the file, or the file itself, if there is one. */
  readonly link: string | undefined;
}

async function fileProblems(check: FileCheck): Promise<Problem[]> {
  const { base, row, link, state } = check;
  const path = join(base, row.path);
  const problem = (kind: Problem['kind'], detail: string): Problem[] => [{ kind, path: row.path, detail }];
  const kind = kindOf(path);
  if (kind === 'absent') return problem('missing', 'it is gone');
  if (kind === 'dangling') return problem('missing', `it is a link to ${readlinkSync(path)}, which is not there`);
  if (link !== undefined && state !== undefined && !leadsToEntry(check, link)) {
    return problem('foreign', `it leads to ${realpathSync(path)}`);
  }
  const stats = statSync(path);
  if (!stats.isFile()) return problem('modified', 'it is no file');
  if (row.size !== undefined && stats.size !== row.size) {
    return problem('modified', `it has ${stats.size} bytes, not ${row.size}`);
  }
  const executable = mustBeExecutable(check);
  if (executable !== undefined && ((stats.mode & 0o100) !== 0) !== executable) {
    return problem('modified', executable ? 'it is not executable' : 'it is executable');
  }
  if (row.digest === undefined) return [];
  const digest = Buffer.from(await hashFile(path, check.signal), 'hex').toString('base64url');
  return digest === row.digest ? [] : problem('modified', `its sha256 is ${digest}, not ${row.digest}`);
}

/** A link that tspm made leads to the same file of the wheel's own entry, in whichever cache. */
function leadsToEntry({ base, row, file, state }: FileCheck, link: string): boolean {
  const below = row.path.slice(link.length);
  const sha256 = state?.sha256 ?? '';
  const [, part] = readlinkSync(join(base, link)).split(`/${sha256.slice(0, 2)}/${sha256}/tree/`, 2);
  if (part === undefined || !(file === undefined ? mayComeTo(part, link) : file.source === `${part}${below}`))
    return false;
  const [path, target] = [row.path, link].map((place) => realpathSync(join(base, place)));
  // Within the entry there are no links.
  return path === `${target}${below}`;
}

/** Whether this path in a wheel without a manifest belongs to this place, as far as the layout tells: the name below `include` is not known. */
function mayComeTo(source: string, place: string): boolean {
  const [, scheme, rest = ''] = /^[^/]+\.data\/([^/]+)(\/.+)?$/u.exec(source) ?? [];
  if (scheme === undefined) return place === `lib/${source}`;
  if (scheme === 'headers') return /^include\/[^/]+(.*)$/u.exec(place)?.[1] === rest;
  return place === (scheme === 'data' ? rest.slice(1) : `lib${rest}`);
}

function mustBeExecutable({ row, file, state }: FileCheck): boolean | undefined {
  return state?.executable?.includes(row.path) ?? file?.executable;
}

/** Finds the first symbolic link among the parts of a path below `base`. */
function linkFinder(base: string): (path: string) => string | undefined {
  const known = new Map<string, string | undefined>([['', undefined]]);
  return function find(path): string | undefined {
    if (known.has(path)) return known.get(path);
    const above = find(parentOf(path));
    const isLink = above === undefined && lstatIfAny(join(base, path))?.isSymbolicLink();
    const link = above ?? (isLink === true ? path : undefined);
    known.set(path, link);
    return link;
  };
}
