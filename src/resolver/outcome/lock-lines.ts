import { type MarkerSet, NEVER, formatMarkerSet, markerOr } from '../../packaging/marker-set.ts';
import { parseMarker } from '../../packaging/marker.ts';
import { pdmProjectName } from '../../packaging/name.ts';
import { formatRequirement } from '../../packaging/requirement.ts';
import { sortedText } from '../../util/collections.ts';
import { type Dependencies, type DependencyLine, extraMarker, plainMarker } from '../provider/dependencies.ts';

/** The requirement lines of a package without extras, sorted: all of them, whether they apply to the target or not. */
export function plainLines({ lines }: Dependencies): string[] {
  return sortedText(lines.flatMap((line) => lineWith(line, plainMarker(line))));
}

/** The lines that these extras add, their part about extras removed, and the pin of the plain package; sorted. */
export function extraLines(
  { lines }: Dependencies,
  extras: readonly string[],
  plain: { readonly name: string; readonly version: string },
): string[] {
  const added = lines.flatMap((line) => lineWith(line, extrasMarker(line, extras)));
  return sortedText([...added, `${pdmProjectName(plain.name)}==${plain.version}`]);
}

/** When a line applies because of one of the extras. */
export function extrasMarker(line: DependencyLine, extras: readonly string[]): MarkerSet {
  return extras.map((extra) => extraMarker(line, extra)).reduce(markerOr, NEVER);
}

function lineWith(line: DependencyLine, marker: MarkerSet): string[] {
  if (marker === NEVER) return [];
  if (marker === line.marker) return [formatRequirement(line.requirement)];
  const text = formatMarkerSet(marker);
  return [formatRequirement({ ...line.requirement, marker: text === undefined ? undefined : parseMarker(text) })];
}
