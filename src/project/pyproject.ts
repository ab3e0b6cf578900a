import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isTspmError, TspmError } from '../errors.ts';
import { pdmProjectName } from '../packaging/name.ts';
import { decodeToml, parseToml } from '../toml/parse.ts';
import { isArray, tableAt, textAt, valueAt, type TomlTable, type TomlValue } from '../toml/value.ts';
import {
  checkValue,
  cutoffOverrideSchema,
  pdmSchema,
  projectSchema,
  resolutionSchema,
  sourcesSchema,
  textSchema,
  textsSchema,
  type RawSource,
} from './schema.ts';
import { ioFault } from '../util/io-fault.ts';
import { repeatable } from '../util/repeatable.ts';

/** `[tool.pdm.resolution]`, defaults filled in. */
interface ResolutionSettings {
  /** Normalised name to version, specifier or URL as written. */
  readonly overrides: ReadonlyMap<string, string>;
  readonly excludes: readonly string[];
  readonly respectSourceOrder: boolean;
  readonly allowPrereleases: boolean | undefined;
  /** Names as written; `:all:` and `:none:` among them. */
  readonly noBinary: readonly string[];
  readonly onlyBinary: readonly string[];
  readonly preferBinary: readonly string[];
  /** The lock shall record its inputs in place of a content hash. */
  readonly lockInputs: boolean;
  readonly excludeNewer: string | undefined;
  /** Normalised name to its own cut-off, or false for none. */
  readonly excludeNewerOverride: ReadonlyMap<string, string | false>;
}

/** A project file: the text, its parsed document, and a checked view of the keys tspm uses. */
export interface Pyproject {
  readonly root: string;
  readonly path: string;
  readonly text: string;
  readonly document: TomlTable;
  readonly name: string | undefined;
  readonly version: string | undefined;
  /** As written; empty when any Python will do. */
  readonly requiresPython: string;
  /** Whether the project itself is built and installed. */
  readonly distribution: boolean;
  readonly dependencies: readonly string[];
  /** Group name as written to requirement lines. */
  readonly optionalDependencies: ReadonlyMap<string, readonly string[]>;
  /** Normalised group name to items: those of `[dependency-groups]`, then those of `[tool.pdm.dev-dependencies]`. */
  readonly devGroups: ReadonlyMap<string, readonly TomlValue[]>;
  /** Command to the arguments put behind it. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly sources: readonly RawSource[];
  readonly resolution: ResolutionSettings;
  readonly scripts: TomlTable;
  /** `[tool.pdm.workspace].members`: paths and patterns. */
  readonly members: readonly string[];
  readonly buildBackend: string | undefined;
}

