import { sortedText } from '../util/collections.ts';
import { isTspmError, TspmError } from '../errors.ts';
import { isBlankCode, trimBlanks } from './blank.ts';
import { requireText } from './input.ts';
import { parseMarker, type Marker } from './marker.ts';
import { normalizeExtras, normalizeName, pdmProjectName } from './name.ts';
import {
  ANY_VERSION,
  parseLegacySpecifierSet,
  parseProjectSpecifierSet,
  parseSpecifierSet,
  type SpecifierSet,
} from './specifier.ts';

/** A dependency as PEP 508 writes it. With a `url` the specifier is empty. */
export interface Requirement {
  /** The name as written. */
  readonly name: string;
  /** The normalised name. */
  readonly key: string;
  /** Normalised, sorted, each once. */
  readonly extras: readonly string[];
  /** The extras as written, sorted, each once; absent where that is how they are normalised. */
  readonly writtenExtras?: readonly string[];
  readonly specifier: SpecifierSet;
  readonly url: string | undefined;
  readonly marker: Marker | undefined;
}

/** How specifiers are read: what differs between our own files and published metadata. */
type SpecifierReader = (text: string) => SpecifierSet;

/** Reads a requirement of PEP 508 (blanks and tabs are the only white space); throws TSPM_INVALID_REQUIREMENT. */
export function parseRequirement(text: string): Requirement {
  requireText(text, 'TSPM_INVALID_REQUIREMENT', 'requirement');
  return readRequirement(text, (specifier) => parseSpecifierSet(withoutEmptyClause(specifier)));
}

/** As {@link parseRequirement} for lines of projects: what PDM mends there in specifiers is mended. Throws TSPM_INVALID_REQUIREMENT. */
export function parseProjectRequirement(text: string): Requirement {
  return readRequirement(text, (specifier) => parseProjectSpecifierSet(withoutEmptyClause(specifier)));
}

/**
 * As {@link parseRequirement} for published metadata: known mistakes in specifiers are mended, in markers they are not. A line may be
 * folded or in quotes.
 */
export function parseMetadataRequirement(text: string): Requirement {
  const trimmed = trimBlanks(text).replaceAll(/[ \t]*\n[ \t]+/g, ' ');
  const unquoted = /^(["'])(.*)\1$/.exec(trimmed)?.[2];
  return readRequirement(unquoted ?? trimmed, parseLegacySpecifierSet);
}

/** The line PDM writes: `Name[a,b]<specifier>; marker`, or `Name[a,b] @ url ; marker`. */
export function formatRequirement(requirement: Requirement): string {
  const { name, specifier, url, marker } = requirement;
  const subject = pdmProjectName(name) + formatExtras(writtenExtras(requirement));
  const condition = marker === undefined ? '' : `; ${marker.toString()}`;
  if (url === undefined) return subject + specifier.toString() + condition;
  return `${subject} @ ${url}${condition === '' ? '' : ` ${condition}`}`;
}

/** The extras in the spelling of lock files, which is that of the requirement. */
export function writtenExtras({
  extras,
  writtenExtras: written,
}: Pick<Requirement, 'extras' | 'writtenExtras'>): readonly string[] {
  return written ?? extras;
}

/** What tells resolver nodes apart: `name`, or `name[a,b]` with extras. */
export function requirementIdentity({ key, extras }: Pick<Requirement, 'key' | 'extras'>): string {
  return key + formatExtras(extras);
}

const HEAD = /^[ \t]*([a-zA-Z0-9._-]+)[ \t]*(?:\[([^\]]*)\][ \t]*)?/;

function readRequirement(text: string, specifierOf: SpecifierReader): Requirement {
  const invalid = (problem: string, cause?: unknown): TspmError =>
    new TspmError('TSPM_INVALID_REQUIREMENT', `requirement ${JSON.stringify(text)} ${problem}`, { cause });
  const [head, name, extrasText] = HEAD.exec(text) ?? [];
  if (head === undefined || name === undefined || !isName(name)) throw invalid('must start with a name');
  if (hasForeignBlank(text)) throw invalid('must be one line with blanks and tabs as its only white space');
  const extras = readExtras(extrasText);
  if (extras === undefined) throw invalid('must list extras as [a,b]');
  const { specifierText, url, markerText } = splitBody(text.slice(head.length));
  if (url === '') throw invalid('must have a URL after "@", and a blank before ";"');
  try {
    const specifier = specifierText === '' ? ANY_VERSION : specifierOf(specifierText);
    const marker = markerText === undefined ? undefined : parseMarker(markerText);
    return { name, key: normalizeName(name), ...extras, specifier, url, marker };
  } catch (error) {
    if (isTspmError(error)) throw invalid(`is invalid: ${error.message}`, error);
    throw error;
  }
}

interface Body {
  readonly specifierText: string;
  /** Empty when the part after `@` is no URL. */
  readonly url: string | undefined;
  readonly markerText: string | undefined;
}

/** Splits what follows the extras. A URL runs up to the next blank, `;` included; elsewhere the first `;` starts the marker. */
function splitBody(body: string): Body {
  if (body.startsWith('@')) {
    const [, url = '', markerText] = /^@[ \t]*([^ \t]+)(?:[ \t]+(?:;(.*))?)?$/s.exec(body) ?? [];
    return { specifierText: '', url, markerText };
  }
  const end = body.indexOf(';');
  const specifierText = trimBlanks(end < 0 ? body : body.slice(0, end));
  const inner = /^\(([^)]*)\)$/.exec(specifierText)?.[1];
  return {
    specifierText: trimBlanks(inner ?? specifierText),
    url: undefined,
    markerText: end < 0 ? undefined : body.slice(end + 1),
  };
}

function readExtras(text: string | undefined): Pick<Requirement, 'extras' | 'writtenExtras'> | undefined {
  if (text === undefined || trimBlanks(text) === '') return { extras: [] };
  const names = text.split(',').map(trimBlanks);
  if (!names.every(isName)) return undefined;
  const [written, extras] = [sortedText(new Set(names)), normalizeExtras(names)];
  return written.join() === extras.join() ? { extras } : { extras, writtenExtras: written };
}

/** A comma may end the list but not stand for a missing clause. */
function withoutEmptyClause(text: string): string {
  const clauses = text.replace(/,$/, '').split(',');
  if (clauses.every((clause) => trimBlanks(clause) !== '')) return text;
  throw new TspmError(
    'TSPM_INVALID_SPECIFIER',
    `version specifier ${JSON.stringify(text)} must not have an empty clause`,
  );
}

/** Names with `_` at the end are against the grammar, but in published metadata, and the reference implementation reads them. */
function isName(text: string): boolean {
  return /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9_])?$/.test(text);
}

function hasForeignBlank(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== 0x20 && code !== 0x09 && isBlankCode(code)) return true;
  }
  return false;
}

function formatExtras(extras: readonly string[]): string {
  return extras.length === 0 ? '' : `[${extras.join(',')}]`;
}
