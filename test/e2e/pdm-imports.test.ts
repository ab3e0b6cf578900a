/** Twenty files of each kind that can be imported: the same pyproject.toml as data as PDM makes of them. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { importFlit } from '../../src/app/import-flit.ts';
import { importPipfile } from '../../src/app/import-pipfile.ts';
import { importPoetry } from '../../src/app/import-poetry.ts';
import { importIntoProject } from '../../src/app/import-project.ts';
import { importRequirements } from '../../src/app/import-requirements.ts';
import { importSetup } from '../../src/app/import-setup.ts';
import type { Imported } from '../../src/app/imported.ts';
import { moduleFacts } from '../../src/python/module-facts.ts';
import { setupFacts } from '../../src/python/setup-facts.ts';
import { parseToml } from '../../src/toml/parse.ts';
import { readCases } from '../support/case-files.ts';
import { pythonIdent } from '../support/catalogue.ts';
import { findPdm, runPdmOften } from '../support/pdm.ts';
import { pypiPrograms } from '../support/pypi-programs.ts';
import { testPython } from '../support/python.ts';
import { type RunResult, Sandbox } from '../support/tspm.ts';

const pdm = findPdm();
const python = withSetuptools();
const read = (path: string): string => readFileSync(path, 'utf8');
const sandbox = new Sandbox(python === undefined ? {} : { PDM_PYTHON: python });

interface Kind {
  readonly name: string;
  readonly file: string;
  readonly imported: (path: string) => Imported | Promise<Imported>;
}

const KINDS: readonly Kind[] = [
  { name: 'requirements', file: 'requirements.txt', imported: (path) => importRequirements(path, read) },
  { name: 'pipfile', file: 'Pipfile', imported: (path) => importPipfile(path, read) },
  { name: 'poetry', file: 'pyproject.toml', imported: (path) => importPoetry(path, read) },
  {
    name: 'flit',
    file: 'pyproject.toml',
    imported: (path) => importFlit(path, read, (file) => moduleFacts(testPython(), file)),
  },
  {
    name: 'setuppy',
    file: 'setup.py',
    imported: async (path) => importSetup(path, await setupFacts(python ?? '', dirname(path), sandbox.env)),
  },
];

/** A Python that has setuptools, which setup.py needs. */
function withSetuptools(): string | undefined {
  if (spawnSync(testPython(), ['-c', 'import setuptools'], { stdio: 'ignore' }).status === 0) return testPython();
  const programs = pypiPrograms('setuptools', ['setuptools==75.8.2']);
  return programs.kind === 'found' ? programs.python : undefined;
}

describe.skipIf(pdm.kind === 'absent' || python === undefined).each(KINDS)('$name', ({ name, file, imported }) => {
  const cases = readCases(`imports/${name}.txt`);
  const folderOf = (whose: string, label: string): string => join(sandbox.root, whose, name, label);
  const answers = new Map<string, RunResult>();

  beforeAll(async () => {
    for (const [label, files] of cases) {
      const project = sandbox.project(join('theirs', name, label));
      for (const [path, text] of files) project.write(path, label === 'crlf' ? text.replaceAll('\n', '\r\n') : text);
      cpSync(folderOf('theirs', label), folderOf('ours', label), { recursive: true });
    }
    const labels = [...cases.keys()];
    const runs = labels.map((label) => {
      const folder = folderOf('theirs', label);
      return ['import', '-p', folder, '-f', name, join(folder, file)];
    });
    for (const [index, answer] of (await runPdmOften(pdm, sandbox, runs)).entries())
      answers.set(labels[index] ?? '', answer);
  });

  test('has twenty cases', () => {
    expect(cases.size).toBeGreaterThanOrEqual(20);
  });

  test.each([...cases.keys()])('%s', async (label) => {
    expect(answers.get(label)).toMatchObject({ status: 0 });
    const root = folderOf('ours', label);
    const project = join(root, 'pyproject.toml');
    const { text } = await importIntoProject({
      root,
      text: existsSync(project) ? read(project) : undefined,
      imported: await imported(join(root, file)),
      target: { dev: false },
      requiresPython: () => Promise.resolve(`>=${pythonIdent()}`),
      env: {},
    });
    const theirs = read(join(folderOf('theirs', label), 'pyproject.toml'));
    expect(parseToml(text, 'pyproject.toml')).toEqual(parseToml(theirs, 'pyproject.toml'));
  });
});
