import { fileRule, objectionTo, type FileRules } from '../index/file-rules.ts';
import type { Artifact } from '../index/model.ts';
import type { LockedFile, LockedPackage } from '../lockfile/model.ts';
import { sortedFiles } from '../lockfile/merge.ts';
import type { WheelTarget } from '../packaging/wheel-target.ts';
import type { ResolvedPackage } from '../resolver/model.ts';
import { mapLimit } from '../util/limit.ts';
import { acquireFile } from './acquire.ts';
import type { DirectSource } from './direct.ts';
import { filesOfVersion, lockEntry } from './lock-entry.ts';
import { confirmedDigest, type LockedDigests } from './locked-digests.ts';
import type { LockedCandidate } from './locked-repository.ts';
import type { Session } from './session.ts';

/** What lock entries are made from. */
export interface EntriesRequest {
  readonly packages: readonly ResolvedPackage[];
  readonly target: WheelTarget;
  /** Candidates taken from the old lock: their files stay as they are. */
  readonly reuse: ReadonlyMap<string, LockedCandidate>;
  /** What the old lock states of files that are to stay as they are. */
  readonly digests: LockedDigests;
  readonly direct: ReadonlyMap<string, DirectSource>;
  readonly rules: FileRules;
  /** Keys that a requirement pins to a version with a local part. */
  readonly pinnedLocal: ReadonlySet<string>;
  /** All versions keep their local part. */
  readonly keepLocal: boolean;
  /** Whether to ask the sources even for pages that are fresh in the cache. */
  readonly refetch: boolean;
  /** Whether `files` carry addresses (static_urls). */
  readonly staticUrls: boolean;
}

/** Most files hashed at once when an index gives no usable digest. */
const HASHED_AT_ONCE = 4;

/**
 * The `[[package]]` entries of a resolution, without markers. May download files that no source gives a strong digest for. Throws
 * TSPM_HASH_MISMATCH when a source offers another file under the name of one that is locked and not to be updated.
 */
export async function lockEntries(session: Session, request: EntriesRequest): Promise<LockedPackage[]> {
  const byKey = new Map(request.packages.map((resolved) => [resolved.key, resolved]));
  const files = new Map<string, readonly LockedFile[]>();
  await mapLimit([...byKey.values()], HASHED_AT_ONCE, async (resolved) => {
    files.set(resolved.key, await lockedFiles(session, resolved, request));
  });
  return request.packages.map((resolved) => {
    const { key } = resolved;
    return lockEntry(resolved, {
      files: files.get(key) ?? [],
      direct: request.direct.get(key),
      keepsLocal: request.keepLocal || request.pinnedLocal.has(key),
    });
  });
}

async function lockedFiles(
  session: Session,
  resolved: ResolvedPackage,
  request: EntriesRequest,
): Promise<readonly LockedFile[]> {
  const { target, reuse, digests, direct, rules, pinnedLocal, staticUrls } = request;
  const reused = reuse.get(resolved.key);
  if (reused !== undefined && reused.locked.files.every((file) => isPlaced(file) === staticUrls))
    return reused.locked.files;
  const source = direct.get(resolved.key);
  if (source !== undefined) return directFiles(resolved.key, source, request);
  const isPinnedLocal = pinnedLocal.has(resolved.key);
  const { finder, revalidatingFinder } = await session.index();
  const listing = await (request.refetch ? revalidatingFinder : finder).listing(resolved.key);
  const artifacts = filesOfVersion(listing, resolved, { target, isPinnedLocal }).filter(
    admits(session, resolved, rules),
  );
  const files = await mapLimit(artifacts, HASHED_AT_ONCE, async (artifact): Promise<LockedFile> => {
    const hash = confirmedDigest(digests, resolved.key, artifact) ?? (await hashOf(session, artifact));
    return { file: artifact.filename, ...(staticUrls ? { url: artifact.url } : {}), hash };
  });
  return sortedFiles(files);
}

/** Whether the project's rules let a file in; where sources are ordered, only one of the source that was chosen. */
function admits(
  session: Session,
  { key, release }: ResolvedPackage,
  rules: FileRules,
): (artifact: Artifact) => boolean {
  const rule = fileRule(rules, key);
  const source = session.sourceOrder === undefined ? undefined : release?.artifacts[0]?.source;
  return (artifact) =>
    objectionTo(artifact, rule) === undefined && (source === undefined || artifact.source === source);
}

function isPlaced({ url, path }: LockedFile): boolean {
  return url !== undefined || path !== undefined;
}

/** Addresses only where the lock's strategy announces them; a path is one already. */
function directFiles(
  key: string,
  { files, place: { url } }: DirectSource,
  { digests, staticUrls }: EntriesRequest,
): readonly LockedFile[] {
  if (url === undefined) return files;
  for (const { file = '', hash } of files) {
    const [algorithm = '', hex = ''] = hash.split(':');
    confirmedDigest(digests, key, { filename: file, url, hashes: { [algorithm]: hex } });
  }
  return staticUrls ? files.map(({ hash }) => ({ url, hash })) : files;
}

/** A strong digest given by the source, else that of the file itself, which is then kept for installing. */
async function hashOf(session: Session, artifact: Artifact): Promise<string> {
  for (const algorithm of ['sha256', 'sha384', 'sha512']) {
    const digest = artifact.hashes[algorithm];
    if (digest !== undefined) return `${algorithm}:${digest}`;
  }
  return `sha256:${(await acquireFile(session, artifact)).sha256}`;
}
