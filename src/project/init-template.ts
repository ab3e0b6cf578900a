import { formatBasicString } from '../toml/value.ts';

/** The answers `init` works with. */
export interface InitAnswers {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly description?: string;
  readonly author?: { readonly name: string; readonly email: string };
  readonly license?: string;
  /** `==3.11.*`, `>=3.11`, or empty for any. */
  readonly requiresPython: string;
  /** Whether a README.md exists or will be written. */
  readonly readme: boolean;
  /** The build backend of a library; undefined for an application, which is never built. */
  readonly backend?: BuildBackend;
}

export type BuildBackend = 'pdm-backend' | 'setuptools' | 'flit-core' | 'hatchling';

const BUILD_SYSTEMS: Readonly<Record<BuildBackend, readonly [requires: string, backend: string]>> = {
  'pdm-backend': ['pdm-backend', 'pdm.backend'],
  setuptools: ['setuptools>=77', 'setuptools.build_meta'],
  'flit-core': ['flit_core>=3.12,<4', 'flit_core.buildapi'],
  hatchling: ['hatchling', 'hatchling.build'],
};

/** The text of a new pyproject.toml. */
export function initialPyproject(answers: InitAnswers): string {
  const sections = [
    projectSection(answers),
    ...(answers.backend === undefined ? [APPLICATION] : [buildSection(answers.backend)]),
  ];
  return sections.join('\n');
}

/** A project name made of a folder's name: unusable characters become `-`; undefined when nothing usable is left. */
export function nameFromFolder(folder: string): string | undefined {
  const name = folder.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^[-._]+|[-._]+$/g, '');
  return name === '' ? undefined : name;
}

/** The build backend's own requirement and name. */
export function buildSystem(backend: BuildBackend): { readonly requires: readonly string[]; readonly backend: string } {
  const [requires, module] = BUILD_SYSTEMS[backend];
  return { requires: [requires], backend: module };
}

const APPLICATION = '[tool.pdm]\ndistribution = false\n';

function projectSection(answers: InitAnswers): string {
  const { name, version, description, author, license, requiresPython, readme } = answers;
  const rows: string[] = ['[project]'];
  const add = (key: string, value: string | undefined) => {
    if (value !== undefined && value !== '') rows.push(`${key} = ${formatBasicString(value)}`);
  };
  add('name', name);
  add('version', version);
  add('description', description);
  if (author !== undefined && (author.name !== '' || author.email !== '')) {
    rows.push('authors = [', `    {${authorFields(author)}},`, ']');
  }
  rows.push('dependencies = []');
  add('requires-python', requiresPython);
  if (readme) add('readme', 'README.md');
  add('license', license);
  return `${rows.join('\n')}\n`;
}

function authorFields({ name, email }: { readonly name: string; readonly email: string }): string {
  const fields = [
    name === '' ? '' : `name = ${formatBasicString(name)}`,
    email === '' ? '' : `email = ${formatBasicString(email)}`,
  ];
  return fields.filter((field) => field !== '').join(', ');
}

function buildSection(backend: BuildBackend): string {
  const { requires, backend: module } = buildSystem(backend);
  const list = requires.map((line) => formatBasicString(line)).join(', ');
  return `[build-system]\nrequires = [${list}]\nbuild-backend = ${formatBasicString(module)}\n\n[tool.pdm]\ndistribution = true\n`;
}
