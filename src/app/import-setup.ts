/** What a setup.py, with the setup.cfg beside it, says of a project. */
import { dirname } from 'node:path';
import type { SetupFacts } from '../python/setup-facts.ts';
import type { NewValue } from '../toml/change.ts';
import type { TomlPath } from '../toml/value.ts';
import type { Imported, ImportedMetadata, ImportedPerson } from './imported.ts';

/** The project of the setup.py at `path` (absolute), from what its code says. */
export function importSetup(path: string, facts: SetupFacts): Imported {
  const base = dirname(path);
  const lines = (requirements: readonly string[] = []) => requirements.map((line) => ({ line, base }));
  const named = facts.version === undefined ? ['its version is not taken over: write project.version yourself'] : [];
  return {
    requirements: lines(facts.install_requires),
    groups: Object.entries(facts.extras_require ?? {}).map(([name, requirements]) => ({
      name,
      isDev: false,
      requirements: lines(requirements),
    })),
    asWritten: true,
    sources: [],
    requiresPython: facts.python_requires,
    allowPrereleases: undefined,
    metadata: metadataOf(facts),
    warnings: named,
  };
}

const SAME = ['name', 'version', 'description', 'keywords', 'readme', 'classifiers'] as const;

function metadataOf(facts: SetupFacts): ImportedMetadata {
  const values: { path: TomlPath; value: NewValue }[] = [];
  const put = (path: TomlPath, value: NewValue | undefined): void => {
    if (value !== undefined) values.push({ path, value });
  };
  for (const key of SAME) put(['project', key], facts[key]);
  put(['project', 'license', 'text'], facts.license);
  for (const [label, url] of Object.entries(facts.urls ?? {})) put(['project', 'urls', label], url);
  for (const [group, points] of Object.entries(facts.entry_points ?? {})) {
    for (const point of points) {
      const [, name = '', target = ''] = /^([^=]*)=(.*)$/s.exec(point) ?? [];
      put([...placeOf(group), name.trim()], target.replaceAll(/\s+/g, ''));
    }
  }
  const { '': root, ...places } = facts.package_dir ?? {};
  if (root === undefined) {
    for (const [name, place] of Object.entries(places)) put(['tool', 'pdm', 'package-dir', name], place);
  } else put(['tool', 'pdm', 'package-dir'], root);
  return {
    values,
    authors: personOf(facts.author, facts.author_email),
    maintainers: personOf(facts.maintainer, facts.maintainer_email),
  };
}

function placeOf(group: string): readonly string[] {
  if (group === 'console_scripts') return ['project', 'scripts'];
  return group === 'gui_scripts' ? ['project', 'gui-scripts'] : ['project', 'entry-points', group];
}

function personOf(name: string | undefined, email: string | undefined): ImportedPerson[] {
  return name === undefined && email === undefined ? [] : [{ name, email }];
}
