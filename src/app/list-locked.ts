import type { Artifact } from '../index/model.ts';
import type { LockedPackage, Lockfile } from '../lockfile/model.ts';
import { selectPackages } from '../lockfile/select.ts';
import { parseVersion, publicVersion } from '../packaging/version.ts';
import { allGroups, groupNames } from '../project/groups.ts';
import { mapLimit } from '../util/limit.ts';
import { metadataFacts } from './list.ts';
import { listedPackages, type ListedPackage, type PackageFacts } from './listed-package.ts';
import { projectRequirements } from './lock-inputs.ts';
import { selectionRoot } from './selection.ts';
import type { Session } from './session.ts';

const PACKAGES_AT_ONCE = 16;

/** The entries of a lock for the project's Python, over all groups of the project that it has. */
export async function lockedPackages(session: Session, lock: Lockfile): Promise<LockedPackage[]> {
  const { pyproject, settings } = session;
  const { markers } = await session.interpreter();
  const groups = allGroups(groupNames(pyproject)).filter((group) => lock.groups?.includes(group) ?? true);
  const { requirements } = projectRequirements(pyproject, groups, settings.env);
  const { excludes } = pyproject.resolution;
  return selectPackages(lock, { groups, environment: markers, excludes, roots: requirements.map(selectionRoot) });
}

/** What the lock would install, with the metadata that the sources have of it. */
export async function listLocked(session: Session, lock: Lockfile): Promise<ListedPackage[]> {
  const locked = await lockedPackages(session, lock);
  return await listedPackages(session, await mapLimit(locked, PACKAGES_AT_ONCE, (one) => factsOf(session, one)));
}

/** Of what no source has (places, checkouts), the facts are those of the lock. */
async function factsOf(session: Session, locked: LockedPackage): Promise<PackageFacts> {
  const { name, version = '', path, editable, dependencies } = locked;
  const artifact = path === undefined && locked.url === undefined ? await artifactOf(session, locked) : undefined;
  const own =
    artifact === undefined
      ? { name, homepage: '', licenses: '', requiresDist: dependencies }
      : metadataFacts(await (await session.index()).metadata.metadata(artifact));
  const location = path === undefined ? '' : `${editable === true ? '-e ' : ''}${path}`;
  return { ...own, version, key: name, location, directUrl: undefined, distInfo: undefined };
}

/** Metadata of a wheel costs no build. */
async function artifactOf(session: Session, { name, version = '' }: LockedPackage): Promise<Artifact | undefined> {
  const listing = await (await session.index()).finder.listing(name);
  if (listing.kind === 'absent') return undefined;
  const wanted = publicVersion(parseVersion(version));
  const release = listing.releases.find((one) => publicVersion(one.version) === wanted);
  return release?.artifacts.find(({ kind }) => kind === 'wheel');
}
