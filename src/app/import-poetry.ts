/** `[tool.poetry]` of a pyproject.toml. A `poetry.lock` beside it is not read: versions are resolved anew. */
import { dirname } from 'node:path';
import { TspmError } from '../errors.ts';
import { normalizeName } from '../packaging/name.ts';
import type { NewValue } from '../toml/change.ts';
import { parseToml } from '../toml/parse.ts';
import {
  isArray,
  isTable,
  tableAt,
  textAt,
  valueAt,
  type TomlPath,
  type TomlTable,
  type TomlValue,
} from '../toml/value.ts';
import type { Imported, ImportedGroup, ImportedMetadata, ImportedPerson, ImportedSource } from './imported.ts';
import { poetrySpecifier, pythonMarker, pythonSpecifier } from './poetry-versions.ts';

/** What the file at `path` (absolute) says. Throws TSPM_PYPROJECT_SYNTAX, and TSPM_USAGE for what cannot be said in pyproject.toml. */
export function importPoetry(path: string, read: (path: string) => string): Imported {
  const poetry = tableAt(parseToml(read(path), 'pyproject.toml'), ['tool', 'poetry']) ?? {};
  const base = dirname(path);
  const { python, ...dependencies } = tableAt(poetry, ['dependencies']) ?? {};
  const lines = (name: string, value: TomlValue) => linesOf(name, value).map((line) => ({ line, base }));
  const main = Object.entries(dependencies).filter(([, value]) => !isOptional(value));
  const extras = Object.entries(tableAt(poetry, ['extras']) ?? {}).map(([name, members]): ImportedGroup => {
    const names = textsOf(members).map((member) => normalizeName(member));
    const named = Object.entries(dependencies)
      .filter(([member, value]) => isOptional(value) && names.includes(normalizeName(member)))
      .flatMap(([member, value]) => lines(member, value));
    return { name, isDev: false, requirements: named };
  });
  const groups = devTables(poetry).map(([name, table]): ImportedGroup => {
    const requirements = Object.entries(table).flatMap(
      ([key, value]) => editableLine(key, value) ?? linesOf(key, value),
    );
    return { name, isDev: true, requirements: requirements.map((line) => ({ line, base })) };
  });
  return {
    requirements: main.flatMap(([name, value]) => lines(name, value)),
    groups: [...extras, ...groups],
    asWritten: false,
    sources: sourcesOf(poetry),
    requiresPython: typeof python === 'string' ? pythonSpecifier(python) : undefined,
    allowPrereleases: undefined,
    metadata: metadataOf(poetry),
    warnings:
      poetry['build'] === undefined ? [] : ['tool.poetry.build is left out: its script has to become a build hook'],
  };
}

function devTables(poetry: TomlTable): (readonly [string, TomlTable])[] {
  const named = Object.entries(tableAt(poetry, ['group']) ?? {}).map(
    ([name, group]) => [name, (isTable(group) ? tableAt(group, ['dependencies']) : undefined) ?? {}] as const,
  );
  return [['dev', tableAt(poetry, ['dev-dependencies']) ?? {}], ...named];
}

function isOptional(value: TomlValue): boolean {
  return isTable(value) && value['optional'] === true;
}

/** A dependency as requirement lines: several where it differs between environments. */
function linesOf(name: string, value: TomlValue): string[] {
  if (isArray(value)) return value.flatMap((one) => linesOf(name, one));
  if (typeof value === 'string') return [name + poetrySpecifier(value)];
  if (!isTable(value)) throw new TspmError('TSPM_USAGE', `tool.poetry: "${name}" is neither a version nor a table`);
  const extras = textsOf(value['extras']);
  const subject = name + (extras.length === 0 ? '' : `[${extras.join(',')}]`);
  const marker = markerOf(value);
  const place = placeOf(value);
  if (place !== undefined) return [`${subject} @ ${place}${marker && ` ; ${marker}`}`];
  return [subject + poetrySpecifier(textIn(value, 'version') ?? '*') + (marker && `; ${marker}`)];
}

/** The line of a development package that is worked on in its place; undefined for others. */
function editableLine(name: string, value: TomlValue): string | undefined {
  if (!isTable(value) || value['develop'] !== true) return undefined;
  const place = placeOf(value);
  const extras = textsOf(value['extras']);
  const subject = name + (extras.length === 0 ? '' : `[${extras.join(',')}]`);
  return place === undefined ? undefined : `-e ${place}${place.includes('#') ? '&' : '#'}egg=${subject}`;
}

function placeOf(table: TomlTable): string | undefined {
  const git = textIn(table, 'git');
  const ref = textIn(table, 'branch') ?? textIn(table, 'tag') ?? textIn(table, 'rev');
  const folder = textIn(table, 'subdirectory');
  const fragment = folder === undefined ? '' : `#subdirectory=${folder}`;
  if (git !== undefined) return `git+${git}${ref === undefined ? '' : `@${ref}`}${fragment}`;
  const path = textIn(table, 'path') ?? textIn(table, 'file');
  if (path !== undefined)
    return path.startsWith('/') ? `file://${path}` : `file:///\${PROJECT_ROOT}/${path.replace(/^\.\//, '')}`;
  return textIn(table, 'url');
}

