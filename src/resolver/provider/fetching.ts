import type { Listing } from '../../index/model.ts';
import { mapLimit } from '../../util/limit.ts';
import type { MetadataAnswer, ResolutionServices } from '../model.ts';
import type { Candidate } from './usability.ts';

/** A candidate whose metadata is wanted. */
export interface MetadataRequest {
  readonly key: string;
  readonly candidate: Candidate;
}

/**
 * Called when metadata is asked for; the result tells which packages the answer leads to, whose listings are then fetched as
 * soon as it arrives. In two steps, so that what is known meanwhile changes nothing.
 */
export type LeadsTo = (request: MetadataRequest) => (answer: MetadataAnswer) => readonly string[];

const CONCURRENCY = 50;

interface Pending<T> {
  readonly promise: Promise<T>;
  /** How many round trips end with this one, each waiting for the one before; infinite as long as the solver knows of no way to it. */
  depth: number;
  readonly isHint: boolean;
}

/** Metadata, and the packages whose listings were asked for because of it. */
interface Lead {
  readonly answer: MetadataAnswer;
  readonly names: readonly string[];
}

/**
 * Fetches listings and metadata, each once. What is fetched ahead follows from what the solver asked alone, never from the order
 * of arrival; a failure of something fetched ahead is forgotten, the blocking request tries again. See docs/resolver.md, "Fetching".
 */
export class Fetching {
  readonly #services: ResolutionServices;
  readonly #leadsTo: LeadsTo;
  readonly #listings = new Map<string, Pending<Listing>>();
  readonly #metadata = new Map<string, Pending<Lead>>();
  #depth = 0;
  #listingCount = 0;
  #metadataCount = 0;

  constructor(services: ResolutionServices, leadsTo: LeadsTo) {
    this.#services = services;
    this.#leadsTo = leadsTo;
  }

  /**
   * How many listings were looked at, how much metadata was asked for, and how many round trips had to wait for one another. What
   * arrived without being looked at does not count, so that the figures do not depend on when it did.
   */
  get counters(): { readonly listings: number; readonly metadata: number; readonly waves: number } {
    return { listings: this.#listingCount, metadata: this.#metadataCount, waves: this.#depth };
  }

  /** The listings of all names, fetched together. */
  async listings(names: readonly string[]): Promise<readonly Listing[]> {
    this.#listingCount += names.length;
    for (const name of names) this.#askListing(name, this.#depth + 1, false);
    return mapLimit(names, CONCURRENCY, (name) =>
      this.#await(this.#listings, name, () => this.#askListing(name, this.#depth + 1, false)),
    );
  }

  /** The metadata of a candidate; when it has to be asked for, that of the likely ones is asked for with it. */
  async metadata(request: MetadataRequest, likely: () => readonly MetadataRequest[]): Promise<MetadataAnswer> {
    const id = metadataId(request);
    if (!this.#metadata.has(id)) {
      this.#askMetadata(request, false);
      this.prefetch(likely());
    }
    const { answer, names } = await this.#await(this.#metadata, id, () => this.#askMetadata(request, false));
    const depth = this.#metadata.get(id)?.depth ?? this.#depth;
    for (const name of names) this.#askListing(name, depth + 1, true);
    return answer;
  }

  /** What a build tells of a candidate that must be built; nothing is ever built ahead. */
  async build({ key, candidate }: MetadataRequest): Promise<MetadataAnswer> {
    const { release } = candidate;
    const { build } = this.#services;
    return release === undefined || build === undefined ? { kind: 'must-build' } : build(key, release);
  }

  /** Asks for metadata that will probably be needed. */
  prefetch(requests: readonly MetadataRequest[]): void {
    for (const request of requests) this.#askMetadata(request, true);
  }

  /** Asks for listings that will probably be needed. */
  prefetchListings(names: Iterable<string>): void {
    for (const name of names) this.#askListing(name, this.#depth + 1, true);
  }

  async #await<T>(pending: Map<string, Pending<T>>, id: string, askAgain: () => void): Promise<T> {
    const first = pending.get(id);
    if (first === undefined) throw new Error(`${id} was not asked for`);
    this.#depth = Math.max(this.#depth, first.depth);
    try {
      return await first.promise;
    } catch (error) {
      if (!first.isHint) throw error;
      if (pending.get(id) === first) {
        pending.delete(id);
        askAgain();
      }
      return (pending.get(id) ?? first).promise;
    }
  }

  #askListing(name: string, depth: number, isHint: boolean): void {
    const known = this.#listings.get(name);
    if (known !== undefined) {
      known.depth = Math.min(known.depth, depth);
      return;
    }
    this.#services.reporter.emit({ kind: 'resolve:listing', name });
    const promise = this.#services.listing(name);
    this.#listings.set(name, { promise, depth, isHint });
    promise.catch(() => undefined);
  }

  #askMetadata(request: MetadataRequest, isHint: boolean): void {
    const id = metadataId(request);
    if (this.#metadata.has(id)) return;
    const depth = this.#depth + (request.candidate.direct === undefined ? 1 : 0);
    const promise = this.#fetchMetadata(request);
    this.#metadata.set(id, { promise, depth, isHint });
    promise.catch(() => undefined);
  }

  async #fetchMetadata(request: MetadataRequest): Promise<Lead> {
    const leadsTo = this.#leadsTo(request);
    const answer = await this.#readMetadata(request);
    const names = leadsTo(answer);
    for (const name of names) this.#askListing(name, Number.POSITIVE_INFINITY, true);
    return { answer, names };
  }

  async #readMetadata({ key, candidate }: MetadataRequest): Promise<MetadataAnswer> {
    const { direct, release, version } = candidate;
    if (direct !== undefined) return { kind: 'metadata', metadata: direct.metadata };
    if (release === undefined) throw new Error(`${key} ${version.text} has neither release nor direct candidate`);
    this.#metadataCount++;
    return this.#services.metadata(key, release);
  }
}

function metadataId({ key, candidate }: MetadataRequest): string {
  return `${key} ${candidate.version.text}`;
}
