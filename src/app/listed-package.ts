/** Packages as `list` shows them, whether they are installed or only locked. */
import { isTspmError } from '../errors.ts';
import type { DirectUrl } from '../packaging/direct-url.ts';
import type { MarkerEnvironment } from '../packaging/marker.ts';
import { parseMetadataRequirement, type Requirement } from '../packaging/requirement.ts';
import { compareText } from '../util/collections.ts';
import { directRequirements, type DirectRequirement } from './direct-requirements.ts';
import type { Session } from './session.ts';

/** A distribution with what its metadata says. */
export interface ListedPackage {
  readonly key: string;
  /** As the package writes it. */
  readonly name: string;
  readonly version: string;
  /** Path of a local source, prefixed `-e ` when editable; else empty. */
  readonly location: string;
  /** Groups of the project that ask for it; `:sub` when only other packages do. */
  readonly groups: readonly string[];
  readonly homepage: string;
  readonly licenses: string;
  readonly directUrl: DirectUrl | undefined;
  /** Absolute folder of its metadata; undefined for one that is not installed. */
  readonly distInfo: string | undefined;
  /** Requirements that hold in the project's environment with the extras that somebody asks for. */
  readonly requires: readonly Requirement[];
}

/** The same before the project is looked at: `requiresDist` as the metadata has it. */
export type PackageFacts = Omit<ListedPackage, 'groups' | 'requires'> & { readonly requiresDist: readonly string[] };

/** The group of what only other packages ask for. */
export const SUB = ':sub';

/** Packages with their groups and with what they require here, sorted by name. */
export async function listedPackages(session: Session, facts: readonly PackageFacts[]): Promise<ListedPackage[]> {
  const { markers } = await session.interpreter();
  const direct = directRequirements(session);
  const requires = requirementsHere(facts, direct, markers);
  const packages = facts.map(({ requiresDist: _all, ...one }) => ({
    ...one,
    groups: direct.get(one.key)?.groups ?? [SUB],
    requires: requires.get(one.key) ?? [],
  }));
  return packages.sort((a, b) => compareText(a.key, b.key));
}

/** An extra that is asked for brings further requirements, which may ask for extras: until nothing is added. */
function requirementsHere(
  facts: readonly PackageFacts[],
  direct: ReadonlyMap<string, DirectRequirement>,
  markers: MarkerEnvironment,
): Map<string, readonly Requirement[]> {
  const lines = new Map(facts.map(({ key, requiresDist }) => [key, requiresDist.flatMap(readable)]));
  const extras = new Map([...direct].map(([key, found]) => [key, new Set(found.extras)]));
  const holding = (key: string): Requirement[] =>
    (lines.get(key) ?? []).filter(({ marker }) => marker?.evaluate(markers, { extras: extras.get(key) ?? [] }) ?? true);
  const waiting = new Set(lines.keys());
  for (const key of waiting) {
    for (const requirement of holding(key)) {
      const known = extras.get(requirement.key) ?? new Set();
      const size = known.size;
      for (const extra of requirement.extras) known.add(extra);
      if (known.size === size) continue;
      extras.set(requirement.key, known);
      waiting.delete(requirement.key);
      waiting.add(requirement.key);
    }
  }
  return new Map([...lines.keys()].map((key) => [key, holding(key)]));
}

function readable(line: string): Requirement[] {
  try {
    return [parseMetadataRequirement(line)];
  } catch (error) {
    if (isTspmError(error)) return [];
    throw error;
  }
}