/** The nearest folder from `cwd` upwards that holds a pyproject.toml; undefined when none does. */
export function findProjectRoot(cwd: string): string | undefined {
  let folder = resolve(cwd);
  for (;;) {
    if (existsSync(join(folder, 'pyproject.toml'))) return folder;
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

/**
 * Reads and checks `<root>/pyproject.toml`. Throws TSPM_PROJECT_MISSING (no file, or no `[project]`),
 * TSPM_PYPROJECT_SYNTAX, TSPM_PYPROJECT_INVALID or TSPM_INVALID_GROUP.
 */
export function readPyproject(root: string): Pyproject {
  const path = join(root, 'pyproject.toml');
  return parsePyproject(readText(path), root);
}

/** The same from a text that is not (yet) on disk. */
export function parsePyproject(text: string, root: string): Pyproject {
  const path = join(root, 'pyproject.toml');
  const document = parseToml(text, 'pyproject.toml');
  if (document['project'] === undefined) {
    throw new TspmError('TSPM_PROJECT_MISSING', 'The pyproject.toml has not been initialized yet', {
      hint: 'run `tspm init`',
      context: { path },
    });
  }
  const project = checkValue(projectSchema, document['project'], '[project]');
  const pdmTable = toolTable(document);
  const pdm = checkValue(pdmSchema, pdmTable, '[tool.pdm]');
  return {
    root,
    path,
    text,
    document,
    name: project.name,
    version: project.version,
    requiresPython: project['requires-python'] ?? '',
    distribution: isDistribution(project.name, pdm),
    dependencies: project.dependencies ?? [],
    optionalDependencies: optionalGroups(document),
    devGroups: devGroups(document),
    options: commandOptions(pdmTable),
    sources: checkValue(sourcesSchema, pdmTable['source'] ?? [], '[tool.pdm.source]'),
    resolution: resolutionSettings(pdmTable),
    scripts: tableAt(pdmTable, ['scripts']) ?? {},
    members: pdm.workspace?.members ?? [],
    buildBackend: textAt(document, ['build-system', 'build-backend']),
  };
}

/** The form group names are compared in: stricter than package names, `a+b` is `a-b`. */
export function normalizeGroup(name: string): string {
  return pdmProjectName(name).toLowerCase();
}

function readText(path: string): string {
  try {
    return decodeToml(
      repeatable(() => readFileSync(path)),
      'pyproject.toml',
    );
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOENT') {
      throw new TspmError('TSPM_PROJECT_MISSING', `no pyproject.toml in ${dirname(path)} or above it`, {
        hint: 'run `tspm init`',
        context: { path },
      });
    }
    if (isTspmError(error)) throw error;
    throw ioFault('cannot read', path, error);
  }
}

function toolTable(document: TomlTable): TomlTable {
  const tool = valueAt(document, ['tool', 'pdm']);
  if (tool === undefined) return {};
  const found = tableAt(document, ['tool', 'pdm']);
  if (found === undefined) throw notTable('[tool.pdm]');
  return found;
}

function isDistribution(
  name: string | undefined,
  pdm: { readonly distribution?: boolean | undefined; readonly 'package-type'?: string | undefined },
): boolean {
  if (name === undefined) return false;
  if (pdm['package-type'] !== undefined) return pdm['package-type'] === 'library';
  return pdm.distribution ?? true;
}

function optionalGroups(document: TomlTable): Map<string, readonly string[]> {
  const groups = new Map<string, readonly string[]>();
  const seen = new Map<string, string>();
  for (const [name, value] of Object.entries(tableAt(document, ['project', 'optional-dependencies']) ?? {})) {
    claimGroup(seen, name, '[project.optional-dependencies]');
    groups.set(name, checkValue(textsSchema, value, `[project.optional-dependencies].${name}`));
  }
  return groups;
}

/** Items of a group may be anything here: what is wrong in a group counts only once that group is used. */
function devGroups(document: TomlTable): Map<string, readonly TomlValue[]> {
  const groups = new Map<string, readonly TomlValue[]>();
  const seen = new Map<string, string>();
  const declared = valueAt(document, ['dependency-groups']);
  if (declared !== undefined && tableAt(document, ['dependency-groups']) === undefined) {
    throw notTable('[dependency-groups]');
  }
  for (const [name, value] of Object.entries(tableAt(document, ['dependency-groups']) ?? {})) {
    groups.set(claimGroup(seen, name, '[dependency-groups]'), isArray(value) ? value : [[value]]);
  }
  const older = tableAt(document, ['tool', 'pdm', 'dev-dependencies']) ?? {};
  for (const [name, value] of Object.entries(older)) {
    const place = `[tool.pdm.dev-dependencies].${name}`;
    const key = claimGroup(new Map(), name, '[tool.pdm.dev-dependencies]');
    groups.set(key, [...(groups.get(key) ?? []), ...checkValue(textsSchema, value, place)]);
  }
  return groups;
}

function claimGroup(seen: Map<string, string>, name: string, place: string): string {
  const key = normalizeGroup(name);
  if (key === 'default') {
    throw new TspmError('TSPM_INVALID_GROUP', `${place}.${name}: the name "default" means [project].dependencies`, {
      context: { place: `${place}.${name}` },
    });
  }
  const other = seen.get(key);
  if (other !== undefined) {
    throw new TspmError('TSPM_INVALID_GROUP', `${place}: "${other}" and "${name}" are the same group name`, {
      context: { place: `${place}.${name}` },
    });
  }
  seen.set(key, name);
  return key;
}

function commandOptions(pdm: TomlTable): Map<string, readonly string[]> {
  const entries = Object.entries(tableAt(pdm, ['options']) ?? {});
  return new Map(
    entries.map(([command, value]) => [command, checkValue(textsSchema, value, `[tool.pdm.options].${command}`)]),
  );
}

function resolutionSettings(pdm: TomlTable): ResolutionSettings {
  const place = '[tool.pdm.resolution]';
  const settings = checkValue(resolutionSchema, pdm['resolution'] ?? {}, place);
  const overrides = new Map<string, string>();
  for (const [name, value] of Object.entries(tableAt(pdm, ['resolution', 'overrides']) ?? {})) {
    const at = `${place}.overrides.${name}`;
    if (overrides.has(normalizeGroup(name))) {
      const message = `${at}: there is another override of ${normalizeGroup(name)}`;
      throw new TspmError('TSPM_PYPROJECT_INVALID', message, { hint: 'keep one', context: { place: at } });
    }
    overrides.set(normalizeGroup(name), checkValue(textSchema, value, at));
  }
  const cutoffs = Object.entries(tableAt(pdm, ['resolution', 'exclude-newer-override']) ?? {}).map(
    ([name, value]) =>
      [
        normalizeGroup(name),
        checkValue(cutoffOverrideSchema, value, `${place}.exclude-newer-override.${name}`),
      ] as const,
  );
  return {
    overrides,
    excludes: (settings.excludes ?? []).map((name) => normalizeGroup(name)),
    respectSourceOrder: settings['respect-source-order'] ?? false,
    allowPrereleases: settings['allow-prereleases'],
    noBinary: nameList(settings['no-binary']),
    onlyBinary: nameList(settings['only-binary']),
    preferBinary: nameList(settings['prefer-binary']),
    lockInputs: settings.lock_inputs ?? false,
    excludeNewer: settings['exclude-newer'],
    excludeNewerOverride: new Map(cutoffs),
  };
}

/** A comma list or an array. */
export function nameList(value: string | readonly string[] | undefined): string[] {
  const names = typeof value === 'string' ? value.split(',') : (value ?? []);
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

function notTable(place: string): TspmError {
  return new TspmError('TSPM_PYPROJECT_INVALID', `${place}: expected a table`, { context: { place } });
}
