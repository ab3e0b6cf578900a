import {
  formatMarkerSet,
  markerAnd,
  markerGiven,
  markerNot,
  markerOr,
  markerSetOf,
  NEVER,
  type MarkerSet,
} from '../packaging/marker-set.ts';
import { parseMarker } from '../packaging/marker.ts';
import { compareVersions, tryParseVersion } from '../packaging/version.ts';
import { compareText, sortedBy } from '../util/collections.ts';
import { packageIdentity, type LockedFile, type LockedPackage } from './model.ts';

/** An entry with the environments it is needed in, before several targets are brought together. */
export interface NeededPackage {
  /** Without marker. */
  readonly locked: LockedPackage;
  readonly needed: MarkerSet;
  /** The same, where what the target fixes beside Python goes without saying. */
  readonly stated: MarkerSet;
  /** Markers that may say just that, in the order of preference. */
  readonly wordings: readonly string[];
}

/** What was locked for some environments. */
export interface LockedPart {
  /** The place of its target among those of the lock. */
  readonly target: number;
  readonly environment: MarkerSet;
  /** What its target fixes beside Python. */
  readonly assumed: MarkerSet;
  readonly packages: readonly NeededPackage[];
}

/**
 * The entries of a lock for several targets, sorted by identity, versions of one identity in the order of the targets, then
 * ascending. Markers say when an entry is needed, given the interpreters `python`: as PDM writes them (about the target's Python
 * alone) where that is enough to tell, else about platforms too. Where targets overlap, a later one decides between versions.
 * See docs/resolver.md, "Targets and parts".
 */
export function mergeParts(parts: readonly LockedPart[], python: MarkerSet): LockedPackage[] {
  const covered = parts.map(({ environment }) => environment).reduce(markerOr, NEVER);
  const platforms = parts.map(({ assumed }) => assumed).reduce(markerOr, NEVER);
  const versions = [...versionsByIdentity(parts).values()].flatMap((found) => inOrder(withoutOverlap(found)));
  const merged = versions.flatMap((uses): LockedPackage[] => {
    const needed = uses.map((use) => use.needed).reduce(markerOr, NEVER);
    const stated = uses.map((use) => use.stated).reduce(markerOr, NEVER);
    const first = uses[0]?.locked;
    if (first === undefined || needed === NEVER) return [];
    const isTold = markerAnd(stated, covered) === needed;
    const known = isTold ? python : markerAnd(python, platforms);
    const wordings = uses.flatMap((use) => use.wordings);
    const marker = markerText(isTold ? stated : needed, known, wordings);
    const groups = mergedGroups(uses.map((use) => use.locked));
    const files = mergedFiles(uses.map((use) => use.locked));
    return [
      { ...first, ...(groups === undefined ? {} : { groups }), ...(marker === undefined ? {} : { marker }), files },
    ];
  });
  return sortedBy(merged, packageIdentity);
}

/** A marker in the words of a requirement where they say the same of what is `known`, else in the fewest. */
function markerText(marker: MarkerSet, known: MarkerSet, wordings: readonly string[]): string | undefined {
  const shortest = formatMarkerSet(markerGiven(marker, known));
  if (shortest === undefined) return undefined;
  const wanted = markerAnd(marker, known);
  const usable = wordings.filter((text) => !LISTED_VERSIONS.test(text));
  return usable.find((text) => markerAnd(markerSetOf(parseMarker(text)), known) === wanted) ?? shortest;
}

/** PDM fails on a Python version looked for in a text, as soon as it joins that marker with another. */
const LISTED_VERSIONS = /\bpython(?:_full)?_version (?:not )?in\b/;

/** One use of a version, with the environments of the part it comes from. */
interface Use extends NeededPackage {
  readonly environment: MarkerSet;
  /** Of its target. */
  readonly place: number;
}

/** The uses of each version of each identity, in order. */
function versionsByIdentity(parts: readonly LockedPart[]): ReadonlyMap<string, ReadonlyMap<string, Use[]>> {
  const identities = new Map<string, Map<string, Use[]>>();
  for (const { target: place, environment, packages } of parts) {
    for (const entry of packages) {
      const identity = packageIdentity(entry.locked);
      const versions = identities.get(identity) ?? new Map<string, Use[]>();
      identities.set(identity, versions);
      const version = versionKey(entry.locked);
      versions.set(version, [...(versions.get(version) ?? []), { ...entry, environment, place }]);
    }
  }
  return identities;
}

/** Equal for entries that may be told as one. */
function versionKey({ version, url, path, vcs, editable, subdirectory }: LockedPackage): string {
  return JSON.stringify([version, url, path, vcs, editable, subdirectory]);
}

/** Takes from each version the environments for which a later part has another one. */
function withoutOverlap(versions: ReadonlyMap<string, readonly Use[]>): readonly (readonly Use[])[] {
  if (versions.size === 1) return [...versions.values()];
  return [...versions].map(([version, uses]) => {
    const others = [...versions].flatMap(([other, found]) => (other === version ? [] : found));
    return uses.map((use) => {
      const later = others.filter(({ place }) => place > use.place);
      const left = markerNot(later.map(({ environment }) => environment).reduce(markerOr, NEVER));
      return { ...use, needed: markerAnd(use.needed, left), stated: markerAnd(use.stated, left) };
    });
  });
}

function inOrder(versions: readonly (readonly Use[])[]): readonly (readonly Use[])[] {
  const placeOf = ([use]: readonly Use[]): number => use?.place ?? 0;
  const versionOf = ([use]: readonly Use[]) => tryParseVersion(use?.locked.version ?? '');
  return [...versions].sort((a, b) => {
    const [left, right] = [versionOf(a), versionOf(b)];
    return placeOf(a) - placeOf(b) || (left === undefined || right === undefined ? 0 : compareVersions(left, right));
  });
}

const DEFAULT_GROUP = 'default';

function mergedGroups(entries: readonly LockedPackage[]): readonly string[] | undefined {
  if (entries.some(({ groups }) => groups === undefined)) return undefined;
  const all = new Set(entries.flatMap(({ groups }) => groups ?? []));
  return [...all].sort((a, b) => Number(b === DEFAULT_GROUP) - Number(a === DEFAULT_GROUP) || compareText(a, b));
}

function mergedFiles(entries: readonly LockedPackage[]): readonly LockedFile[] {
  const [first, ...others] = entries;
  if (first === undefined || others.length === 0) return first?.files ?? [];
  return sortedFiles(entries.flatMap(({ files }) => files));
}

/** Files by name or address, then by hash; each once. */
export function sortedFiles(files: readonly LockedFile[]): LockedFile[] {
  const nameOf = ({ file, url }: LockedFile): string => file ?? url ?? '';
  const byText = new Map(files.map((file) => [`${nameOf(file)} ${file.hash}`, file]));
  return [...byText.values()].sort((a, b) => compareText(nameOf(a), nameOf(b)) || compareText(a.hash, b.hash));
}
