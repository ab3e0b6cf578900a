/** A pylock.toml (PEP 751), of this or any other tool, as a lock. */
import { TspmError } from '../errors.ts';
import { normalizeName } from '../packaging/name.ts';
import { validatePylock } from '../packaging/pylock.ts';
import { isArray, isTable, tableAt, textAt, valueAt, type TomlTable, type TomlValue } from '../toml/value.ts';
import { lockedFilename } from './model.ts';
import type { LockedFile, LockedPackage, LockedVcs, Lockfile, LockTarget } from './model.ts';
import { takeApart } from './pylock-groups.ts';
import { groupsOfPylock } from './pylock-head.ts';

/**
 * Reads a parsed pylock.toml; `file` is how messages name it. Paths stay as they are written: from the folder of the file. Throws
 * TSPM_LOCK_FORMAT for a later major version, TSPM_LOCK_INVALID for what the standard does not allow.
 */
export function readPylock(document: TomlTable, file: string): Lockfile {
  refuseLaterVersion(document, file);
  const problem = validatePylock(asStandard(document));
  if (problem !== undefined) throw invalid(file, problem);
  const tool = tableAt(document, ['tool', 'pdm']);
  const strategy = tool === undefined ? undefined : texts(tool['strategy']);
  const groups = groupsOfPylock(document);
  const head = {
    requiresPython: textAt(document, ['requires-python']) ?? '',
    environments: texts(document['environments']),
    extras: (texts(document['extras']) ?? []).map(normalizeName),
    defaultGroups: texts(document['default-groups']) ?? [],
  };
  return {
    groups,
    strategy: strategy ?? ['inherit_metadata', 'static_urls'],
    lockVersion: textAt(document, ['lock-version']) ?? '',
    contentHash: tool === undefined ? undefined : contentHashOf(tool),
    targets: tables(tool?.['targets']).map(readTarget),
    packages: tables(document['packages']).map((table) => takeApart(readPackage(table, file), groups ?? [], head)),
    pylock: head,
  };
}

function refuseLaterVersion(document: TomlTable, file: string): void {
  const version = textAt(document, ['lock-version']);
  const major = Number(/^\d+/.exec(version ?? '')?.[0] ?? '1');
  if (major === 1) return;
  throw new TspmError(
    'TSPM_LOCK_FORMAT',
    `${file} has version ${version ?? ''} of the standard; this version reads 1.x`,
    {
      hint: 'use a newer version, or delete the file and run `tspm lock`',
      context: { file, lockVersion: version },
    },
  );
}

/**
 * PDM lists the files of all local variants below one version, where the versions of files are then not compared, and leaves the list of
 * packages out when it is empty.
 */
function asStandard(document: TomlTable): TomlTable {
  const packages = document['packages'] ?? [];
  if (document['created-by'] !== 'pdm' || !isArray(packages)) return document;
  const unversioned = packages.map((entry) => {
    if (!isTable(entry)) return entry;
    const { version: _version, ...others } = entry;
    return others;
  });
  return { ...document, packages: unversioned };
}

/** `sha256:…` of `hashes = {sha256 = "…"}`. */
function contentHashOf(tool: TomlTable): string | undefined {
  const hashes = tableAt(tool, ['hashes']) ?? {};
  const [algorithm] = Object.keys(hashes);
  return algorithm === undefined ? undefined : `${algorithm}:${textAt(hashes, [algorithm]) ?? ''}`;
}

function readTarget(table: TomlTable): LockTarget {
  const [platform, implementation] = [textAt(table, ['platform']), textAt(table, ['implementation'])];
  const gil = table['gil_disabled'];
  return {
    requiresPython: textAt(table, ['requires_python']) ?? '',
    ...(platform === undefined ? {} : { platform }),
    ...(implementation === undefined ? {} : { implementation }),
    ...(typeof gil === 'boolean' ? { gilDisabled: gil } : {}),
  };
}

