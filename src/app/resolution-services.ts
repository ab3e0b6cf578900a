import { setImmediate } from 'node:timers/promises';
import { isTspmError } from '../errors.ts';
import type { Artifact, Release } from '../index/model.ts';
import type { MetadataAnswer, ResolutionServices } from '../resolver/model.ts';
import { parseMetadata } from '../packaging/metadata.ts';
import { compareText } from '../util/collections.ts';
import { acquireFile } from './acquire.ts';
import type { LockedCandidate } from './locked-repository.ts';
import type { Overrides } from './overrides.ts';
import type { Session } from './session.ts';

/**
 * Listings and metadata for the resolver: of the packages in `kept` from the old lock alone, of those whose file an override names
 * from that file, of all others from the sources.
 */
export function resolutionServices(
  session: Session,
  overrides: Overrides,
  kept: ReadonlyMap<string, LockedCandidate>,
): ResolutionServices {
  return {
    reporter: session.reporter,
    async rest() {
      await setImmediate();
      session.settings.signal.throwIfAborted();
    },
    async listing(name) {
      const candidate = kept.get(name);
      if (candidate !== undefined) return candidate.listing;
      const overridden = await overrides.listing(name);
      if (overridden !== undefined) return overridden;
      const { finder } = await session.index();
      return finder.listing(name);
    },
    async metadata(name, release) {
      const candidate = kept.get(name);
      if (candidate !== undefined) return { kind: 'metadata', metadata: candidate.metadata };
      const overridden = await overrides.source(name);
      if (overridden !== undefined) return { kind: 'metadata', metadata: overridden.metadata };
      return fetchMetadata(session, release);
    },
    build: (name, release) => buildMetadata(session, name, release),
  };
}

async function fetchMetadata(session: Session, release: Release): Promise<MetadataAnswer> {
  const artifact = metadataArtifact(release.artifacts);
  const { metadata } = await session.index();
  try {
    return { kind: 'metadata', metadata: await metadata.metadata(artifact) };
  } catch (error) {
    if (artifact.kind === 'sdist' && isTspmError(error) && error.code === 'TSPM_UNSUPPORTED')
      return { kind: 'must-build' };
    if (isTspmError(error) && error.code === 'TSPM_OFFLINE') return NOT_KEPT;
    // What the package itself says wrongly is a fact about it; anything else ends the run.
    if (isTspmError(error) && PACKAGE_FAULTS.has(error.code)) return { kind: 'unusable', reason: error.message };
    throw error;
  }
}

/** A build that fails ends the run: it may be this machine that lacks something. */
async function buildMetadata(session: Session, name: string, release: Release): Promise<MetadataAnswer> {
  const { builtMetadata, findBuiltMetadata } = await import('./built-wheel.ts');
  const { archiveSources } = await import('./known-sources.ts');
  const artifact = metadataArtifact(release.artifacts);
  const { filename, hashes } = artifact;
  const build = async (): Promise<string> => {
    const { path, sha256 } = await acquireFile(session, artifact, hashes);
    const version = release.version.text;
    return builtMetadata(
      session,
      archiveSources(session, { path, filename, sha256, name, version, subdirectory: undefined }),
    );
  };
  const { sha256 } = hashes;
  const known = sha256 === undefined ? undefined : await findBuiltMetadata(session, sha256);
  try {
    return { kind: 'metadata', metadata: parseMetadata(known ?? (await build())) };
  } catch (error) {
    if (isTspmError(error) && error.code === 'TSPM_INVALID_METADATA')
      return { kind: 'unusable', reason: error.message };
    throw error;
  }
}

/** Offline a version that was never looked at is no choice; another one may do. */
const NOT_KEPT = { kind: 'unusable', reason: 'offline: its metadata is not in the cache' } as const;

const PACKAGE_FAULTS: ReadonlySet<string> = new Set([
  'TSPM_INVALID_METADATA',
  'TSPM_ARCHIVE',
  'TSPM_ARCHIVE_PATH',
  'TSPM_ARCHIVE_LIMIT',
  'TSPM_WHEEL_METADATA',
]);

/**
 * The file whose metadata stands for the version, the same on every machine. Wheels of one version may differ in what they require
 * (torch needs CUDA packages on Linux only): a pure wheel first, else one for the platform most locks are installed on, else a source
 * archive.
 */
function metadataArtifact(artifacts: readonly Artifact[]): Artifact {
  const [best] = [...artifacts].sort(
    (a, b) =>
      Number(a.kind === 'sdist') - Number(b.kind === 'sdist') ||
      Number(a.yanked !== false) - Number(b.yanked !== false) ||
      platformRank(a) - platformRank(b) ||
      compareText(a.filename, b.filename),
  );
  if (best === undefined) throw new Error('a release without files was chosen');
  return best;
}

const PLATFORMS: readonly RegExp[] = [/^any$/, /^(?:many)?linux.*_x86_64$/, /^(?:many)?linux.*_aarch64$/];

function platformRank({ wheel }: Artifact): number {
  const rank = PLATFORMS.findIndex((pattern) => wheel?.tags.some((tag) => pattern.test(tag.platform)) ?? false);
  return rank < 0 ? PLATFORMS.length : rank;
}
