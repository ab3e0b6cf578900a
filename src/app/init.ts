import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TspmError } from '../errors.ts';
import { ensurePackagesLayout, packagesPaths } from '../installer/environment.ts';
import { initialPyproject, type InitAnswers } from '../project/init-template.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { writeSavedPython } from '../python/saved.ts';
import type { TomlChange } from '../toml/change.ts';
import { editToml } from '../toml/edit.ts';
import { parseToml } from '../toml/parse.ts';
import { valueAt } from '../toml/value.ts';
import { replaceFile } from '../util/replace-file.ts';
import { makeFolders } from '../util/file-system.ts';

/** What `init` makes. */
export interface InitRequest {
  readonly root: string;
  readonly answers: InitAnswers;
  readonly interpreter: Interpreter;
  /** Replace an existing pyproject.toml instead of completing it. */
  readonly overwrite: boolean;
}

const GITIGNORE = '__pypackages__/\n.pdm-python\n__pycache__/\n*.py[cod]\n/dist/\n/build/\n*.egg-info/\n';

/** Whether there is a project file already. */
export function hasPyproject(root: string): boolean {
  return existsSync(join(root, 'pyproject.toml'));
}

/**
 * Creates the project's files: pyproject.toml (an existing one keeps every value it has), `.pdm-python`, `.gitignore` when there is
 * none, `__pypackages__/X.Y`; for a library also README.md, `src/` and `tests/`. Throws TSPM_IO, TSPM_PYPROJECT_SYNTAX.
 */
export async function initProject(request: InitRequest): Promise<void> {
  const { root, answers, interpreter } = request;
  const path = join(root, 'pyproject.toml');
  const text =
    hasPyproject(root) && !request.overwrite
      ? completed(readFileSync(path, 'utf8'), answers)
      : initialPyproject(answers);
  await replaceFile(path, text);
  writeSavedPython(root, interpreter.executable);
  writeIfAbsent(join(root, '.gitignore'), GITIGNORE);
  if (answers.backend !== undefined) makeLibrary(root, answers);
  ensurePackagesLayout(packagesPaths(root, interpreter.ident));
}

/** The text with the keys of `[project]` that are missing. */
function completed(text: string, answers: InitAnswers): string {
  const document = parseToml(text, 'pyproject.toml');
  const wanted: readonly TomlChange[] = [
    ...(answers.name === undefined ? [] : [{ kind: 'set', path: ['project', 'name'], value: answers.name } as const]),
    ...(answers.version === undefined
      ? []
      : [{ kind: 'set', path: ['project', 'version'], value: answers.version } as const]),
    { kind: 'set', path: ['project', 'dependencies'], value: [], layout: 'line' },
    { kind: 'set', path: ['project', 'requires-python'], value: answers.requiresPython },
  ];
  const isDynamic = (key: string) => {
    const dynamic = valueAt(document, ['project', 'dynamic']);
    return Array.isArray(dynamic) && dynamic.includes(key);
  };
  const missing = wanted.filter(({ path }) => valueAt(document, path) === undefined && !isDynamic(String(path.at(-1))));
  return missing.length === 0 ? text : editToml(text, missing);
}

function makeLibrary(root: string, answers: InitAnswers): void {
  const module = (answers.name ?? basename(root)).replaceAll(/[-.]+/g, '_').toLowerCase();
  writeIfAbsent(join(root, 'README.md'), `# ${answers.name ?? basename(root)}\n`);
  for (const folder of [join(root, 'src', module), join(root, 'tests')]) {
    makeFolders(folder);
    writeIfAbsent(join(folder, '__init__.py'), '');
  }
}

function writeIfAbsent(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    throw new TspmError('TSPM_IO', `cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
