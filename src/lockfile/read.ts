import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isTspmError, TspmError } from '../errors.ts';
import { isValidName, normalizeName } from '../packaging/name.ts';
import { decodeToml, parseToml } from '../toml/parse.ts';
import { isArray, isTable, tableAt, valueAt, type TomlTable, type TomlValue } from '../toml/value.ts';
import { sortedText } from '../util/collections.ts';
import { readKnownLayout } from './known-layout.ts';
import type { LockedFile, LockedPackage, LockedVcs, Lockfile, LockTarget } from './model.ts';
import { isPylock } from './pylock-head.ts';
import { movePaths } from './pylock-paths.ts';
import { readPylock } from './pylock-read.ts';
import { ioFault } from '../util/io-fault.ts';
import { repeatable } from '../util/repeatable.ts';

const NEWEST_MAJOR = 4;

/**
 * Reads a pdm.lock of any format up to 4.x, or a pylock.toml; the content tells which. Throws TSPM_LOCK_MISSING, TSPM_LOCK_SYNTAX (with line and column, also for
 * conflict marks of a merge), TSPM_LOCK_INVALID (with the place) and TSPM_LOCK_FORMAT for formats that came later.
 */
export function readLockfile(path: string, root = dirname(path)): Lockfile {
  return parseLockfile(readText(path), path, root);
}

/** The same, or undefined without a file. */
export function readLockIfAny(path: string, root?: string): Lockfile | undefined {
  return existsSync(path) ? readLockfile(path, root) : undefined;
}

/** The same for the text of the file at `path`. Relative paths in the result start from the project's `root`. */
export function parseLockfile(text: string, path: string, root = dirname(path)): Lockfile {
  const file = basename(path);
  refuseConflictMarks(text, file);
  const document = readKnownLayout(text) ?? parseToml(text, file, 'TSPM_LOCK_SYNTAX');
  if (isPylock(document, file)) return movePaths(readPylock(document, file), dirname(path), root);
  const reader: Reader = { file, hashes: tableAt(document, ['metadata', 'files']) };
  const metadata = tableAt(document, ['metadata']) ?? Object.create(null);
  const lockVersion = optionalText(metadata, 'lock_version', reader, '[metadata]') ?? '';
  refuseLaterFormat(lockVersion, file);
  return {
    groups: optionalTexts(metadata, 'groups', reader, '[metadata]'),
    strategy: strategyOf(metadata, reader),
    lockVersion,
    contentHash: optionalText(metadata, 'content_hash', reader, '[metadata]'),
    ...(metadata['lock_inputs'] === undefined ? {} : { recordsInputs: true as const }),
    targets: tables(metadata['targets'], '[metadata.targets]', reader).map((table, index) =>
      readTarget(table, index, reader),
    ),
    packages: tables(document['package'], '[package]', reader).map((table, index) => readPackage(table, index, reader)),
  };
}

interface Reader {
  readonly file: string;
  /** Formats 4.0 to 4.2 keep hashes apart, by `name version`. */
  readonly hashes: TomlTable | undefined;
}

