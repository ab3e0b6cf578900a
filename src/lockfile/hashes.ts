import { TspmError } from '../errors.ts';
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

/** Whether the entry is an archive that is downloaded, not a folder or a checkout. */
function isDownloaded(locked: LockedPackage): boolean {
  return locked.vcs === undefined && locked.path === undefined;
}

/**
 * Refuses entries that would be installed unverified: no file with a trusted hash. Throws TSPM_LOCK_UNHASHED naming them.
 */
export function requireHashes(packages: readonly LockedPackage[]): void {
  const unhashed = packages.filter((locked) => isDownloaded(locked) && trustedFiles(locked).length === 0);
  if (unhashed.length === 0) return;
  const names = unhashed.map((locked) => `${packageIdentity(locked)} ${locked.version ?? ''}`.trim());
  throw new TspmError('TSPM_LOCK_UNHASHED', `the lock has no sha256 for ${names.join(', ')}`, {
    hint: 'run `tspm lock --refresh`',
    context: { packages: names },
  });
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
