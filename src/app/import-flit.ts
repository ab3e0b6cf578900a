/** `[tool.flit]` of a pyproject.toml. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TspmError } from '../errors.ts';
import type { ModuleFacts } from '../python/module-facts.ts';
import type { NewValue } from '../toml/change.ts';
import { parseToml } from '../toml/parse.ts';
import { isArray, isTable, tableAt, textAt, type TomlPath, type TomlTable, type TomlValue } from '../toml/value.ts';
import type { Imported, ImportedGroup, ImportedPerson } from './imported.ts';

/** What flit takes from the module itself. */
export type ReadModule = (file: string) => Promise<ModuleFacts>;

/**
 * What the file at `path` (absolute) says; version and description are those of the module beside it. Throws TSPM_PYPROJECT_SYNTAX, TSPM_USAGE
 * when no module is named, and what `readModule` throws.
 */
export async function importFlit(
  path: string,
  read: (path: string) => string,
  readModule: ReadModule,
): Promise<Imported> {
  const flit = tableAt(parseToml(read(path), 'pyproject.toml'), ['tool', 'flit']) ?? {};
  const metadata = tableAt(flit, ['metadata']) ?? {};
  const module = textAt(metadata, ['module']);
  if (module === undefined) throw new TspmError('TSPM_USAGE', '[tool.flit.metadata] names no module');
  const base = dirname(path);
  const source = [join(base, module, '__init__.py'), join(base, `${module}.py`)].find((file) => existsSync(file));
  const { version = '', docstring = '' } = source === undefined ? { version: '' } : await readModule(source);
  const lines = (value: TomlValue | undefined) => textsOf(value).map((line) => ({ line, base }));
  const extras = Object.entries(tableAt(metadata, ['requires-extra']) ?? {}).map(([name, value]): ImportedGroup => ({
    name,
    isDev: false,
    requirements: lines(value),
  }));
  const dev = metadata['dev-requires'];
  const old: ImportedGroup[] = dev === undefined ? [] : [{ name: 'dev', isDev: false, requirements: lines(dev) }];
  return {
    requirements: lines(metadata['requires']),
    groups: [...extras, ...old],
    asWritten: true,
    sources: [],
    requiresPython: textAt(metadata, ['requires-python']),
    allowPrereleases: undefined,
    metadata: {
      values: [
        { path: ['project', 'dependencies'], value: [] },
        { path: ['project', 'name'], value: textAt(metadata, ['dist-name']) ?? module },
        { path: ['project', 'version'], value: version },
        { path: ['project', 'description'], value: docstring },
        ...metadataValues(metadata),
        ...settingValues(flit),
      ],
      authors: personIn(metadata, 'author'),
      maintainers: personIn(metadata, 'maintainer'),
    },
    warnings: missing({ version, description: docstring }, source ?? `${module}.py`),
  };
}

interface Value {
  readonly path: TomlPath;
  readonly value: NewValue;
}

const TAKEN: ReadonlySet<string> = new Set([
  'module',
  'dist-name',
  'author',
  'author-email',
  'maintainer',
  'maintainer-email',
  'home-page',
  'urls',
  'license',
  'description-file',
  'requires',
  'requires-extra',
  'dev-requires',
  'requires-python',
  'keywords',
]);

/** Keys that have another name or form in `[project]`; those that have not stay as they are. */
function metadataValues(metadata: TomlTable): Value[] {
  const values: Value[] = [];
  const put = (path: TomlPath, value: TomlValue | undefined): void => {
    if (typeof value === 'string') values.push({ path, value });
    else if (value !== undefined && isArray(value)) values.push({ path, value: textsOf(value) });
  };
  for (const [label, url] of Object.entries(tableAt(metadata, ['urls']) ?? {})) put(['project', 'urls', label], url);
  put(['project', 'urls', 'homepage'], metadata['home-page']);
  put(['project', 'license', 'text'], metadata['license']);
  put(['project', 'readme'], metadata['description-file']);
  if (metadata['license'] !== undefined || metadata['requires-python'] !== undefined)
    values.push({ path: ['project', 'dynamic'], value: ['classifiers'] });
  const keywords = metadata['keywords'];
  if (typeof keywords === 'string')
    put(
      ['project', 'keywords'],
      keywords.split(',').map((word) => word.trim()),
    );
  else put(['project', 'keywords'], keywords);
  for (const [key, value] of Object.entries(metadata)) if (!TAKEN.has(key)) put(['project', key], value);
  return values;
}

function settingValues(flit: TomlTable): Value[] {
  const texts = (table: TomlTable, path: TomlPath): Value[] =>
    Object.entries(table).flatMap(([name, value]) =>
      typeof value === 'string' ? [{ path: [...path, name], value }] : [],
    );
  const points = Object.entries(tableAt(flit, ['entrypoints']) ?? {}).flatMap(([group, table]) =>
    isTable(table) ? texts(table, ['project', 'entry-points', group]) : [],
  );
  const files = (['include', 'exclude'] as const).flatMap((key): Value[] => {
    const patterns = tableAt(flit, ['sdist'])?.[key];
    return patterns === undefined ? [] : [{ path: ['tool', 'pdm', 'build', `${key}s`], value: textsOf(patterns) }];
  });
  return [...texts(tableAt(flit, ['scripts']) ?? {}, ['project', 'scripts']), ...points, ...files];
}

function personIn(metadata: TomlTable, role: 'author' | 'maintainer'): ImportedPerson[] {
  const name = textAt(metadata, [role]);
  return name === undefined ? [] : [{ name, email: textAt(metadata, [`${role}-email`]) }];
}

function missing(found: { readonly version: string; readonly description: string }, source: string): string[] {
  const keys = Object.entries(found).flatMap(([key, value]) => (value === '' ? [key] : []));
  return keys.length === 0
    ? []
    : [`${source} does not tell ${keys.join(' and ')} as plain text: write them into [project] yourself`];
}

function textsOf(value: TomlValue | undefined): string[] {
  return value !== undefined && isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
