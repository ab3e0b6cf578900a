import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isTspmError } from '../../src/errors.ts';

/** Folder of the reference answers, beside the checkout; see {@link loadVectors}. */
const FOLDER = fileURLToPath(new URL('../../../shared/conformance/', import.meta.url));

/** One file of reference answers: `cases` are rows in the order of `meta.columns`. */
export interface Vectors {
  readonly meta: Readonly<Record<string, unknown>>;
  readonly cases: readonly (readonly unknown[])[];
}

/** Reads the reference answers `name` (without `.json`), or gives undefined when they are not on this machine. */
export function loadVectors(name: string): Vectors | undefined {
  const file = `${FOLDER}${name}.json`;
  if (!existsSync(file)) return undefined;
  const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isVectors(document)) throw new Error(`${file} is no table of reference answers`);
  return document;
}

/** Title of a test that needs the reference answers `name`; says what is missing when they are absent. */
export function vectorTitle(title: string, name: string, vectors: Vectors | undefined): string {
  return vectors === undefined ? `${title} (skipped: conformance/${name}.json is not beside the checkout)` : title;
}

/** The code of the error that `action` throws, undefined when it throws none. */
export function codeThrownBy(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (isTspmError(error)) return error.code;
    throw error;
  }
}

function isVectors(value: unknown): value is Vectors {
  if (typeof value !== 'object' || value === null) return false;
  const { meta, cases } = value as Record<string, unknown>;
  return typeof meta === 'object' && meta !== null && Array.isArray(cases) && cases.every((row) => Array.isArray(row));
}