function markerOf(table: TomlTable): string {
  const [markers = '', python = '*', platform] = ['markers', 'python', 'platform'].map((key) => textIn(table, key));
  const parts = [markers, pythonMarker(python), platform === undefined ? '' : `sys_platform == "${platform}"`];
  // Conjunctions go before what they are joined with, as PDM has it.
  const isJoined = (part: string): boolean => / and /.test(part) && !/ or /.test(part);
  const ordered = [...parts.filter(isJoined), ...parts.filter((part) => !isJoined(part))].filter(Boolean);
  return ordered.length === 1
    ? ordered.join('')
    : ordered.map((part) => (/ or /.test(part) ? `(${part})` : part)).join(' and ');
}

function sourcesOf(poetry: TomlTable): ImportedSource[] {
  return listOf(poetry['source'])
    .filter(isTable)
    .map((source) => ({
      name: textIn(source, 'name') ?? '',
      url: textIn(source, 'url') ?? '',
      verifySsl: true,
      type: 'index',
    }));
}

const SAME: readonly string[] = ['name', 'version', 'description', 'readme', 'keywords', 'classifiers'];
const ADDRESSES: readonly string[] = ['homepage', 'repository', 'documentation'];

function metadataOf(poetry: TomlTable): ImportedMetadata {
  const values: { path: TomlPath; value: NewValue }[] = [];
  const put = (path: TomlPath, value: TomlValue | undefined): void => {
    const texts = textsOf(value);
    if (typeof value === 'string') values.push({ path, value });
    else if (texts.length > 0) values.push({ path, value: texts });
  };
  for (const key of SAME) put(['project', key], poetry[key]);
  put(['project', 'license', 'text'], poetry['license']);
  for (const [label, url] of Object.entries(tableAt(poetry, ['urls']) ?? {})) put(['project', 'urls', label], url);
  for (const key of ADDRESSES) put(['project', 'urls', key], poetry[key]);
  for (const [name, script] of Object.entries(tableAt(poetry, ['scripts']) ?? {})) {
    put(['project', 'scripts', name], isTable(script) ? (script['callable'] ?? script['reference']) : script);
  }
  for (const [group, points] of Object.entries(tableAt(poetry, ['plugins']) ?? {})) {
    if (!isTable(points)) continue;
    for (const [name, target] of Object.entries(points)) put(['project', 'entry-points', group, name], target);
  }
  const included = listOf(poetry['include']);
  const inArchives = included.filter(isForArchives).flatMap(includedPath);
  const inAll = included.filter((item) => !isForArchives(item)).flatMap(includedPath);
  put(['tool', 'pdm', 'build', 'includes'], [...listOf(poetry['packages']).flatMap(packagePath), ...inAll]);
  put(['tool', 'pdm', 'build', 'source-includes'], inArchives);
  put(['tool', 'pdm', 'build', 'excludes'], poetry['exclude']);
  const usesSetuptools = valueAt(poetry, ['build', 'generate-setup-file']);
  if (typeof usesSetuptools === 'boolean')
    values.push({ path: ['tool', 'pdm', 'build', 'run-setuptools'], value: usesSetuptools });
  for (const key of ['authors', 'maintainers'])
    if (poetry[key] !== undefined && listOf(poetry[key]).length === 0)
      values.push({ path: ['project', key], value: [] });
  if (poetry['package-mode'] === false) values.push({ path: ['tool', 'pdm', 'distribution'], value: false });
  return { values, authors: peopleOf(poetry, 'authors'), maintainers: peopleOf(poetry, 'maintainers') };
}

/** An entry of `include` that names source archives as its format. */
function isForArchives(item: TomlValue): boolean {
  if (!isTable(item)) return false;
  return item['format'] === 'sdist' || textsOf(item['format']).includes('sdist');
}

function includedPath(item: TomlValue): string[] {
  const path = isTable(item) ? textIn(item, 'path') : item;
  return typeof path === 'string' ? [path] : [];
}

function packagePath(value: TomlValue): string[] {
  const include = isTable(value) ? textIn(value, 'include') : undefined;
  const from = isTable(value) ? textIn(value, 'from') : undefined;
  if (include === undefined) return [];
  return [from === undefined ? include : `${from}/${include}`];
}

function peopleOf(poetry: TomlTable, key: string): ImportedPerson[] {
  return textsOf(valueAt(poetry, [key])).map((text) => {
    const [, name, email] = /^\s*(.*?)\s*<([^>]*)>\s*$/.exec(text) ?? [];
    return { name: (name ?? text) || undefined, email };
  });
}

function listOf(value: TomlValue | undefined): readonly TomlValue[] {
  return value !== undefined && isArray(value) ? value : [];
}

function textsOf(value: TomlValue | undefined): string[] {
  return listOf(value).filter((item) => typeof item === 'string');
}

function textIn(table: TomlTable, key: string): string | undefined {
  return textAt(table, [key]);
}
