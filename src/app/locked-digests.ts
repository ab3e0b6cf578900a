import { TspmError } from '../errors.ts';
import type { Artifact } from '../index/model.ts';
import { trustedFiles } from '../lockfile/hashes.ts';
import type { LockedFile } from '../lockfile/model.ts';
import { redactUrl } from '../util/redact.ts';
import type { LockRequest } from './lock-request.ts';

/** Strong digests of a file in the old lock, `algorithm:hex`, by package key and name of the file. */
export type LockedDigests = ReadonlyMap<string, readonly string[]>;

/** Those of every package that is not to be updated; of local files none, which are the user's own to change. */
export function lockedDigests({ old, update }: Pick<LockRequest, 'old' | 'update'>): LockedDigests {
  const digests = new Map<string, readonly string[]>();
  if (update === 'all') return digests;
  for (const locked of old?.packages ?? []) {
    if (update.has(locked.name) || locked.path !== undefined) continue;
    for (const file of trustedFiles(locked)) {
      const place = placeOf(locked.name, fileName(file));
      digests.set(place, [...(digests.get(place) ?? []), file.hash.toLowerCase()]);
    }
  }
  return digests;
}

/**
 * The locked digest of a file that a source offers, undefined when the lock has none. An index does not give another file under a
 * name it has already given, so one that does is not believed: throws TSPM_HASH_MISMATCH naming the file and both digests.
 */
export function confirmedDigest(
  digests: LockedDigests,
  key: string,
  { filename, url, hashes }: Pick<Artifact, 'filename' | 'url' | 'hashes'>,
): string | undefined {
  const known = digests.get(placeOf(key, filename)) ?? [];
  const offered = Object.entries(hashes).map(([algorithm, hex]) => `${algorithm}:${hex}`.toLowerCase());
  const agreed = known.find((digest) => offered.includes(digest));
  if (agreed !== undefined) return agreed;
  const algorithms = known.map((digest) => digest.slice(0, digest.indexOf(':') + 1));
  const changed = offered.find((digest) => algorithms.some((algorithm) => digest.startsWith(algorithm)));
  if (changed === undefined) return known[0];
  throw new TspmError(
    'TSPM_HASH_MISMATCH',
    `${filename}: the lock has ${known.join(' or ')}, ${redactUrl(url)} is now offered with ${changed}`,
    {
      hint: `find out who changed the file; to accept it, run \`tspm update ${key}\``,
      context: { package: key, file: filename, locked: known, offered: changed },
    },
  );
}

function fileName({ file, url }: LockedFile): string {
  return file ?? decodeURIComponent((url ?? '').replace(/[?#].*$/, '').replace(/^.*\//, ''));
}

function placeOf(key: string, filename: string): string {
  return `${key} ${filename}`;
}
