import { TspmError } from '../errors.ts';
import {
  inheritsMetadata,
  lockedFilename,
  type LockedFile,
  type LockedPackage,
  type Lockfile,
} from '../lockfile/model.ts';
import { formatPylock } from '../lockfile/pylock-format.ts';
import { packagesOfGroups } from '../lockfile/select.ts';
import { mapLimit } from '../util/limit.ts';
import { hashOf } from './choose-file.ts';
import { pylockHead } from './pylock-head.ts';
import type { Session } from './session.ts';

/** Listings asked for at once. */
const CONCURRENCY = 8;

/**
 * A lock as pylock.toml: the packages of `groups` without mention of groups, or with `undefined` all of them with their groups. Addresses a
 * lock does not have are asked of the sources. Throws TSPM_USAGE for a lock without markers, TSPM_PACKAGE_NOT_FOUND for a file that no
 * source has any more.
 */
export async function exportPylock(
  session: Session,
  lock: Lockfile,
  groups: readonly string[] | undefined,
): Promise<string> {
  if (!inheritsMetadata(lock)) {
    throw new TspmError('TSPM_USAGE', 'inherit_metadata strategy is required for pylock format', {
      hint: 'lock again with `tspm lock -S inherit_metadata`',
    });
  }
  const selected =
    groups === undefined
      ? lock.packages
      : packagesOfGroups(lock, groups).map(({ groups: _groups, ...locked }): LockedPackage => locked);
  const plain = selected.filter(({ extras = [] }) => extras.length === 0);
  const packages = await mapLimit(plain, CONCURRENCY, (locked) => withAddresses(session, locked));
  const head = lock.pylock ?? pylockHead(session.pyproject);
  const whole = { ...lock, packages, groups: groups === undefined ? lock.groups : undefined, strategy: undefined };
  // PDM leaves out the empty line before the first table.
  return formatPylock(whole, head).replace('\n\n', '\n');
}

async function withAddresses(session: Session, locked: LockedPackage): Promise<LockedPackage> {
  const isNamed = locked.url === undefined && locked.path === undefined && locked.vcs === undefined;
  if (!isNamed || locked.files.every(({ url, path }) => url !== undefined || path !== undefined)) return locked;
  const { finder } = await session.index();
  const listing = await finder.listing(locked.name);
  const artifacts = listing.kind === 'absent' ? [] : listing.releases.flatMap((release) => release.artifacts);
  const files = locked.files.map((file): LockedFile => {
    const filename = lockedFilename(file);
    const hashes = Object.entries(hashOf(file));
    const found = artifacts.find(
      (artifact) =>
        artifact.filename === filename &&
        hashes.every(([algorithm, digest]) => (artifact.hashes[algorithm] ?? digest) === digest),
    );
    if (found === undefined) {
      throw new TspmError('TSPM_PACKAGE_NOT_FOUND', `no source has ${filename}, which the lock asks for`, {
        hint: `lock again with \`tspm update ${locked.name}\``,
        context: { package: locked.name, file: filename },
      });
    }
    return { ...file, file: filename, url: found.url };
  });
  return { ...locked, files };
}
