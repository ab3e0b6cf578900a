import { formatMarkerNode, type MarkerNode } from '../../packaging/marker-node.ts';
import { type MarkerSet, NEVER, formatMarkerSet, markerOr, markerSetOf } from '../../packaging/marker-set.ts';
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
  const text = wordingOf(line, marker);
  return [formatRequirement({ ...line.requirement, marker: text === undefined ? undefined : parseMarker(text) })];
}

/** What a line says of `marker`, its own or that for some extras: in its own words where they are enough. */
export function wordingOf({ requirement, marker: whole }: DependencyLine, marker: MarkerSet): string | undefined {
  if (marker === whole) return requirement.marker?.toString();
  const text = requirement.marker === undefined ? undefined : withoutExtra(requirement.marker.expression);
  return text !== undefined && markerSetOf(parseMarker(text)) === marker ? text : formatMarkerSet(marker);
}

/** The conditions beside those on the extra; undefined when that is all. */
function withoutExtra(expression: MarkerNode): string | undefined {
  const parts = expression.kind === 'and' ? expression.parts : [expression];
  const [first, ...others] = parts.filter((part) => !isAboutExtra(part));
  if (first === undefined) return undefined;
  return formatMarkerNode(others.length === 0 ? first : { kind: 'and', parts: [first, ...others] });
}

function isAboutExtra(node: MarkerNode): boolean {
  if (node.kind !== 'compare') return node.parts.every(isAboutExtra);
  return [node.left, node.right].some((side) => side.kind === 'variable' && side.name === 'extra');
}
