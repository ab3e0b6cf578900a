import { type MarkerSet, ALWAYS, NEVER, markerAnd, markerOr, markerSetOf } from '../../packaging/marker-set.ts';
import { type Requirement, requirementIdentity, writtenExtras } from '../../packaging/requirement.ts';
import type { ResolutionRequest } from '../model.ts';
import type { PackageId } from '../pubgrub/incompatibility.ts';
import { type DependencyLine, isPossible, plainMarker } from '../provider/dependencies.ts';
import type { Provider } from '../provider/provider.ts';
import { liveRoots } from '../provider/roots.ts';
import type { NamedPackage } from '../provider/universe.ts';
import { extrasMarker, wordingOf } from './lock-lines.ts';

/** A package, or a package with a set of extras, with everything that leads to it joined. */
export interface Entry {
  readonly named: NamedPackage;
  readonly rank: number;
  /** As the first requirement on it was written. */
  readonly name: string;
  readonly extras: readonly string[];
  /** As written: each spelling has an entry of its own, by which tools find it. */
  readonly writtenExtras: readonly string[];
  /** When it is needed: over all ways to it the conjunction along each, joined. */
  marker: MarkerSet;
  readonly groups: Set<string>;
  /** Markers of the requirement lines that lead here, as written; behind a line without one, those that lead to its package. */
  readonly wordings: Set<string>;
  readonly edges: Edge[];
}

interface Edge {
  readonly to: Entry;
  readonly marker: MarkerSet;
  /** The marker as written; undefined for none. */
  readonly wording: string | undefined;
}

/** What the entries are collected from. */
export interface EntrySources {
  readonly request: ResolutionRequest;
  readonly provider: Provider;
  readonly choices: ReadonlyMap<PackageId, number>;
}

/** Every entry that some environment of the target needs, by identity. See docs/resolver.md, "Lock entries". */
export function collectEntries(sources: EntrySources): ReadonlyMap<string, Entry> {
  const { environment } = sources.request.target;
  const collector = new Collector(sources);
  const ways = liveRoots(sources.request).map(({ requirement, group }) => {
    const to = collector.enter(requirement);
    return { to, marker: markerSetOf(requirement.marker), wording: requirement.marker?.toString(), group };
  });
  for (const { to, marker, wording, group } of ways) {
    to.marker = markerOr(to.marker, marker);
    if (wording !== undefined) to.wordings.add(wording);
    to.groups.add(group);
  }
  spread(
    ways.map(({ to }) => to),
    environment,
  );
  return new Map([...collector.entries].filter(([, entry]) => isPossible(entry.marker, environment)));
}

class Collector {
  readonly entries = new Map<string, Entry>();
  readonly #sources: EntrySources;

  constructor(sources: EntrySources) {
    this.#sources = sources;
  }

  /** The entry of a requirement; adds it and everything it leads to. */
  enter(requirement: Requirement): Entry {
    const added: Entry[] = [];
    const first = this.#find(requirement, added);
    for (const entry of added) this.#connect(entry, added);
    return first;
  }

  #find(requirement: Pick<Requirement, 'name' | 'key' | 'extras' | 'writtenExtras'>, added: Entry[]): Entry {
    const { name, key, extras } = requirement;
    const written = writtenExtras(requirement);
    const identity = requirementIdentity({ key, extras: written });
    const known = this.entries.get(identity);
    if (known !== undefined) return known;
    const named = this.#sources.provider.universe.named(key);
    const rank = named === undefined ? undefined : this.#sources.choices.get(named.id);
    if (named === undefined || rank === undefined) throw new Error(`${key} is required but was not selected`);
    const entry: Entry = {
      named,
      rank,
      name,
      extras,
      writtenExtras: written,
      marker: NEVER,
      groups: new Set(),
      wordings: new Set(),
      edges: [],
    };
    this.entries.set(identity, entry);
    added.push(entry);
    return entry;
  }

  #connect(entry: Entry, added: Entry[]): void {
    const { named, rank, extras, name } = entry;
    const { environment } = this.#sources.request.target;
    const { provider } = this.#sources;
    const when = (line: DependencyLine): MarkerSet =>
      extras.length === 0 ? plainMarker(line) : extrasMarker(line, extras);
    if (extras.length > 0)
      entry.edges.push({
        to: this.#find({ name, key: named.key, extras: [] }, added),
        marker: ALWAYS,
        wording: undefined,
      });
    for (const line of provider.readingOf(named, rank).dependencies.lines) {
      const marker = when(line);
      if (!provider.applicable.counts(line) || !isPossible(marker, environment)) continue;
      const to = this.#find(line.requirement, added);
      if (to !== entry) entry.edges.push({ to, marker, wording: wordingOf(line, marker) });
    }
  }
}

/** Carries markers, their wordings and groups along the edges until nothing changes; cycles end because all only grow. */
function spread(starts: readonly Entry[], environment: MarkerSet): void {
  const pending = new Set(starts);
  for (const entry of pending) {
    pending.delete(entry);
    for (const { to, marker, wording } of entry.edges) {
      const way = markerAnd(entry.marker, marker);
      if (!isPossible(way, environment)) continue;
      const joined = markerOr(to.marker, way);
      const groups = [...entry.groups].filter((group) => !to.groups.has(group));
      const wordings = (wording === undefined ? [...entry.wordings] : [wording]).filter(
        (text) => !to.wordings.has(text),
      );
      if (joined === to.marker && groups.length === 0 && wordings.length === 0) continue;
      to.marker = joined;
      for (const group of groups) to.groups.add(group);
      for (const text of wordings) to.wordings.add(text);
      pending.add(to);
    }
  }
}