function readPackage(table: TomlTable, file: string): LockedPackage {
  const name = textAt(table, ['name']) ?? '';
  const requiresPython = textAt(table, ['requires-python']);
  const version = textAt(table, ['version']);
  const marker = textAt(table, ['marker']);
  return {
    name,
    ...(version === undefined ? {} : { version }),
    ...(requiresPython === undefined ? {} : { requiresPython }),
    ...readSource(table, `${file}: ${name}`),
    ...(marker === undefined ? {} : { marker }),
    dependencies: texts(valueAt(table, ['tool', 'pdm', 'dependencies'])) ?? [],
  };
}

type Source = Pick<LockedPackage, 'files' | 'vcs' | 'path' | 'url' | 'subdirectory' | 'editable'>;

function readSource(table: TomlTable, place: string): Source {
  const vcs = tableAt(table, ['vcs']);
  if (vcs !== undefined) return { vcs: readVcs(vcs, place), ...subdirectoryOf(vcs), files: [] };
  const directory = tableAt(table, ['directory']);
  if (directory !== undefined) {
    const editable = directory['editable'] === true ? { editable: true as const } : {};
    return { path: pathOf(directory) ?? '.', ...editable, ...subdirectoryOf(directory), files: [] };
  }
  const archive = tableAt(table, ['archive']);
  if (archive !== undefined) {
    const { path, url, ...file } = readFile(archive);
    if (path === undefined && url === undefined) throw invalid(place, 'archive.url must be an absolute address');
    const from = path === undefined ? { url: url ?? '' } : { path };
    return { ...from, ...subdirectoryOf(archive), files: [file] };
  }
  const sdist = tableAt(table, ['sdist']);
  return { files: [...tables(table['wheels']), ...(sdist === undefined ? [] : [sdist])].map(readFile) };
}

function readVcs(table: TomlTable, place: string): LockedVcs {
  const kind = KINDS.find((known) => known === table['type']);
  if (kind === undefined) throw invalid(place, `vcs.type must be one of ${KINDS.join(', ')}`);
  const ref = textAt(table, ['requested-revision']);
  return {
    kind,
    url: pathOf(table) ?? textAt(table, ['url']) ?? '',
    ...(ref === undefined ? {} : { ref }),
    revision: textAt(table, ['commit-id']) ?? '',
  };
}

const KINDS = ['git', 'hg', 'svn', 'bzr'] as const;

/** A relative address leads nowhere by itself: such a file is looked for by its digest. */
function readFile(table: TomlTable): LockedFile {
  const [url, path, size] = [textAt(table, ['url']), pathOf(table), table['size']];
  const place = {
    ...(url !== undefined && /^[a-z][a-z0-9+.-]*:/i.test(url) ? { url } : {}),
    ...(path === undefined ? {} : { path }),
  };
  const hash = strongest(tableAt(table, ['hashes']) ?? {});
  return {
    file: textAt(table, ['name']) ?? lockedFilename({ url: url ?? '', ...place, hash }),
    ...place,
    ...(size === undefined ? {} : { size: Number(size) }),
    hash,
  };
}

/** The digest to verify; only when there is nothing better one of an algorithm that cannot be trusted, which is refused later. */
function strongest(hashes: TomlTable): string {
  const named = Object.keys(hashes).map((key) => [key.toLowerCase(), textAt(hashes, [key]) ?? ''] as const);
  const best = ['sha256', 'sha512', 'sha384'].flatMap((wanted) => named.filter(([algorithm]) => algorithm === wanted));
  const [algorithm, digest] = best[0] ?? named[0] ?? ['', ''];
  return `${algorithm}:${digest.toLowerCase()}`;
}

function pathOf(table: TomlTable): string | undefined {
  return textAt(table, ['path'])?.replaceAll('\\', '/');
}

function subdirectoryOf(table: TomlTable): { readonly subdirectory?: string } {
  const subdirectory = textAt(table, ['subdirectory']);
  return subdirectory === undefined ? {} : { subdirectory };
}

function texts(value: TomlValue | undefined): string[] | undefined {
  return isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}

function tables(value: TomlValue | undefined): TomlTable[] {
  return isArray(value) ? value.filter((item) => isTable(item)) : [];
}

function invalid(file: string, problem: string): TspmError {
  return new TspmError('TSPM_LOCK_INVALID', `${file}: ${problem}`, { context: { file } });
}
