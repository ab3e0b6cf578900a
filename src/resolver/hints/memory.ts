import type { Listing, Release } from '../../index/model.ts';
import type { MetadataAnswer, ResolutionServices } from '../model.ts';

/** Services that keep every answer, so that asking again costs nothing. */
export interface RememberingServices extends ResolutionServices {
  /** For how many versions metadata was asked for. */
  readonly asked: number;
  /** The same, but for builds that were not made: those fail. */
  withoutBuilds(): ResolutionServices;
}

/** Remembers answers; a failure is forgotten and may be tried again. */
export function remembering(services: ResolutionServices): RememberingServices {
  const listings = new Map<string, Promise<Listing>>();
  const metadata = new Map<string, Promise<MetadataAnswer>>();
  const builds = new Map<string, Promise<MetadataAnswer>>();
  const { build } = services;
  const remembered = {
    reporter: services.reporter,
    rest: () => services.rest(),
    listing: (name) => recalled(listings, name, () => services.listing(name)),
    metadata: (name, release) => recalled(metadata, idOf(name, release), () => services.metadata(name, release)),
  } satisfies ResolutionServices;
  return {
    ...remembered,
    ...(build === undefined
      ? {}
      : { build: (name, release) => recalled(builds, idOf(name, release), () => build(name, release)) }),
    withoutBuilds: () => ({
      ...remembered,
      build: (name, release) =>
        builds.get(idOf(name, release)) ?? Promise.reject(new Error('nothing is built for a hint')),
    }),
    get asked() {
      return metadata.size;
    },
  };
}

function idOf(name: string, { version }: Release): string {
  return `${name} ${version.text}`;
}

function recalled<T>(known: Map<string, Promise<T>>, id: string, ask: () => Promise<T>): Promise<T> {
  const asked = known.get(id);
  if (asked !== undefined) return asked;
  const answer = ask();
  known.set(id, answer);
  answer.catch(() => known.delete(id));
  return answer;
}
