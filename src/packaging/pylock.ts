import { isTspmError } from '../errors.ts';
import { tryParseSdistFilename, tryParseWheelFilename } from './filename.ts';
import { parseMarker } from './marker.ts';
import { isValidName, normalizeName } from './name.ts';
import { parseSpecifierSet } from './specifier.ts';
import { parseVersion, tryParseVersion, versionsEqual } from './version.ts';

/** The first thing wrong with a parsed pylock.toml (PEP 751), in one sentence without a final stop; undefined for a valid one. */
export function validatePylock(document: unknown): string | undefined {
  return lock(document, '');
}

type Table = Readonly<Record<string, unknown>>;
/** What is wrong with a value; `place` is its path in the document, empty for the document itself. */
type Check = (value: unknown, place: string) => string | undefined;

const text: Check = (value, place) => (typeof value === 'string' ? undefined : `${place} must be a string`);
const flag: Check = (value, place) => (typeof value === 'boolean' ? undefined : `${place} must be true or false`);
const count: Check = (value, place) =>
  typeof value === 'bigint' || Number.isSafeInteger(value) ? undefined : `${place} must be an integer`;
const time: Check = (value, place) =>
  value instanceof Date || typeof value === 'string' ? undefined : `${place} must be a date with a time`;
const marker = readable(parseMarker);
const specifiers = readable(parseSpecifierSet);
const version = readable(parseVersion);

const file = {
  required: { hashes: checkHashes },
  optional: { path: text, url: text, size: count, 'upload-time': time, name: text, subdirectory: text },
};
const vcs = {
  required: { type: text, 'commit-id': text },
  optional: { path: text, url: text, 'requested-revision': text, subdirectory: text },
};
const packageFields = table({
  required: { name: checkNormalName },
  optional: {
    version,
    marker,
    'requires-python': specifiers,
    dependencies: list(table({})),
    vcs: located(table(vcs)),
    directory: table({ required: { path: text }, optional: { editable: flag, subdirectory: text } }),
    archive: located(table(file)),
    index: text,
    sdist: located(table(file)),
    wheels: list(located(table(file))),
    'attestation-identities': list(table({ required: { kind: text } })),
    tool: table({}),
  },
});
const lock = table({
  required: { 'lock-version': checkLockVersion, 'created-by': text, packages: list(checkPackage) },
  optional: {
    environments: list(marker),
    'requires-python': specifiers,
    extras: list(checkNormalName),
    'dependency-groups': list(text),
    'default-groups': list(text),
    tool: table({}),
  },
});

/** Unknown keys pass: a newer minor version may have added them. */
function table(fields: {
  readonly required?: Record<string, Check>;
  readonly optional?: Record<string, Check>;
}): Check {
  const required = Object.entries(fields.required ?? {});
  const known = [...required, ...Object.entries(fields.optional ?? {})];
  return (value, place) => {
    if (!isTable(value)) return `${place || 'the lock file'} must be a table`;
    const missing = required.find(([key]) => !Object.hasOwn(value, key));
    if (missing !== undefined) return `${within(place, missing[0])} is missing`;
    return firstProblem(known, ([key, check]) =>
      Object.hasOwn(value, key) ? check(value[key], within(place, key)) : undefined,
    );
  };
}

function list(item: Check): Check {
  return (value, place) => {
    if (!Array.isArray(value)) return `${place} must be an array`;
    return firstProblem([...value.entries()], ([i, element]) => item(element, `${place}[${i}]`));
  };
}

function located(check: Check): Check {
  return (value, place) => {
    const isLocated = isTable(value) && (Object.hasOwn(value, 'path') || Object.hasOwn(value, 'url'));
    return check(value, place) ?? (isLocated ? undefined : `${place} must have a path or a url`);
  };
}

function readable(parse: (text: string) => unknown): Check {
  return (value, place) => {
    if (typeof value !== 'string') return `${place} must be a string`;
    try {
      parse(value);
      return undefined;
    } catch (error) {
      if (isTspmError(error)) return `${place}: ${error.message}`;
      throw error;
    }
  };
}

function checkHashes(value: unknown, place: string): string | undefined {
  if (!isTable(value)) return `${place} must be a table`;
  const entries = Object.entries(value);
  if (entries.length === 0) return `${place} must hold at least one hash`;
  return firstProblem(entries, ([algorithm, digest]) => text(digest, within(place, algorithm)));
}

function checkNormalName(value: unknown, place: string): string | undefined {
  if (typeof value !== 'string') return `${place} must be a string`;
  if (isValidName(value) && normalizeName(value) === value) return undefined;
  return `${place} must be a normalised name, not ${JSON.stringify(value)}`;
}

function checkLockVersion(value: unknown, place: string): string | undefined {
  if (typeof value !== 'string') return `${place} must be a string`;
  const read = tryParseVersion(value);
  if (read?.epoch === 0 && read.release[0] === 1) return undefined;
  return `${place} must be 1.0 or a later 1.x, not ${JSON.stringify(value)}`;
}

function checkPackage(value: unknown, place: string): string | undefined {
  const problem = packageFields(value, place);
  if (problem !== undefined || !isTable(value)) return problem;
  const trees = ['vcs', 'directory', 'archive'].filter((key) => Object.hasOwn(value, key)).length;
  const files = ['sdist', 'wheels'].some((key) => Object.hasOwn(value, key));
  if (trees + Number(files) !== 1) return `${place} must have one source: vcs, directory, archive, or sdist and wheels`;
  const wheels: readonly unknown[] = Array.isArray(value['wheels']) ? value['wheels'] : [];
  return (
    checkFileName(value, { file: value['sdist'], kind: 'sdist', place: `${place}.sdist` }) ??
    firstProblem([...wheels.entries()], ([i, wheel]) =>
      checkFileName(value, { file: wheel, kind: 'wheel', place: `${place}.wheels[${i}]` }),
    )
  );
}

/** A file of a package must be one of its version; the version of an sdist says nothing where the package gives none. */
function checkFileName(
  entry: Table,
  { file, kind, place }: { readonly file: unknown; readonly kind: 'sdist' | 'wheel'; readonly place: string },
): string | undefined {
  if (!isTable(file)) return undefined;
  const name = fileNameOf(file);
  const read = kind === 'sdist' ? tryParseSdistFilename(name) : tryParseWheelFilename(name);
  if (read === undefined) return `${place} has the file name ${JSON.stringify(name)}, which is not that of a ${kind}`;
  if (read.name !== entry['name'])
    return `${place} has the file ${name}, which belongs to another project than ${String(entry['name'])}`;
  const locked = typeof entry['version'] === 'string' ? tryParseVersion(entry['version']) : undefined;
  if (locked === undefined || versionsEqual(locked, read.version)) return undefined;
  return `${place} has the file ${name}, which belongs to another version than ${locked.text}`;
}

/** The explicit name, else the last part of the path, which wins over the URL. */
function fileNameOf(entry: Table): string {
  if (typeof entry['name'] === 'string') return entry['name'];
  if (typeof entry['path'] === 'string') return entry['path'].split(/[/\\]/).at(-1) ?? '';
  const last = String(entry['url']).split(/[?#]/)[0]?.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    // A stray percent sign: the text itself is the name.
    return last;
  }
}

function firstProblem<T>(items: readonly T[], check: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const problem = check(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function within(place: string, key: string): string {
  return place === '' ? key : `${place}.${key}`;
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
