import { isTspmError } from '../../errors.ts';
import { type MarkerSet, NEVER, markerAnd, markerSetOf, withExtra } from '../../packaging/marker-set.ts';
import type { CoreMetadata } from '../../packaging/metadata.ts';
import { normalizeName } from '../../packaging/name.ts';
import { type Requirement, parseMetadataRequirement } from '../../packaging/requirement.ts';

/** One Requires-Dist line. */
export interface DependencyLine {
  readonly requirement: Requirement;
  /** As written, without the marker. */
  readonly text: string;
  /** Its marker, extras still free. */
  readonly marker: MarkerSet;
}

/** The part of a candidate's metadata that resolution needs. */
export interface Dependencies {
  readonly lines: readonly DependencyLine[];
  /** Normalised. */
  readonly extras: ReadonlySet<string>;
}

/** The dependencies, or what makes them unreadable: one bad line rejects the candidate. */
export type DependenciesAnswer =
  | { readonly kind: 'read'; readonly dependencies: Dependencies }
  | { readonly kind: 'unreadable'; readonly problem: string };

/** Reads the requirement lines of a candidate. */
export function readDependencies(metadata: CoreMetadata): DependenciesAnswer {
  const lines: DependencyLine[] = [];
  for (const text of metadata.requiresDist) {
    const line = readLine(text);
    if (typeof line === 'string') return { kind: 'unreadable', problem: line };
    lines.push(line);
  }
  return { kind: 'read', dependencies: { lines, extras: new Set(metadata.providesExtra.map(normalizeName)) } };
}

/** When a line applies without any extra. */
export function plainMarker(line: DependencyLine): MarkerSet {
  return withExtra(line.marker, undefined);
}

/** When a line applies because of an extra alone; never, when the extra makes no difference to it. */
export function extraMarker(line: DependencyLine, extra: string): MarkerSet {
  const marker = withExtra(line.marker, extra);
  return marker === plainMarker(line) ? NEVER : marker;
}

/** Whether a marker can hold in one of the environments. */
export function isPossible(marker: MarkerSet, environment: MarkerSet): boolean {
  return markerAnd(marker, environment) !== NEVER;
}

function readLine(text: string): DependencyLine | string {
  try {
    const requirement = parseMetadataRequirement(text);
    const written = requirement.url === undefined ? text.split(';', 1)[0] : text.split(/[ \t];/, 1)[0];
    return { requirement, text: (written ?? text).trim(), marker: markerSetOf(requirement.marker) };
  } catch (error) {
    if (isTspmError(error)) return error.message;
    throw error;
  }
}
