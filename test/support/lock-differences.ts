/** What differs between two locks of one project, field by field, and whether it is one of the differences that are explained. */
import { parseLockfile } from '../../src/lockfile/read.ts';
import { type LockedFile, type Lockfile, packageIdentity } from '../../src/lockfile/model.ts';
import { markerAnd, markerSetOf, markerSetOfPython, type MarkerSet } from '../../src/packaging/marker-set.ts';
import { parseMarker } from '../../src/packaging/marker.ts';
import { parsePythonRange } from '../../src/packaging/python-range.ts';
import { formatRequirement, parseMetadataRequirement } from '../../src/packaging/requirement.ts';
import { parseToml } from '../../src/toml/parse.ts';
import { isArray, isTable, tableAt, type TomlTable, type TomlValue } from '../../src/toml/value.ts';

/** One field in which two locks differ. */
export interface Difference {
  /** As the table of docs/compatibility.md names it. */
  readonly field: string;
  /** The entry, `metadata` for the head of the lock. */
  readonly place: string;
  readonly ours: unknown;
  readonly theirs: unknown;
  /** Whether the difference is of the kind that the table explains. */
  readonly isExplained: boolean;
}

/** Every difference between the texts of two locks, ours first. */
export function lockDifferences(ours: string, theirs: string): Difference[] {
  const [left, right] = [documentOf(ours), documentOf(theirs)];
  const python = pythonOf(parseLockfile(theirs, 'pdm.lock'));
  const found: Difference[] = [];
  const add = (difference: Omit<Difference, 'isExplained'>) => {
    if (sameText(difference.ours, difference.theirs)) return;
    found.push({ ...difference, isExplained: isExplained(difference, python) });
  };
  for (const field of keysOf(left.metadata, right.metadata))
    add({ field, place: 'metadata', ours: left.metadata[field], theirs: right.metadata[field] });
  add({ field: 'entries', place: 'package', ours: [...left.packages.keys()], theirs: [...right.packages.keys()] });
  for (const [place, entry] of left.packages) {
    const other = right.packages.get(place);
    if (other === undefined) continue;
    for (const field of keysOf(entry, other)) add({ field, place, ours: entry[field], theirs: other[field] });
    add({ field: 'order of keys', place, ours: commonKeys(entry, other), theirs: commonKeys(other, entry) });
  }
  return found;
}

interface Document {
  readonly metadata: TomlTable;
  /** By identity with normalised extras, and place among entries of one identity. */
  readonly packages: ReadonlyMap<string, TomlTable>;
}

function documentOf(text: string): Document {
  const document = parseToml(text, 'pdm.lock');
  const packages = isArray(document['package']) ? document['package'].filter(isTable) : [];
  const locked = parseLockfile(text, 'pdm.lock').packages;
  const count = new Map<string, number>();
  const named = locked.map((entry, index) => {
    const identity = packageIdentity(entry);
    count.set(identity, (count.get(identity) ?? 0) + 1);
    return [`${identity} #${count.get(identity)}`, packages[index] ?? {}] as const;
  });
  return { metadata: tableAt(document, ['metadata']) ?? {}, packages: new Map(named) };
}

function pythonOf({ targets }: Lockfile): MarkerSet {
  return markerSetOfPython(parsePythonRange(targets.map(({ requiresPython }) => requiresPython).join('||')));
}

function isExplained({ field, ours, theirs }: Omit<Difference, 'isExplained'>, python: MarkerSet): boolean {
  switch (field) {
    case 'marker':
      return markerAnd(meaningOf(ours), python) === markerAnd(meaningOf(theirs), python);
    case 'targets':
      return sameTargets(ours, theirs);
    case 'dependencies':
      return sameText(linesOf(ours), linesOf(theirs));
    case 'files':
      return hasMoreWheels(filesOf(ours), filesOf(theirs));
    case 'summary':
      return typeof theirs === 'string' && ours === theirs.trim();
    default:
      return false;
  }
}

/** The environments of a marker; an absent one is for all. */
function meaningOf(marker: unknown): MarkerSet {
  return markerSetOf(typeof marker === 'string' ? parseMarker(marker) : undefined);
}

function sameTargets(ours: unknown, theirs: unknown): boolean {
  const [left, right] = [ours, theirs].map((targets) => targetsOf(targets));
  if (left?.length !== right?.length) return false;
  return (left ?? []).every(({ requires_python: python, ...rest }, index) => {
    const { requires_python: other, ...others } = right?.[index] ?? {};
    return sameText(rest, others) && interpretersOf(python) === interpretersOf(other);
  });
}

function targetsOf(value: unknown): TomlTable[] {
  return Array.isArray(value) ? value.filter((item: TomlValue) => isTable(item)) : [];
}

function interpretersOf(range: TomlValue | undefined): MarkerSet {
  return markerSetOfPython(parsePythonRange(typeof range === 'string' ? range : ''));
}

/** Requirement lines with the meanings of their markers. */
function linesOf(lines: unknown): unknown[] {
  if (!Array.isArray(lines)) return [];
  return lines.map(String).map((line) => {
    const { marker, ...requirement } = parseMetadataRequirement(line);
    const set = markerSetOf(marker);
    return [formatRequirement({ ...requirement, marker: undefined }), identify(set)];
  });
}

/** Equal sets are one object. */
const numbers = new Map<MarkerSet, number>();
function identify(set: MarkerSet): number {
  numbers.set(set, numbers.get(set) ?? numbers.size);
  return numbers.get(set) ?? 0;
}

/** Ours has every file of theirs, and beside them only wheels for pure code of some other Python 3, or for GraalPy. */
function hasMoreWheels(ours: readonly string[], theirs: readonly string[]): boolean {
  const more = ours.filter((file) => !theirs.includes(file));
  return (
    theirs.every((file) => ours.includes(file)) && more.every((file) => /-graalpy\d|-(?:py|cp|pp)\d+-none-/.test(file))
  );
}

function filesOf(value: unknown): string[] {
  return Array.isArray(value)
    ? value.map((file: LockedFile) => JSON.stringify([file.file ?? file.url, file.hash]))
    : [];
}

function keysOf(a: TomlTable, b: TomlTable): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

function commonKeys(a: TomlTable, b: TomlTable): string[] {
  return Object.keys(a).filter((key) => key in b);
}

function sameText(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
