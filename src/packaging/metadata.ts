import { TspmError } from '../errors.ts';
import { requireText } from './input.ts';
import { readHeaders, type HeaderBlock } from './headers.ts';

/** What METADATA or PKG-INFO says (core metadata, up to 2.x). Values that say `UNKNOWN` count as absent. */
export interface CoreMetadata {
  /** `2.1` when the file does not say. */
  readonly metadataVersion: string;
  /** As written by the author. */
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly requiresPython: string | undefined;
  readonly requiresDist: readonly string[];
  readonly providesExtra: readonly string[];
  readonly dynamic: readonly string[];
  readonly homePage: string;
  readonly license: string;
  /** Every header by its lower-case name, values in the order of the file; the description below the headers is left out. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** What a reader should know about the file, one clause each. */
  readonly warnings: readonly string[];
}

/** What the WHEEL file of a wheel says. */
export interface WheelInfo {
  readonly wheelVersion: string;
  readonly rootIsPurelib: boolean;
  /** Informational: the tags in the file name count. */
  readonly tags: readonly string[];
  readonly generator: string;
  readonly warnings: readonly string[];
}

const KNOWN_MINOR = 6;
const VERSION = /^(\d+)\.(\d+)$/;

/** The text of METADATA or PKG-INFO, which is UTF-8; files from before that was said may be Latin-1. */
export function decodeMetadata(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/** Reads METADATA as Python's e-mail parser does (core metadata); throws TSPM_INVALID_METADATA when it is unusable. */
export function parseMetadata(text: string): CoreMetadata {
  requireText(text, 'TSPM_INVALID_METADATA', 'package metadata');
  const block = readHeaders(text);
  const { fields } = block;
  const warnings = [...block.warnings];
  const name = required(fields, 'Name');
  const version = required(fields, 'Version');
  const metadataVersion = single(fields, 'metadata-version');
  const problem = metadataVersionProblem(metadataVersion, `metadata of ${name} ${version}`);
  if (problem !== undefined) warnings.push(problem);
  return {
    metadataVersion: metadataVersion ?? '2.1',
    name,
    version,
    summary: single(fields, 'summary') ?? '',
    requiresPython: single(fields, 'requires-python'),
    requiresDist: fields.get('requires-dist') ?? [],
    providesExtra: fields.get('provides-extra') ?? [],
    dynamic: (fields.get('dynamic') ?? []).map((field) => field.toLowerCase()),
    homePage: single(fields, 'home-page') ?? '',
    license: single(fields, 'license') ?? '',
    fields,
    warnings,
  };
}

/** Fields that must be known before anything is built. */
const DECIDING: readonly string[] = ['requires-dist', 'requires-python', 'provides-extra'];

/** Whether the metadata of a source archive holds for every wheel built from it (PEP 643). */
export function isStatic({ metadataVersion, dynamic }: CoreMetadata): boolean {
  const [, major, minor] = VERSION.exec(metadataVersion) ?? [];
  const isMarked = Number(major) === 2 && Number(minor) >= 2;
  return isMarked && !dynamic.some((field) => DECIDING.includes(field));
}

/** Reads the WHEEL file (binary distribution format); throws TSPM_WHEEL_METADATA without a version or with an unknown major one. */
export function parseWheelInfo(text: string): WheelInfo {
  const { fields, warnings } = readHeaders(text);
  const wheelVersion = single(fields, 'wheel-version');
  const [, major, minor] = VERSION.exec(wheelVersion ?? '') ?? [];
  if (wheelVersion === undefined || major === undefined) {
    throw new TspmError('TSPM_WHEEL_METADATA', 'the WHEEL file must have a Wheel-Version such as 1.0');
  }
  if (Number(major) > 1) {
    throw new TspmError(
      'TSPM_WHEEL_METADATA',
      `the WHEEL file has version ${wheelVersion}, this tool reads versions 1.x`,
      {
        hint: 'update tspm or pick another version of the package',
      },
    );
  }
  return {
    wheelVersion,
    rootIsPurelib: single(fields, 'root-is-purelib')?.toLowerCase() === 'true',
    tags: fields.get('tag') ?? [],
    generator: single(fields, 'generator') ?? '',
    warnings: Number(minor) > 0 ? [...warnings, `WHEEL version ${wheelVersion} is newer than 1.0`] : warnings,
  };
}

/** The first value of a header that may be there once; a second one is ignored, as e-mail readers do. */
function single(fields: HeaderBlock['fields'], key: string): string | undefined {
  const value = fields.get(key)?.[0];
  return value === undefined || value === '' || value === 'UNKNOWN' ? undefined : value;
}

function required(fields: HeaderBlock['fields'], header: string): string {
  const value = single(fields, header.toLowerCase());
  if (value !== undefined) return value;
  throw new TspmError('TSPM_INVALID_METADATA', `package metadata has no ${header}`);
}

function metadataVersionProblem(text: string | undefined, place: string): string | undefined {
  if (text === undefined) return `${place} has no Metadata-Version, read as 2.1`;
  const [, major, minor] = VERSION.exec(text) ?? [];
  if (major === undefined || Number(major) > 2) {
    throw new TspmError('TSPM_INVALID_METADATA', `${place} has Metadata-Version ${text}, this tool reads 1.x and 2.x`);
  }
  return Number(major) === 2 && Number(minor) > KNOWN_MINOR
    ? `${place} has the newer Metadata-Version ${text}`
    : undefined;
}
