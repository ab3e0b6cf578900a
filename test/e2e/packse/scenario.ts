/** The public scenarios of PyPI's packse, read from its source archive. */
import { parseToml } from '../../../src/toml/parse.ts';
import { isArray, tableAt, textAt, valueAt, type TomlPath, type TomlTable } from '../../../src/toml/value.ts';
import { findPypiFile, type PypiFileFound } from '../../support/pypi-file.ts';
import { runProgram, testPython } from '../../support/python.ts';

/** One version of a package of a scenario. */
export interface ScenarioVersion {
  readonly version: string;
  readonly requires: readonly string[];
  /** Requirement lines by extra. */
  readonly extras: Readonly<Record<string, readonly string[]>>;
  readonly requiresPython: string;
  readonly hasSdist: boolean;
  /** Tags of its wheels. */
  readonly wheelTags: readonly string[];
  readonly isYanked: boolean;
}

/** A set of packages, what is asked for, and the published answer. */
export interface Scenario {
  readonly name: string;
  /** Versions by the name of the package. */
  readonly packages: Readonly<Record<string, readonly ScenarioVersion[]>>;
  readonly root: { readonly requires: readonly string[]; readonly requiresPython: string };
  readonly expected: {
    readonly isSatisfiable: boolean;
    /** Versions by name; undefined where the scenario does not say. */
    readonly packages: Readonly<Record<string, string>> | undefined;
  };
  /** The Python resolved for, as `3.12` or `3.9.20`. */
  readonly python: string;
  /** One answer for every platform and all of the project's Python range. */
  readonly isUniversal: boolean;
  readonly allowPrereleases: boolean;
  readonly onlyBinary: readonly string[];
  readonly noBinary: readonly string[];
}

/** The release whose scenarios these tests were written against. */
const PACKSE = {
  project: 'packse',
  filename: 'packse-0.3.59.tar.gz',
  sha256: '718bcca5dd1e9321f5c2918d5975ffd772f0c3b150cf29b03979677a003d73d2',
};

/** The source archive on this machine, or why it is not there. */
export function findPackse(): PypiFileFound {
  return findPypiFile(PACKSE);
}

/** Every scenario of the archive but its example, sorted by name. */
export function readScenarios(archive: string): Scenario[] {
  // The program's own JSON: texts by path.
  const texts = JSON.parse(runProgram(testPython(), ['-I', '-c', LIST, archive])) as Record<string, string>;
  const scenarios = Object.entries(texts).map(([path, text]) => scenarioOf(parseToml(text, path)));
  return scenarios.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const LIST = `
import json, sys, tarfile
with tarfile.open(sys.argv[1]) as archive:
    chosen = [one for one in archive if '/scenarios/' in one.name and one.name.endswith('.toml') and '/examples/' not in one.name]
    print(json.dumps({one.name: archive.extractfile(one).read().decode() for one in chosen}))
`;

/** What packse takes where a scenario does not say. */
const DEFAULT_PYTHON = '3.12';
const DEFAULT_REQUIRES_PYTHON = '>=3.12';

function scenarioOf(table: TomlTable): Scenario {
  const expected = tableAt(table, ['expected', 'packages']);
  return {
    name: textAt(table, ['name']) ?? '',
    packages: fromTable(tableAt(table, ['packages']), (packages, name) => {
      const versions = tableAt(packages, [name, 'versions']) ?? {};
      return Object.keys(versions).map((version) => versionOf(version, tableAt(versions, [version]) ?? {}));
    }),
    root: {
      requires: texts(table, ['root', 'requires']),
      requiresPython: textAt(table, ['root', 'requires_python']) ?? DEFAULT_REQUIRES_PYTHON,
    },
    expected: {
      isSatisfiable: valueAt(table, ['expected', 'satisfiable']) === true,
      packages: expected && fromTable(expected, (versions, name) => textAt(versions, [name]) ?? ''),
    },
    python: textAt(table, ['resolver_options', 'python']) ?? textAt(table, ['environment', 'python']) ?? DEFAULT_PYTHON,
    isUniversal: valueAt(table, ['resolver_options', 'universal']) === true,
    allowPrereleases: valueAt(table, ['resolver_options', 'prereleases']) === true,
    onlyBinary: texts(table, ['resolver_options', 'no_build']),
    noBinary: texts(table, ['resolver_options', 'no_binary']),
  };
}

function versionOf(version: string, table: TomlTable): ScenarioVersion {
  const tags = texts(table, ['wheel_tags']);
  const hasWheel = valueAt(table, ['wheel']) !== false;
  return {
    version,
    requires: texts(table, ['requires']),
    extras: fromTable(tableAt(table, ['extras']), (extras, name) => texts(extras, [name])),
    requiresPython: textAt(table, ['requires_python']) ?? DEFAULT_REQUIRES_PYTHON,
    hasSdist: valueAt(table, ['sdist']) !== false,
    wheelTags: hasWheel ? (tags.length > 0 ? tags : ['py3-none-any']) : [],
    isYanked: valueAt(table, ['yanked']) === true,
  };
}

/** What `read` makes of each key of a table. */
function fromTable<T>(table: TomlTable | undefined, read: (table: TomlTable, key: string) => T): Record<string, T> {
  return Object.fromEntries(Object.keys(table ?? {}).map((key) => [key, read(table ?? {}, key)]));
}

function texts(table: TomlTable, path: TomlPath): string[] {
  const value = valueAt(table, path);
  return isArray(value) ? value.map(String) : [];
}