function readText(path: string): string {
  const file = basename(path);
  try {
    return decodeToml(
      repeatable(() => readFileSync(path)),
      file,
      'TSPM_LOCK_SYNTAX',
    );
  } catch (error) {
    if (isTspmError(error) || !(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOENT') {
      throw new TspmError('TSPM_LOCK_MISSING', 'Lockfile does not exist', {
        hint: 'run `tspm lock`',
        context: { path },
      });
    }
    throw ioFault('cannot read', path, error);
  }
}

function refuseConflictMarks(text: string, file: string): void {
  const mark = /^(?:<{7} |={7}\r?$|>{7} )/m.exec(text);
  if (mark === null) return;
  const line = text.slice(0, mark.index).split('\n').length;
  throw new TspmError('TSPM_LOCK_SYNTAX', `${file}:${line}:1: unresolved conflict of a merge`, {
    hint: 'take either side of the file, then run `tspm lock --update-reuse`',
    context: { file, line, column: 1 },
  });
}

function refuseLaterFormat(lockVersion: string, file: string): void {
  const major = Number(/^\d+/.exec(lockVersion)?.[0] ?? '0');
  if (major <= NEWEST_MAJOR) return;
  throw new TspmError(
    'TSPM_LOCK_FORMAT',
    `${file} has lock format ${lockVersion}; this version reads up to ${NEWEST_MAJOR}.x`,
    {
      hint: 'use a newer version, or delete the file and run `tspm lock`',
      context: { file, lockVersion },
    },
  );
}

/** Before the list of flags there were two booleans; an absent list is left to the reader of the model. */
function strategyOf(metadata: TomlTable, reader: Reader): readonly string[] | undefined {
  const flags = optionalTexts(metadata, 'strategy', reader, '[metadata]');
  if (flags !== undefined) return flags;
  const older = ['cross_platform', 'static_urls'].filter((flag) => flag in metadata);
  return older.length === 0 ? undefined : older.filter((flag) => metadata[flag] === true);
}

function readTarget(table: TomlTable, index: number, reader: Reader): LockTarget {
  const place = `[metadata.targets][${index}]`;
  const platform = optionalText(table, 'platform', reader, place);
  const implementation = optionalText(table, 'implementation', reader, place);
  const gil = table['gil_disabled'];
  return {
    requiresPython: optionalText(table, 'requires_python', reader, place) ?? '',
    ...(platform === undefined ? {} : { platform }),
    ...(implementation === undefined ? {} : { implementation }),
    ...(typeof gil === 'boolean' ? { gilDisabled: gil } : {}),
  };
}

function readPackage(table: TomlTable, index: number, reader: Reader): LockedPackage {
  const written = optionalText(table, 'name', reader, `[package][${index}]`);
  if (written === undefined || !isValidName(written)) {
    throw invalid(reader, `[package][${index}].name: expected a package name`);
  }
  const place = `[package][${index}] (${written})`;
  const text = (key: string) => optionalText(table, key, reader, place);
  const texts = (key: string) => optionalTexts(table, key, reader, place);
  const extras = texts('extras');
  const groups = texts('groups');
  return compact({
    name: normalizeName(written),
    version: text('version'),
    extras: extras === undefined ? undefined : sortedText(new Set(extras)),
    requiresPython: text('requires_python'),
    editable: table['editable'] === true ? (true as const) : undefined,
    subdirectory: text('subdirectory'),
    vcs: readVcs(table, reader, place),
    path: text('path')?.replaceAll('\\', '/'),
    url: text('url'),
    summary: text('summary'),
    groups,
    marker: text('marker'),
    dependencies: texts('dependencies') ?? [],
    files: readFiles(table, { reader, place, key: `${written} ${text('version') ?? ''}` }),
  });
}

function readVcs(table: TomlTable, reader: Reader, place: string): LockedVcs | undefined {
  for (const kind of ['git', 'hg', 'svn', 'bzr'] as const) {
    const url = optionalText(table, kind, reader, place);
    if (url === undefined) continue;
    const ref = optionalText(table, 'ref', reader, place);
    const revision = optionalText(table, 'revision', reader, place);
    return { kind, url, ...(ref === undefined ? {} : { ref }), ...(revision === undefined ? {} : { revision }) };
  }
  return undefined;
}

interface FilesPlace {
  readonly reader: Reader;
  readonly place: string;
  /** In the table of hashes of old formats. */
  readonly key: string;
}

function readFiles(table: TomlTable, { reader, place, key }: FilesPlace): LockedFile[] {
  const older = reader.hashes === undefined ? undefined : valueAt(reader.hashes, [key]);
  const isOlder = table['files'] === undefined && older !== undefined;
  return tables(table['files'] ?? older, `${place}.files`, reader).map((item, index) => {
    const { file, url, hash } = item;
    if (typeof hash !== 'string' || !isOptionalText(file) || !isOptionalText(url)) {
      throw invalid(reader, `${place}.files[${index}]: expected a hash, and a file or a url, as strings`);
    }
    // Hashes without a name of their algorithm are sha256.
    const named = hash.includes(':') ? hash : `sha256:${hash}`;
    if (url === undefined) return file === undefined ? { hash: named } : { file, hash: named };
    // Urls of the old formats were recorded by the way; they were never meant to be fetched.
    if (isOlder) return { file: file ?? url.slice(url.lastIndexOf('/') + 1), hash: named };
    return file === undefined ? { url, hash: named } : { file, url, hash: named };
  });
}

function isOptionalText(value: TomlValue | undefined): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function tables(value: TomlValue | undefined, place: string, reader: Reader): TomlTable[] {
  if (value === undefined) return [];
  if (isArray(value) && value.every((item) => isTable(item))) return [...value];
  throw invalid(reader, `${place}: expected an array of tables`);
}

function optionalText(table: TomlTable, key: string, reader: Reader, place: string): string | undefined {
  const value = table[key];
  if (value === undefined || typeof value === 'string') return value;
  throw invalid(reader, `${place}.${key}: expected a string`);
}

function optionalTexts(table: TomlTable, key: string, reader: Reader, place: string): string[] | undefined {
  const value = table[key];
  if (value === undefined) return undefined;
  if (isArray(value) && value.every((item) => typeof item === 'string')) return [...value];
  throw invalid(reader, `${place}.${key}: expected an array of strings`);
}

/** What is left of a record's type when undefined values are taken out of it. */
type Compacted<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function compact<T extends object>(record: T): Compacted<T> {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  // Only undefined values went, which is what the type says.
  return Object.fromEntries(entries) as Compacted<T>;
}

function invalid(reader: Reader, message: string): TspmError {
  return new TspmError('TSPM_LOCK_INVALID', `${reader.file}: ${message}`, { context: { file: reader.file } });
}
