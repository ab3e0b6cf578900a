/** What builds a source tree: `[build-system]` of its pyproject.toml (PEP 517, PEP 518). Pure. */
import { isTspmError, TspmError } from '../errors.ts';
import { parseMetadataRequirement } from '../packaging/requirement.ts';
import { parseToml } from '../toml/parse.ts';
import { isArray, isTable, valueAt, type TomlValue } from '../toml/value.ts';

/** A backend and what has to be installed to run it. */
export interface BuildSystem {
  /** Requirement lines. */
  readonly requires: readonly string[];
  /** `module` or `module:object.path`. */
  readonly backend: string;
  /** Folders of the source tree the backend is imported from, relative; empty for a backend that is installed. */
  readonly backendPath: readonly string[];
}

/** The backend of sources that name none: runs setup.py as it always was run. */
const LEGACY = 'setuptools.build_meta:__legacy__';
const LEGACY_SYSTEM: BuildSystem = { requires: ['setuptools >= 40.8.0'], backend: LEGACY, backendPath: [] };

/**
 * Reads the text of a pyproject.toml, undefined for a tree without one. Throws TSPM_BUILD_FAILED where `[build-system]` breaks the
 * rules; `subject` is what is built, for messages.
 */
export function readBuildSystem(pyproject: string | undefined, subject: string): BuildSystem {
  const table = pyproject === undefined ? undefined : tableOf(pyproject, subject);
  if (table === undefined) return LEGACY_SYSTEM;
  const refuse = (problem: string): TspmError => invalid(subject, `[build-system] ${problem}`);
  if (!isTable(table)) throw refuse('must be a table');
  const requires = textsOf(table['requires']);
  if (requires === undefined) throw refuse('must have a list of strings "requires"');
  for (const line of requires) requireRequirement(line, subject);
  const backend = table['build-backend'] ?? LEGACY;
  if (typeof backend !== 'string' || !/^[\w.]+(?::[\w.]+)?$/.test(backend)) {
    throw refuse('must name its "build-backend" as module or module:object');
  }
  const backendPath = textsOf(table['backend-path'] ?? []);
  if (backendPath === undefined) throw refuse('must have a list of strings "backend-path"');
  const outside = backendPath.find((path) => /^[/\\]|^[A-Za-z]:/.test(path) || path.split(/[/\\]/).includes('..'));
  if (outside !== undefined) throw refuse(`names a backend-path outside of the sources: ${outside}`);
  return { requires, backend, backendPath };
}

function tableOf(text: string, subject: string): TomlValue | undefined {
  try {
    return valueAt(parseToml(text, 'pyproject.toml'), ['build-system']);
  } catch (error) {
    if (isTspmError(error)) throw invalid(subject, error.message, error);
    throw error;
  }
}

function requireRequirement(line: string, subject: string): void {
  try {
    parseMetadataRequirement(line);
  } catch (error) {
    if (isTspmError(error)) throw invalid(subject, `[build-system] requires: ${error.message}`, error);
    throw error;
  }
}

function textsOf(value: TomlValue | undefined): string[] | undefined {
  if (value === undefined || !isArray(value)) return undefined;
  const texts = value.filter((item) => typeof item === 'string');
  return texts.length === value.length ? texts : undefined;
}

function invalid(subject: string, problem: string, cause?: unknown): TspmError {
  return new TspmError('TSPM_BUILD_FAILED', `${subject} cannot be built: ${problem}`, { cause });
}
