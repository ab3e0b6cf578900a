/** What older versions of PDM left in a project, and how it is brought up to date. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TspmError } from '../errors.ts';
import { readSavedPython, writeSavedPython } from '../python/saved.ts';
import { editToml } from '../toml/edit.ts';
import { parseToml } from '../toml/parse.ts';
import { isArray, textAt, valueAt, type TomlPath, type TomlTable } from '../toml/value.ts';
import { replaceFile } from '../util/replace-file.ts';

/** Something to be mended; `mend` does it. */
export interface Problem {
  /** PDM's name of it. */
  readonly name: string;
  /** One clause. */
  readonly message: string;
  readonly mend: () => Promise<void>;
}

/** Every problem of the project in `root`, in PDM's order. Throws what reading TOML throws. */
export function projectProblems(root: string): Problem[] {
  const found = [legacyConfig(root), legacyPackageType(root), legacyStrategy(root)];
  return found.filter((problem) => problem !== undefined);
}

/** Until PDM 2.0 the settings of a project were in `.pdm.toml`, the path of its Python among them. */
function legacyConfig(root: string): Problem | undefined {
  const [from, to] = [join(root, '.pdm.toml'), join(root, 'pdm.toml')];
  if (!existsSync(from)) return undefined;
  const message = 'python.path config needs to be moved to .pdm-python and .pdm.toml needs to be renamed to pdm.toml';
  const mend = async (): Promise<void> => {
    const text = readFileSync(from, 'utf8');
    const python = textAt(parseToml(text, '.pdm.toml'), PYTHON_PATH);
    const rest = python === undefined ? text : withoutPython(text);
    if (rest.trim() !== '') {
      if (existsSync(to))
        throw new TspmError('TSPM_USAGE', 'there are settings in .pdm.toml and in pdm.toml', { hint: 'keep one' });
      await replaceFile(to, rest);
    }
    if (python !== undefined && readSavedPython(root) === undefined) writeSavedPython(root, python);
    rmSync(from);
  };
  return { name: 'project-config', message, mend };
}

const PYTHON_PATH: TomlPath = ['python', 'path'];

function withoutPython(text: string): string {
  return editToml(
    text,
    [
      { kind: 'delete', path: PYTHON_PATH },
      { kind: 'prune', path: ['python'] },
    ],
    '.pdm.toml',
  );
}

/** `package-type` of PDM 2.8 became `distribution`. */
function legacyPackageType(root: string): Problem | undefined {
  const path = join(root, 'pyproject.toml');
  const document = readToml(path, 'pyproject.toml');
  const type = document === undefined ? undefined : textAt(document, ['tool', 'pdm', 'package-type']);
  if (type === undefined) return undefined;
  const isLibrary = type === 'library';
  const message = `package-type = "${type}" has been renamed to distribution = ${isLibrary} under [tool.pdm] table`;
  const mend = async (): Promise<void> => {
    const changes = [
      { kind: 'set', path: ['tool', 'pdm', 'distribution'], value: isLibrary },
      { kind: 'delete', path: ['tool', 'pdm', 'package-type'] },
    ] as const;
    await replaceFile(path, editToml(readFileSync(path, 'utf8'), changes));
  };
  return { name: 'package-type', message, mend };
}

const STRATEGY: TomlPath = ['metadata', 'strategy'];

/** From format 4.5.0 on the flag `cross_platform` means nothing. */
function legacyStrategy(root: string): Problem | undefined {
  const path = join(root, 'pdm.lock');
  const document = readToml(path, 'pdm.lock');
  if (document === undefined) return undefined;
  const [major = 0, minor = 0] = (textAt(document, ['metadata', 'lock_version']) ?? '').split('.').map(Number);
  const value = valueAt(document, STRATEGY);
  const flags = (isArray(value) ? value : []).filter((flag) => typeof flag === 'string');
  if (major !== 4 || minor < 5 || !flags.includes('cross_platform')) return undefined;
  const mend = async (): Promise<void> => {
    const kept = flags.filter((flag) => flag !== 'cross_platform');
    await replaceFile(
      path,
      editToml(readFileSync(path, 'utf8'), [{ kind: 'set', path: STRATEGY, value: kept }], 'pdm.lock'),
    );
  };
  return {
    name: 'deprecated-cross-platform',
    message: 'the strategy `cross_platform` of pdm.lock is out of use',
    mend,
  };
}

function readToml(path: string, file: string): TomlTable | undefined {
  return existsSync(path) ? parseToml(readFileSync(path, 'utf8'), file) : undefined;
}
