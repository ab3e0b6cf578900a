/** Which files of a package count at all: what the project says about formats and upload times. Pure. */
import type { Artifact } from './model.ts';

/** Names a format setting is about: normalised, or `:all:`. */
export interface FormatControl {
  /** Source archives alone count. */
  readonly noBinary: ReadonlySet<string>;
  /** Wheels alone count. */
  readonly onlyBinary: ReadonlySet<string>;
  /** Versions with wheels are tried first. */
  readonly preferBinary: ReadonlySet<string>;
}

/** The latest moment of upload that counts. */
export interface Cutoff {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** As the user wrote it. */
  readonly text: string;
}

/** What the project says about files. */
export interface FileRules extends FormatControl {
  readonly cutoff: Cutoff | undefined;
  /** Packages with a cut-off of their own, or none; by key. */
  readonly cutoffs: ReadonlyMap<string, Cutoff | undefined>;
  /** Packages the rules are not about: their files are named by the project or the old lock. */
  readonly exempt: ReadonlySet<string>;
}

/** What the rules come to for one package. */
export interface FileRule {
  readonly formats: Formats;
  readonly cutoff: Cutoff | undefined;
}

/** The kinds of files that count. */
export type Formats = 'all' | 'archives' | 'wheels';

/** Why a file does not count. */
export type Objection = 'archive' | 'too-new' | 'wheel';

/** Rules that let every file in. */
export const EVERY_FILE: FileRules = {
  noBinary: new Set(),
  onlyBinary: new Set(),
  preferBinary: new Set(),
  cutoff: undefined,
  cutoffs: new Map(),
  exempt: new Set(),
};

/** The rules without those packages (normalised). */
export function exempting(rules: FileRules, keys: Iterable<string>): FileRules {
  return { ...rules, exempt: new Set([...rules.exempt, ...keys]) };
}

/** The rules without cut-offs, for versions that are chosen already. */
export function undated(rules: FileRules): FileRules {
  return { ...rules, cutoff: undefined, cutoffs: new Map() };
}

/** The rule for a package (normalised). */
export function fileRule(rules: FileRules, key: string): FileRule {
  if (rules.exempt.has(key)) return { formats: 'all', cutoff: undefined };
  const cutoff = rules.cutoffs.has(key) ? rules.cutoffs.get(key) : rules.cutoff;
  return { formats: formatsOf(rules, key), cutoff };
}

/** A name counts before `:all:`, wheels before archives. */
export function formatsOf({ noBinary, onlyBinary }: Omit<FormatControl, 'preferBinary'>, key: string): Formats {
  for (const name of [key, ':all:']) {
    if (onlyBinary.has(name)) return 'wheels';
    if (noBinary.has(name)) return 'archives';
  }
  return 'all';
}

/** Whether versions of a package that have a wheel are tried first. */
export function prefersWheels({ preferBinary }: FormatControl, key: string): boolean {
  return preferBinary.has(key) || preferBinary.has(':all:');
}

/** Why the rule leaves a file out; undefined for one that counts. A file without a known time of upload is too new. */
export function objectionTo(artifact: Artifact, { formats, cutoff }: FileRule): Objection | undefined {
  if (formats === 'archives' && artifact.kind === 'wheel') return 'wheel';
  if (formats === 'wheels' && artifact.kind === 'sdist') return 'archive';
  return cutoff !== undefined && !(uploadedAt(artifact) <= cutoff.time) ? 'too-new' : undefined;
}

/** Milliseconds since the epoch, NaN when the index does not say. PEP 700 writes UTC; a time without zone is taken for it. */
export function uploadedAt({ uploadTime }: Artifact): number {
  const text = uploadTime?.trim() ?? '';
  return Date.parse(/(?:z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`);
}
