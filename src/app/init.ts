import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TspmError } from '../errors.ts';
import { ensurePackagesLayout, packagesPaths } from '../installer/environment.ts';
import { buildSystem, initialPyproject, type InitAnswers } from '../project/init-template.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { writeSavedPython } from '../python/saved.ts';
import type { TomlChange } from '../toml/change.ts';
import { editToml } from '../toml/edit.ts';
import { parseToml } from '../toml/parse.ts';
import { isArray, valueAt, type TomlPath } from '../toml/value.ts';
import { replaceFile } from '../util/replace-file.ts';
import { makeFolders } from '../util/file-system.ts';

/** What `init` makes. */
export interface InitRequest {
  readonly root: string;
  readonly answers: InitAnswers;
  readonly interpreter: Interpreter;
  /** Replace an existing pyproject.toml instead of completing it. */
  readonly overwrite: boolean;
  /** README.md, `src/` and `tests/` are made too. */
  readonly scaffold: boolean;
}

const GITIGNORE = '__pypackages__/\n.pdm-python\n__pycache__/\n*.py[cod]\n/dist/\n/build/\n*.egg-info/\n';

type SetChange = Extract<TomlChange, { kind: 'set' }>;

/** Whether there is a project file already. */
export function hasPyproject(root: string): boolean {
  return existsSync(join(root, 'pyproject.toml'));
}

/** Whether the project file that is there says that the project is built; undefined when it says nothing. */
export function isBuilt(root: string): boolean | undefined {
  if (!hasPyproject(root)) return undefined;
  const document = parseToml(readFileSync(join(root, 'pyproject.toml'), 'utf8'), 'pyproject.toml');
  const value = valueAt(document, ['tool', 'pdm', 'distribution']);
  return typeof value === 'boolean' ? value : undefined;
}

/**
 * Creates the project's files: pyproject.toml (an existing one keeps every value it has), `.pdm-python`, `.gitignore` when there is
 * none, `__pypackages__/X.Y`; with `scaffold` also README.md, `src/` and `tests/`. Throws TSPM_IO, TSPM_PYPROJECT_SYNTAX.
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
  if (request.scaffold) makeLibrary(root, answers);
  ensurePackagesLayout(packagesPaths(root, interpreter.ident));
}

/** The text with the keys that are missing; those of `[project].dynamic` are the backend's. */
function completed(text: string, answers: InitAnswers): string {
  const document = parseToml(text, 'pyproject.toml');
  const dynamic = valueAt(document, ['project', 'dynamic']);
  const isLeft = (path: TomlPath): boolean =>
    valueAt(document, path) !== undefined ||
    (path[0] === 'project' && isArray(dynamic) && dynamic.includes(String(path.at(-1))));
  const missing = wantedKeys(answers).filter(({ path }) => !isLeft(path));
  return missing.length === 0 ? text : editToml(text, missing);
}

/** Every key of a new project with its value, in the order they are written. */
function wantedKeys(answers: InitAnswers): readonly SetChange[] {
  const { name, version, license, requiresPython, readme, backend } = answers;
  const set = (path: TomlPath, value: SetChange['value'] | undefined): SetChange[] =>
    value === undefined || value === '' ? [] : [{ kind: 'set', path, value, layout: 'line' }];
  const build = backend === undefined ? undefined : buildSystem(backend);
  return [
    ...set(['project', 'name'], name),
    ...set(['project', 'version'], version),
    ...set(['project', 'dependencies'], []),
    ...set(['project', 'requires-python'], requiresPython),
    ...set(['project', 'readme'], readme ? 'README.md' : undefined),
    ...set(['project', 'license'], license),
    ...set(['build-system', 'requires'], build?.requires),
    ...set(['build-system', 'build-backend'], build?.backend),
    ...set(['tool', 'pdm', 'distribution'], backend !== undefined),
  ];
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
