import { TspmError } from '../errors.ts';
import { sortedText } from '../util/collections.ts';
import { hasStaticUrls, packageIdentity, type LockedFile, type LockedPackage, type Lockfile } from './model.ts';

const STRONG: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);

/** The files of an entry whose hash can be trusted: sha256, sha384 or sha512. */
export function trustedFiles(locked: LockedPackage): LockedFile[] {
  return locked.files.filter((file) => isStrong(file.hash));
}

/** Whether the entry is an archive, not a folder or a checkout. */
function isArchive({ vcs, path, files }: LockedPackage): boolean {
  return vcs === undefined && (path === undefined || files.length > 0);
}

/**
 * Refuses entries that would be installed unverified: no file with a trusted hash. Throws TSPM_LOCK_UNHASHED naming them.
 */
export function requireHashes(packages: readonly LockedPackage[]): void {
  const unhashed = packages.filter((locked) => isArchive(locked) && trustedFiles(locked).length === 0);
  if (unhashed.length === 0) return;
  const names = unhashed.map((locked) => `${packageIdentity(locked)} ${locked.version ?? ''}`.trim());
  const listed = unhashed.map((locked, index) => `${names[index] ?? ''}${weakHashes(locked)}`);
  throw new TspmError('TSPM_LOCK_UNHASHED', `the lock has no sha256 for ${listed.join(', ')}`, {
    hint: 'run `tspm lock --refresh`',
    context: { packages: names },
  });
}

function weakHashes({ files }: LockedPackage): string {
  const algorithms = new Set(files.map(({ hash }) => hash.split(':', 1)[0] ?? ''));
  const weak = sortedText(algorithms).filter((name) => !STRONG.has(name));
  return weak.length === 0 ? '' : ` (only ${weak.join(', ')})`;
}

/** Refuses urls in a lock that is not made with static urls: nobody would expect them to be used. Throws TSPM_LOCK_INVALID. */
export function requireDeclaredUrls(lock: Lockfile): void {
  if (hasStaticUrls(lock)) return;
  const found = lock.packages.find(
    (locked) => locked.url === undefined && locked.files.some((file) => file.url !== undefined),
  );
  if (found === undefined) return;
  throw new TspmError(
    'TSPM_LOCK_INVALID',
    `Static URLs are not allowed in lockfile unless enabled by the static_urls strategy: ${packageIdentity(found)}`,
    { hint: 'run `tspm lock -S static_urls`', context: { package: packageIdentity(found) } },
  );
}

function isStrong(hash: string): boolean {
  const [algorithm = '', digest = ''] = hash.split(':', 2);
  return STRONG.get(algorithm) === digest.length && /^[0-9a-fA-F]+$/.test(digest);
}
