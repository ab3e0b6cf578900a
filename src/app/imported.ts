/** What is taken over from a file of another tool. */
export interface Imported {
  /** Requirement lines, paths in them from the folder `base`. */
  readonly requirements: readonly ImportedLine[];
  /** Those of the development packages, where the file tells them apart. */
  readonly devRequirements: readonly ImportedLine[];
  readonly sources: readonly ImportedSource[];
  /** Undefined when the file does not say. */
  readonly requiresPython: string | undefined;
  /** Whether the file allows pre-releases of every package. */
  readonly allowPrereleases: boolean;
  /** What is left out, one clause each. */
  readonly warnings: readonly string[];
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
