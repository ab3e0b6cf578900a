import { markerAnd } from '../../packaging/marker-set.ts';
import { type Version, publicVersion } from '../../packaging/version.ts';
import { compareText, sortedBy, sortedText } from '../../util/collections.ts';
import type { ResolutionRequest, ResolvedPackage } from '../model.ts';
import { type EntrySources, collectEntries } from './entries.ts';
import { extraLines, plainLines } from './lock-lines.ts';

const DEFAULT_GROUP = 'default';

/** The selected packages as lock entries, sorted by identity. */
export function resolvedPackages(sources: EntrySources): ResolvedPackage[] {
  const { request, provider } = sources;
  const packages = [...collectEntries(sources)].map(([identity, entry]) => {
    const { named, rank, extras, name } = entry;
    const candidate = named.candidates[rank - 1];
    if (candidate === undefined) throw new Error(`${named.key} has no candidate ${rank}`);
    const { metadata, dependencies } = provider.readingOf(named, rank);
    const version = pinText(request, named.key, candidate.version);
    const resolved: ResolvedPackage = {
      key: named.key,
      extras,
      writtenExtras: entry.writtenExtras,
      release: candidate.release,
      direct: candidate.direct,
      version: candidate.version,
      metadata,
      dependencies:
        extras.length === 0 ? plainLines(dependencies) : extraLines(dependencies, extras, { name, version }),
      groups: sortedGroups(entry.groups),
      needed: markerAnd(entry.marker, request.target.environment),
      wordings: sortedText(entry.wordings).sort((a, b) => a.length - b.length),
    };
    return { identity, resolved };
  });
  return sortedBy(packages, ({ identity }) => identity).map(({ resolved }) => resolved);
}

/** The version as other entries pin it: with its local label only when the project pins that. */
function pinText({ roots, overrides }: ResolutionRequest, key: string, version: Version): string {
  const own = roots
    .filter(({ requirement }) => requirement.key === key)
    .map(({ requirement }) => requirement.specifier);
  const clauses = [...own, ...(overrides.get(key) === undefined ? [] : [overrides.get(key)])].flatMap(
    (set) => set?.clauses ?? [],
  );
  const pinsLocal = clauses.some(({ operator, version: text }) => operator.startsWith('==') && text.includes('+'));
  return pinsLocal ? version.text : publicVersion(version);
}

function sortedGroups(groups: ReadonlySet<string>): string[] {
  return sortedText(groups).sort(
    (a, b) => Number(b === DEFAULT_GROUP) - Number(a === DEFAULT_GROUP) || compareText(a, b),
  );
}
