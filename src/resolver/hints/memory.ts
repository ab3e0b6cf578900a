import type { Listing } from '../../index/model.ts';
import type { MetadataAnswer, ResolutionServices } from '../model.ts';

/** Services that keep every answer, so that asking again costs nothing. */
export interface RememberingServices extends ResolutionServices {
  /** For how many versions metadata was asked for. */
  readonly asked: number;
}

/** Remembers answers; a failure is forgotten and may be tried again. */
export function remembering(services: ResolutionServices): RememberingServices {
  const listings = new Map<string, Promise<Listing>>();
  const metadata = new Map<string, Promise<MetadataAnswer>>();
  return {
    reporter: services.reporter,
    listing: (name) => recalled(listings, name, () => services.listing(name)),
    metadata: (name, release) =>
      recalled(metadata, `${name} ${release.version.text}`, () => services.metadata(name, release)),
    get asked() {
      return metadata.size;
    },
  };
}

function recalled<T>(known: Map<string, Promise<T>>, id: string, ask: () => Promise<T>): Promise<T> {
  const asked = known.get(id);
  if (asked !== undefined) return asked;
  const answer = ask();
  known.set(id, answer);
  answer.catch(() => known.delete(id));
  return answer;
}
