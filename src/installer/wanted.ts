import type { WheelArchive } from '../archive/wheel-archive.ts';
import type { OutlinedEntry, StoreEntry } from '../cache/store.ts';
import type { DirectUrl } from '../packaging/direct-url.ts';

/** A distribution that shall be installed. */
export interface WantedDistribution {
  /** Normalised name. */
  readonly key: string;
  readonly name: string;
  readonly version: string;
  /** sha256 (hex) of every wheel that may stand for it; none allows any wheel. */
  readonly sha256s: readonly string[];
  /** Asked for by the project itself: gets a REQUESTED file. */
  readonly requested: boolean;
  /** Set when it is wanted from a URL, a path or version control. */
  readonly directUrl?: DirectUrl;
  /** The version has a local part, which an installed one must then match. */
  readonly versionIsExactLocal: boolean;
}

/** Where the files of a wanted distribution come from: a wheel file, or its unpacked entry in the store. */
export type WheelSource =
  | { readonly kind: 'archive'; readonly wheel: WheelArchive }
  | { readonly kind: 'entry'; readonly entry: StoreEntry | OutlinedEntry };
