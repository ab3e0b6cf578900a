/** What indexes know about a project. Types only. */
import type { WheelFilename } from '../packaging/filename.ts';
import type { Version } from '../packaging/version.ts';

/** Hex digests by algorithm (`sha256`, …); only algorithms that can be verified. */
export type Hashes = Readonly<Record<string, string>>;

/** Whether a metadata file lies beside an archive (PEP 658): not said, said not to, or said so with its digests (maybe none). */
export type SidecarNotice = 'unknown' | 'absent' | { readonly hashes: Hashes };

/** One file of a project, usable by its name. */
export interface Artifact {
  readonly filename: string;
  /** Absolute, without fragment and user-info; `file:` for local folders. */
  readonly url: string;
  readonly hashes: Hashes;
  readonly requiresPython: string | undefined;
  /** The reason, '' for none given; `false` when not yanked. */
  readonly yanked: false | string;
  /** Bytes. */
  readonly size: number | undefined;
  /** As the index writes it (ISO 8601). */
  readonly uploadTime: string | undefined;
  readonly metadata: SidecarNotice;
  /** Name of the source it comes from. */
  readonly source: string;
  readonly kind: 'wheel' | 'sdist';
  readonly version: Version;
  readonly wheel: WheelFilename | undefined;
}

/** All files of one version: in order of their sources, then of their names. */
export interface Release {
  readonly version: Version;
  readonly artifacts: readonly Artifact[];
}

/** What an index says about a project as a whole (PEP 792), where it is not plainly active. */
export interface ProjectNotice {
  readonly status: 'archived' | 'deprecated' | 'quarantined';
  readonly reason: string | undefined;
  readonly source: string;
}

/** A project over all sources it may come from. */
export type Listing =
  | {
      readonly kind: 'found';
      /** Normalised. */
      readonly name: string;
      /** Ascending; empty when the project is there without a usable file. */
      readonly releases: readonly Release[];
      readonly notices?: readonly ProjectNotice[];
    }
  | {
      readonly kind: 'absent';
      readonly name: string;
      /** Names of the sources that were asked, in their order. */
      readonly asked: readonly string[];
    };
