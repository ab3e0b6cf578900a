import { routeSources } from '../index/source.ts';
import { normalizeName } from '../packaging/name.ts';
import { mapLimit } from '../util/limit.ts';
import { nearestName } from '../util/nearest.ts';
import { POPULAR_PROJECTS } from './popular-projects.ts';
import type { Session } from './session.ts';

const SOURCES_AT_ONCE = 4;

/**
 * The project a mistyped name most likely means: the nearest of the names the sources list, if they are few enough to ask for, of the
 * project's own and of well-known ones; only a name that a source really has is suggested.
 */
export async function nearestProject(session: Session, name: string): Promise<string | undefined> {
  const [{ projectNames }, { http }] = await Promise.all([import('./online.ts'), session.index()]);
  const asked = routeSources(session.sources, normalizeName(name));
  const listed = (await mapLimit(asked, SOURCES_AT_ONCE, (source) => projectNames(source, http))).flat();
  const known = new Set([...listed, ...ownNames(session), ...POPULAR_PROJECTS]);
  known.delete(normalizeName(name));
  for (let tries = 0; tries < 3; tries++) {
    const near = nearestName(normalizeName(name), known);
    if (near === undefined) return undefined;
    if (listed.includes(near) || (await exists(session, near))) return near;
    known.delete(near);
  }
  return undefined;
}

function ownNames(session: Session): string[] {
  return session.pyproject.dependencies.flatMap((line) => {
    const match = /^[A-Za-z0-9][A-Za-z0-9._-]*/.exec(line);
    return match === null ? [] : [normalizeName(match[0])];
  });
}

async function exists(session: Session, name: string): Promise<boolean> {
  const { finder } = await session.index();
  try {
    return (await finder.listing(name)).kind === 'found';
  } catch {
    return false;
  }
}
