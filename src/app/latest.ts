import { fileRule, objectionTo } from '../index/file-rules.ts';
import type { Artifact, Release } from '../index/model.ts';
import { isPrerelease } from '../packaging/version.ts';
import type { Session } from './session.ts';

/** The newest versions of a project on its sources, whatever Python they are for. */
export interface LatestReleases {
  /** The newest one. */
  readonly newest: Release;
  /** The newest final one, where there is one. */
  readonly stable: Release | undefined;
}

/**
 * The newest versions with a file that counts: not withdrawn, and let in by the project's rules about formats and upload times. Undefined
 * when no source has any. Rejects as `Finder.listing`.
 */
export async function latestReleases(session: Session, key: string): Promise<LatestReleases | undefined> {
  const listing = await (await session.index()).finder.listing(key);
  if (listing.kind === 'absent') return undefined;
  const rule = fileRule(session.fileRules, listing.name);
  const counts = (artifact: Artifact): boolean =>
    artifact.yanked === false && objectionTo(artifact, rule) === undefined;
  const releases = listing.releases
    .map(({ version, artifacts }) => ({ version, artifacts: artifacts.filter(counts) }))
    .filter(({ artifacts }) => artifacts.length > 0);
  const newest = releases.at(-1);
  return newest === undefined
    ? undefined
    : { newest, stable: releases.findLast(({ version }) => !isPrerelease(version)) };
}
