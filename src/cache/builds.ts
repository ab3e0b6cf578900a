/** Which wheel was built from what: one small file a build, beside the store that holds the wheel. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../util/io-fault.ts';
import { BUILD_AREAS, isDigest } from './layout.ts';
import { placeFile, unwritable } from './staging.ts';

/** What a build came to; at least one of the two is there. */
export interface BuildRecord {
  /** The wheel, which the store may have or not. */
  readonly wheel?: { readonly filename: string; readonly sha256: string };
  /** The text of METADATA. */
  readonly metadata?: string;
}

/** The record under a key (64 hex digits), if there is one that can be read. */
export function readBuild(cacheDir: string, key: string): BuildRecord | undefined {
  try {
    return parseRecord(JSON.parse(readFileSync(recordPath(cacheDir, key), 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) !== undefined) return undefined;
    throw error;
  }
}

/** Adds to what is recorded under a key. Throws TSPM_STORE. */
export function writeBuild(cacheDir: string, key: string, record: BuildRecord): void {
  try {
    placeFile(cacheDir, recordPath(cacheDir, key), JSON.stringify({ ...readBuild(cacheDir, key), ...record }));
  } catch (error) {
    throw unwritable(cacheDir, error);
  }
}

/** A record and its key. */
export interface KeyedBuild extends BuildRecord {
  readonly key: string;
}

/** All records that can be read, sorted by key. */
export function listBuilds(cacheDir: string): KeyedBuild[] {
  const area = join(cacheDir, BUILD_AREAS.records);
  const keys = names(area).flatMap((shard) => names(join(area, shard)).map((name) => name.replace(/\.json$/, '')));
  return keys
    .filter(isDigest)
    .sort()
    .flatMap((key) => {
      const record = readBuild(cacheDir, key);
      return record === undefined ? [] : [{ key, ...record }];
    });
}

/** Forgets a build; the store keeps its wheel. Throws TSPM_STORE. */
export function dropBuild(cacheDir: string, key: string): void {
  try {
    rmSync(recordPath(cacheDir, key), { force: true });
  } catch (error) {
    throw unwritable(cacheDir, error);
  }
}

function recordPath(cacheDir: string, key: string): string {
  return join(cacheDir, BUILD_AREAS.records, key.slice(0, 2), `${key}.json`);
}

function parseRecord(value: unknown): BuildRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const wheel = 'wheel' in value ? parseWheel(value.wheel) : undefined;
  const metadata = 'metadata' in value && typeof value.metadata === 'string' ? value.metadata : undefined;
  if (wheel === undefined && metadata === undefined) return undefined;
  return { ...(wheel === undefined ? {} : { wheel }), ...(metadata === undefined ? {} : { metadata }) };
}

function parseWheel(value: unknown): BuildRecord['wheel'] {
  if (typeof value !== 'object' || value === null || !('filename' in value) || !('sha256' in value)) return undefined;
  const { filename, sha256 } = value;
  return typeof filename === 'string' && typeof sha256 === 'string' && isDigest(sha256)
    ? { filename, sha256 }
    : undefined;
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}
