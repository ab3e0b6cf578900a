import { TspmError } from '../errors.ts';
import { sortedText } from '../util/collections.ts';
import { requireText } from './input.ts';

const VALID = /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9])?$/;

/** The form names are compared in (PEP 503): runs of `-`, `_` and `.` as one `-`, ASCII lower case. */
export function normalizeName(text: string): string {
  return lowerAscii(text.replaceAll(/[-_.]+/g, '-'));
}

/** Whether `text` is a name of a project, an extra or a group: ASCII letters, digits and inner `-`, `_`, `.`. */
export function isValidName(text: string): boolean {
  return VALID.test(text);
}

/** The spelling of requirement lines in pyproject.toml and lock files: every run of other characters as one `-`, case kept. */
export function pdmProjectName(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9]+/g, '-');
}

/** Normalises a valid name; throws TSPM_INVALID_NAME for any other text. */
export function parseName(text: string): string {
  requireText(text, 'TSPM_INVALID_NAME', 'name');
  if (isValidName(text)) return normalizeName(text);
  throw new TspmError(
    'TSPM_INVALID_NAME',
    `name ${JSON.stringify(text)} must consist of ASCII letters, digits and inner "-", "_" or "."`,
  );
}

// toLowerCase maps letters beyond ASCII as well, some of them onto ASCII ones.
function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Names of extras, normalised, sorted, each once. */
export function normalizeExtras(extras: readonly string[]): string[] {
  return sortedText(new Set(extras.map(normalizeName)));
}
