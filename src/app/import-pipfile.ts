/** Pipfiles. The `Pipfile.lock` beside them is not read: versions are resolved anew. */
import { dirname } from 'node:path';
import { TspmError } from '../errors.ts';
import type { MarkerVariable } from '../packaging/marker-node.ts';
import { parseToml } from '../toml/parse.ts';
import { isArray, isTable, tableAt, textAt, valueAt, type TomlTable, type TomlValue } from '../toml/value.ts';
import type { Imported, ImportedLine, ImportedSource } from './imported.ts';

/** What the Pipfile at `path` (absolute) says. Throws TSPM_PYPROJECT_SYNTAX, and TSPM_USAGE for a package nobody can read. */
export function importPipfile(path: string, read: (path: string) => string): Imported {
  const document = parseToml(read(path), 'Pipfile');
  const base = dirname(path);
  const python =
    textAt(document, ['requires', 'python_full_version']) ?? textAt(document, ['requires', 'python_version']);
  return {
    requirements: packageLines(document, 'packages', base),
    groups: [{ name: 'dev', isDev: true, requirements: packageLines(document, 'dev-packages', base) }],
    asWritten: false,
    sources: sourcesOf(document),
    requiresPython: python === undefined || python === '*' ? undefined : `>=${python}`,
    allowPrereleases: booleanOf(valueAt(document, ['pipenv', 'allow_prereleases'])),
    metadata: undefined,
    warnings: [],
  };
}

function booleanOf(value: TomlValue | undefined): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function sourcesOf(document: TomlTable): ImportedSource[] {
  const listed = valueAt(document, ['source']);
  return (listed !== undefined && isArray(listed) ? listed : []).filter(isTable).map((source) => ({
    name: textIn(source, 'name') ?? 'pypi',
    url: textIn(source, 'url') ?? '',
    verifySsl: source['verify_ssl'] !== false,
    type: 'index',
  }));
}

function packageLines(document: TomlTable, table: string, base: string): ImportedLine[] {
  return Object.entries(tableAt(document, [table]) ?? {}).map(([name, value]) => ({ line: lineOf(name, value), base }));
}

function lineOf(name: string, value: TomlValue): string {
  if (typeof value === 'string') return name + specifierOf(name, value);
  if (!isTable(value)) throw new TspmError('TSPM_USAGE', `Pipfile: "${name}" is neither a version nor a table`);
  const extras = textsIn(value, 'extras');
  const subject = name + (extras.length === 0 ? '' : `[${extras.join(',')}]`);
  const marker = markerOf(value);
  const place = placeOf(value);
  const isEditable = value['editable'] === true;
  if (place === undefined)
    return subject + specifierOf(name, textIn(value, 'version') ?? '*') + (marker && `; ${marker}`);
  if (isEditable) return `-e ${place.includes(':') ? place : fileAddress(place)}#egg=${subject}`;
  return (
    (place.startsWith('.') || place.startsWith('/') ? place : `${subject} @ ${place}`) + (marker && ` ; ${marker}`)
  );
}

/** A path as an address, relative ones from the root of the project. */
function fileAddress(path: string): string {
  return path.startsWith('/') ? `file://${path}` : `file:///\${PROJECT_ROOT}/${path.replace(/^\.(?:\/|$)/, '')}`;
}

function specifierOf(name: string, version: string): string {
  if (version.trim() === '*') return '';
  if (/^\s*(?:$|[<>=!~])/.test(version)) return version;
  throw new TspmError(
    'TSPM_USAGE',
    `Pipfile: the version of "${name}" must begin with an operator or be "*", not "${version}"`,
    {
      hint: `write "==${version.trim()}"`,
    },
  );
}

function placeOf(table: TomlTable): string | undefined {
  for (const kind of ['git', 'hg', 'svn', 'bzr']) {
    const url = textIn(table, kind);
    const ref = textIn(table, 'ref');
    if (url !== undefined) return `${kind}+${url}${ref === undefined ? '' : `@${ref}`}`;
  }
  return textIn(table, 'file') ?? textIn(table, 'path');
}

/** In the order in which PDM joins them. */
const MARKERS: readonly MarkerVariable[] = [
  'os_name',
  'sys_platform',
  'platform_machine',
  'platform_python_implementation',
  'platform_release',
  'platform_system',
  'platform_version',
  'python_version',
  'python_full_version',
  'implementation_name',
  'implementation_version',
];

/** `markers`, and each variable of markers that is a key of its own: `sys_platform = "== 'win32'"`. */
function markerOf(table: TomlTable): string {
  const whole = textIn(table, 'markers');
  const parts = MARKERS.flatMap((variable) => {
    const condition = textIn(table, variable);
    return condition === undefined ? [] : [`${variable} ${condition}`];
  });
  if (whole === undefined) return parts.join(' and ');
  return parts.length === 0 ? whole : [`(${whole})`, ...parts].join(' and ');
}

function textIn(table: TomlTable, key: string): string | undefined {
  const value = table[key];
  return typeof value === 'string' ? value : undefined;
}

function textsIn(table: TomlTable, key: string): string[] {
  const value = table[key];
  return value !== undefined && isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
