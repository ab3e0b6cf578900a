import type { NewValue } from '../toml/change.ts';
import type { TomlPath } from '../toml/value.ts';

/** What is taken over from a file of another tool. */
export interface Imported {
  /** Requirement lines, paths in them from the folder `base`. */
  readonly requirements: readonly ImportedLine[];
  /** Those of other groups, where the file tells them apart. */
  readonly groups: readonly ImportedGroup[];
  /** Whether requirements of new groups stay in the words of the file. */
  readonly asWritten: boolean;
  readonly sources: readonly ImportedSource[];
  /** Undefined when the file does not say. */
  readonly requiresPython: string | undefined;
  /** Whether pre-releases of every package are allowed; undefined when the file does not say. */
  readonly allowPrereleases: boolean | undefined;
  /** What the file says of the project as a package; undefined when it is about requirements alone. */
  readonly metadata: ImportedMetadata | undefined;
  /** What is left out, one clause each. */
  readonly warnings: readonly string[];
}

/** The requirements of a group. */
export interface ImportedGroup {
  readonly name: string;
  readonly isDev: boolean;
  readonly requirements: readonly ImportedLine[];
}

/** Facts of a package. Its build backend was that of the other tool. */
export interface ImportedMetadata {
  /** Values of pyproject.toml, for keys that are not there yet. */
  readonly values: readonly { readonly path: TomlPath; readonly value: NewValue }[];
  readonly authors: readonly ImportedPerson[];
  readonly maintainers: readonly ImportedPerson[];
}

/** Somebody; what is not known is undefined. */
export interface ImportedPerson {
  readonly name: string | undefined;
  readonly email: string | undefined;
}

/** One requirement line. */
export interface ImportedLine {
  readonly line: string;
  /** Absolute folder. */
  readonly base: string;
}

/** An entry of `[[tool.pdm.source]]`. */
export interface ImportedSource {
  readonly name: string;
  readonly url: string;
  readonly verifySsl: boolean;
  readonly type: 'index' | 'find_links';
}
